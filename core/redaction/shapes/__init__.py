"""Documents whose structure says what is secret. Every module here with a `SHAPES` tuple takes part.

A shape looks at one JSON object and yields the scalars in it that have to go, with their marker kind. It serves
parsed documents and text alike, because the scalars of a text know their place (`placed.Leaf`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

Hit = tuple[tuple[str | int, ...], str]
"""A path below the object, and the marker kind for every scalar at or under it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of document. `keywords`: text holding none of them is not parsed for it."""

    id: str
    source: str
    keywords: tuple[str, ...]
    find: Callable[[Mapping[str, object]], Iterator[Hit]]
    example: object
    secret: str
    copies: bool = True
    """Hide the values wherever else they stand in the document."""


@cache
def all_shapes() -> tuple[Shape, ...]:
    """Every shape of every module in this folder, in a fixed order."""
    names = sorted(m.name for m in iter_modules(__path__))
    return tuple(shape for name in names for shape in import_module(f"{__name__}.{name}").SHAPES)
