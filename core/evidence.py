"""Evidence: one redacted, sized result of one tool call, and the locators that lead back to where it was read.

Guarantees: immutable; its text went through the redactor; what was left out is counted and has a handle.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, NewType

from pydantic import BaseModel, ConfigDict, Field, JsonValue

EvidenceId = NewType("EvidenceId", str)
EvidenceKind = Literal["object", "table", "log", "event", "document", "report"]


class _Locator(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileLocator(_Locator):
    """Lines of a file, 1-based and inclusive. `root` says which configured folder `path` is under.

    `commit` says of which commit the lines are; '' where they are those of the file as it lies there.
    """

    kind: Literal["file"] = "file"
    path: str
    start_line: int
    end_line: int
    root: str = ""
    commit: str = ""

    def __str__(self) -> str:
        span = (
            f"{self.start_line}" if self.start_line == self.end_line else f"{self.start_line}-{self.end_line}"
        )
        return f"{self.path}:{span}{f'@{self.commit[:12]}' if self.commit else ''}"


class ObjectLocator(_Locator):
    """An object of a cluster as it was at one resourceVersion."""

    kind: Literal["object"] = "object"
    cluster: str
    resource: str
    namespace: str | None = None
    name: str
    uid: str = ""
    resource_version: str = ""

    def __str__(self) -> str:
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.resource} {where}"


class QueryLocator(_Locator):
    """A query and the window it was asked for; `path` is what it was asked of (API path, log store, monitor list)."""

    kind: Literal["query"] = "query"
    system: str
    query: str
    start: datetime | None = None
    end: datetime | None = None

    def __str__(self) -> str:
        return f"{self.system}: {self.query}"


Locator = Annotated[FileLocator | ObjectLocator | QueryLocator, Field(discriminator="kind")]


@dataclass(frozen=True)
class Evidence:
    """One tool call's result as people and models may see it."""

    id: EvidenceId
    tool: str
    args: dict[str, JsonValue]
    kind: EvidenceKind
    subject: str
    text: str
    taken_at: datetime
    principal: str
    locators: tuple[FileLocator | ObjectLocator | QueryLocator, ...] = ()
    data: JsonValue = None
    redactions: dict[str, int] = field(default_factory=dict)
    omitted_lines: int = 0
    omitted_bytes: int = 0
    handle: str | None = None
    limits: tuple[str, ...] = ()


def new_evidence_id() -> EvidenceId:
    """A global id; the display id (`E3`) is given by the answer that cites it."""
    return EvidenceId("ev_" + secrets.token_hex(8))
