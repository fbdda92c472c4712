"""What a tool is. Defined once; the agent, MCP, the CLI and the evals all use the same object.

A tool reads and returns data; it never cleans, cuts, stores or records: `registry.call` does that for all alike.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Generic, Literal, Protocol, Self, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict, JsonValue

from interlock.core.clock import Clock
from interlock.core.clusters.reader import ClusterReads
from interlock.core.evidence import Evidence, EvidenceKind, FileLocator, ObjectLocator, QueryLocator
from interlock.core.identity import Principal
from interlock.core.policy import Policy

Cost = Literal["cheap", "moderate", "expensive"]
BackendT = TypeVar("BackendT")


class Args(BaseModel):
    """The base of every argument model: an unknown argument is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


ArgsT = TypeVar("ArgsT", bound=Args)


@dataclass(frozen=True)
class Result:
    """What a tool read, still untrusted and uncut.

    `subject` names what the whole result is about (`Pod payments/api-1`), '' when it is about many things.
    `limits` says what could not be looked at. `summary` is a few words for the progress view, without outside text.
    """

    kind: EvidenceKind
    subject: str
    data: JsonValue
    locators: tuple[FileLocator | ObjectLocator | QueryLocator, ...] = ()
    limits: tuple[str, ...] = ()
    summary: str = ""


@runtime_checkable
class Restricted(Protocol):
    """A backend that not everybody may see all of."""

    def seen_by(self, policy: Policy, principal: Principal) -> Self:
        """The backend as a principal may see it."""


class Context(Protocol):
    """What a running tool may reach: backends, the clock and, through the same gate, other tools."""

    clock: Clock

    def cluster(self, name: str = "") -> ClusterReads:
        """The cluster of that name, or the default one. Raises UnknownName, or BadInput when none is configured."""

    def backend(self, kind: type[BackendT]) -> BackendT | None:
        """The configured backend of this Protocol (logs, monitors, knowledge), or None."""

    def call(self, name: str, args: Mapping[str, JsonValue]) -> Evidence:
        """Call another tool as the same principal: checked, redacted, recorded like any call."""


class Tool(ABC, Generic[ArgsT]):
    """A typed read."""

    name: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    systems: ClassVar[tuple[str, ...]]
    cost: ClassVar[Cost] = "cheap"
    args: type[ArgsT]

    @abstractmethod
    def run(self, args: ArgsT, context: Context) -> Result:
        """Read. Raises errors of `core.errors` only."""

    @abstractmethod
    def render(self, data: JsonValue) -> str:
        """`data`, as it is after redaction, as text: one record a line, no decoration, nothing that is not in `data`."""
