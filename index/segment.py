"""An unchanging part of an index: pages with their four fields, and which of them are still alive.

A change adds a small segment and marks pages dead in others; nothing that a running search holds is touched.
Guarantee: several segments score exactly as one over the same live pages would.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interlock.index import analysis, bm25
from interlock.index.analysis import Counted, Page

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from interlock.index.bm25 import Ints, Mask, Postings
    from interlock.index.embedding import Vectors

FIELDS = ("section", "page", "name", "front")
_ALIKE = 4
Place = tuple[str, str]
"""Folder and path of a file."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Pages numbered from 0; sections numbered in page order, those of page p from `first[p]`."""

    pages: Sequence[Page]
    first: Ints
    owner: Ints
    fields: Mapping[str, Postings]
    names: Sequence[frozenset[str]]
    exact: Mapping[str, Sequence[int]]
    code: Mask
    """Which pages are blocks of code."""
    folders: Sequence[str]
    """Each folder once; `lies` tells in which a page is."""
    lies: Ints
    vectors: Vectors | None
    alive: Mask | None = None
    """By page; None when all are."""

    def __len__(self) -> int:
        """How many chunks are alive."""
        return len(self.owner) if self.alive is None else int(self.alive[self.owner].sum())

    def mask(self, field: str) -> Mask | None:
        """Which documents of a field are alive; None when all are."""
        if self.alive is None or field != "section":
            return self.alive
        return self.alive[self.owner]

    def within(self, folders: Collection[str]) -> Mask:
        """Which pages lie in some folders."""
        import numpy as np

        return np.array([folder in folders for folder in self.folders], bool)[self.lies]

    def lengths(self, field: str) -> Ints:
        """The lengths of the live documents of a field."""
        mask, lengths = self.mask(field), self.fields[field].lengths
        return lengths if mask is None else lengths[mask]

    def without(self, gone: Collection[Place]) -> Segment:
        """The segment with the pages of some files dead."""
        import numpy as np

        hit = [n for n, page in enumerate(self.pages) if place(page) in gone]
        if not hit:
            return self
        alive = np.ones(len(self.pages), bool) if self.alive is None else self.alive.copy()
        alive[hit] = False
        return replace(self, alive=alive)

    def live(self) -> Iterator[tuple[Counted, NDArray[np.float32] | None]]:
        """What is alive, as it would be indexed anew."""
        for number, page in enumerate(self.pages):
            if self.alive is None or self.alive[number]:
                start = int(self.first[number])
                for at, counted in enumerate(zip(page.chunks, page.counts, strict=True), start=start):
                    yield counted, None if self.vectors is None else self.vectors[at]


def place(page: Page) -> Place:
    """The file of a page."""
    chunk = page.chunks[0]
    return chunk.meta.folder, chunk.path


def compact(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Fewer segments with the same live pages.

    Neighbours of like size are made one, so that their number grows with the logarithm of the changes. The first,
    which is the bulk, is left alone until half as much has changed.
    """
    base, *changes = segments
    if len(base) <= 2 * sum(map(len, changes)):
        return (_merged(segments),)
    while len(changes) > 1 and len(changes[-2]) <= _ALIKE * len(changes[-1]):
        changes[-2:] = [_merged(changes[-2:])]
    return (base, *changes)


def _merged(segments: Sequence[Segment]) -> Segment:
    import numpy as np

    live = [each for part in segments for each in part.live()]
    known = next((len(vector) for _, vector in live if vector is not None), 0)
    blank = np.zeros(known, np.float32)
    rows = [blank if vector is None else vector for _, vector in live]
    return build([counted for counted, _ in live], np.stack(rows) if known else None)


def build(counted: Sequence[Counted], vectors: Vectors | None) -> Segment:
    """Index chunks; row n of `vectors` belongs to chunk n."""
    import numpy as np

    pages = analysis.pages(counted)
    sizes = np.fromiter((len(page.chunks) for page in pages), np.int64, len(pages))
    owner = np.repeat(np.arange(len(pages)), sizes)
    section = bm25.build([counts for page in pages for counts in page.counts])
    fields = {
        "section": section,
        "page": bm25.gathered(section, owner, len(pages)),
        "name": bm25.build([analysis.name(page) for page in pages]),
        "front": bm25.build([analysis.front(page) for page in pages]),
    }
    first = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
    names = [analysis.exact_names(page) for page in pages]
    code = np.fromiter((page.chunks[0].kind == "iac" for page in pages), bool, len(pages))
    folders = {folder: n for n, folder in enumerate(dict.fromkeys(place(page)[0] for page in pages))}
    lies = np.fromiter((folders[place(page)[0]] for page in pages), np.int64, len(pages))
    rows = _aligned(pages, counted, vectors)
    return Segment(pages, first, owner, fields, names, _exact(names), code, list(folders), lies, rows)


def _exact(names: Sequence[frozenset[str]]) -> dict[str, list[int]]:
    exact: dict[str, list[int]] = {}
    for number, forms in enumerate(names):
        for form in forms:
            exact.setdefault(form, []).append(number)
    return exact


def _aligned(pages: Sequence[Page], counted: Sequence[Counted], vectors: Vectors | None) -> Vectors | None:
    """The vectors in page order; the same array where chunks came in it."""
    import numpy as np

    if vectors is None:
        return None
    at = {id(chunk): row for row, (chunk, _) in enumerate(counted)}
    order = np.fromiter((at[id(chunk)] for page in pages for chunk in page.chunks), np.int64, len(counted))
    return vectors if np.array_equal(order, np.arange(len(counted))) else vectors[order]
