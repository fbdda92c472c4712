"""What the index counts: the terms of a chunk, and of the names a page goes by.

A page is what hits collapse to: a whole file of prose, but one block of code, since a file of forty
resources is forty things.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from interlock.index.chunks import Chunk
from interlock.index.passage import above
from interlock.index.terms import glued, terms

Counts = Mapping[str, int]
Counted = tuple[Chunk, Counts]


@dataclass(frozen=True, slots=True)
class Page:
    """Chunks that are one hit together, in file order."""

    chunks: tuple[Chunk, ...]
    counts: tuple[Counts, ...]


def count(chunk: Chunk) -> Counts:
    """The terms of a chunk, with those of the headings above it."""
    if chunk.role == "front":
        return {}
    return Counter(terms(chunk.text) + terms("\n".join(above(chunk))))


def pages(counted: Iterable[Counted]) -> list[Page]:
    """Chunks gathered to pages."""
    groups: dict[tuple[str, str, str], list[Counted]] = {}
    for chunk, counts in counted:
        block = chunk.title if chunk.kind == "iac" else ""
        groups.setdefault((chunk.meta.folder, chunk.path, block), []).append((chunk, counts))
    return [Page(tuple(c for c, _ in group), tuple(n for _, n in group)) for group in groups.values()]


def name(page: Page) -> Counts:
    """The terms of title and file name; for code of the whole path."""
    first = page.chunks[0]
    path = PurePosixPath(first.path)
    return Counter(terms(first.title) + terms(str(path) if first.kind == "iac" else path.stem))


def front(page: Page) -> Counts:
    """The terms of the alerts and services a page says it is for."""
    meta = page.chunks[0].meta
    return Counter(terms("\n".join((*meta.alerts, *meta.services))))


def exact_names(page: Page) -> frozenset[str]:
    """The joined forms by which a page is asked for outright: alert, title, file name."""
    first = page.chunks[0]
    known: Sequence[str] = (first.title, PurePosixPath(first.path).stem, *first.meta.alerts)
    return frozenset(form for text in known if (form := glued(text)))
