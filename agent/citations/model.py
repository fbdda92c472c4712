"""The words of the citation check: what is cited, what is answered, and what a text is read into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from interlock.agent.citations.quantities import Quantity

SourceKind = Literal["object", "log", "event", "table", "document", "report"]


@dataclass(frozen=True)
class Source:
    """The redacted text of one tool call result; `subject` is what all of it is about (`Pod ns/name`)."""

    id: str
    text: str
    kind: SourceKind
    subject: str | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether the cited evidence holds the claim, and if not, why, in words for a reader of the answer."""

    verified: bool
    reasons: tuple[str, ...] = ()


TokenKind = Literal["word", "name", "quantity", "break", "arrow"]


@dataclass(frozen=True)
class Token:
    """One unit of a text. `sign` is -1 where the text denies it, 0 where a denial may or may not reach it."""

    kind: TokenKind
    text: str
    key: str
    sign: int = 1
    predicate: bool = False
    quantity: Quantity | None = None
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Field:
    """A value with the path, column or heading it stands under; a line of prose has an empty label."""

    text: str
    tokens: tuple[Token, ...]
    label: tuple[Token, ...] = ()
    last: tuple[Token, ...] = ()
    container: str | None = None
    modal: bool = False
    subject: bool = False


@dataclass(frozen=True)
class Record:
    """What must hold all atoms of a clause: one line, one row, one object or one section."""

    source: Source
    fields: tuple[Field, ...]
    line: int | None = None


@dataclass(frozen=True)
class Clause:
    """One statement of a claim. `inherited` are the names it speaks of without repeating them."""

    text: str
    tokens: tuple[Token, ...]
    quotes: tuple[str, ...] = ()
    inherited: tuple[Token, ...] = ()
    modal: bool = False
    container: str | None = None


@dataclass(frozen=True)
class Problem:
    """Why a record does not carry a clause. A contradiction outweighs any other record's support."""

    kind: Literal["absent", "mismatch", "contradicted"]
    text: str
    weight: float = field(default=1.0, compare=False)
