"""The words of this room: what was found, where, and what the caller gets back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from interlock.core.untrusted import CleanText

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

# Which reading of an overlapping stretch names it: the caller's own credential before a parsed document,
# that before a vendor's format, that before the name of a key, that before a look.
OWN, SHAPE, FORMAT, CONTEXT, LOOK = 0, 1, 2, 3, 4


class Finding(NamedTuple):
    """A stretch of text that has to go. Offsets count in whatever text the finder was given."""

    start: int
    end: int
    kind: str
    rank: int = CONTEXT


@dataclass(frozen=True, slots=True)
class Span:
    """A hidden stretch, as character positions in the original text."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Text fit to be seen, what was hidden in the original, and how often each kind was."""

    text: CleanText
    spans: tuple[Span, ...]
    counts: Mapping[str, int]
