"""Search over chunks: by the words of the section, the page, its names and its front matter, and by meaning.

Hits are pages, best first, each pointing at its best section. A page that is asked for by its exact name comes
first; copies of a page are one hit. A hit is weak when its score is small for what the question asks: no good page
was found. Meaning counts for chunks that have a vector, and only while the embedder answers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from itertools import chain
from typing import TYPE_CHECKING

from interlock.core.errors import InterlockError
from interlock.index import analysis, dense, fields, fusion, lexicon, near, segment, terms
from interlock.index.analysis import Counted, Page
from interlock.index.chunks import Chunk, Corpus, Kind, Meta
from interlock.index.fields import Fields
from interlock.index.fusion import Evidence
from interlock.index.segment import Place, Segment

if TYPE_CHECKING:
    from interlock.index.bm25 import Ints, Mask, Scores
    from interlock.index.dense import Dense
    from interlock.index.embedding import Embedder, Vectors
    from interlock.index.fusion import Fused

_MAX_QUERY = 8_000  # characters; more is a pasted log, and its beginning says what it is
_LOOK_ON = 10  # pages beyond the last hit that may still be copies of one
_PROMISING = 64  # pages whose nearness in meaning is worked out exactly


@dataclass(frozen=True, slots=True)
class Copy:
    """Where else the page of a hit lies."""

    folder: str
    path: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that answers, by the lines of its best section."""

    path: str
    start_line: int
    end_line: int
    title: str
    trail: tuple[str, ...]
    score: float
    text: str
    kind: Kind
    weak: bool
    meta: Meta
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of a search, and what it had to do without."""

    hits: tuple[Hit, ...]
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Index:
    """Searchable chunks. Immutable: a change makes a new one that shares what did not change."""

    _fields: Fields
    pages: Sequence[Page]
    """All of them, dead ones too, as `evidence` numbers them."""
    _names: Sequence[frozenset[str]]
    _first: Ints
    _alive: Mask
    _code: Mask
    _dense: Dense | None
    _embedder: Embedder | None

    @classmethod
    def build(cls, corpora: Iterable[Corpus]) -> Index:
        """Index the chunks of folders."""
        return cls.assemble((chunk, analysis.count(chunk)) for corpus in corpora for chunk in corpus.chunks)

    @classmethod
    def assemble(
        cls,
        counted: Iterable[Counted],
        *,
        vectors: Vectors | None = None,
        embedder: Embedder | None = None,
    ) -> Index:
        """Index chunks whose terms are counted already.

        Args:
            counted: The chunks.
            vectors: One row a chunk, of zeros where it is not embedded yet.
            embedder: The model the vectors are of; without it only words count.
        """
        return _index((segment.build(list(counted), vectors),), embedder, None)

    def changed(
        self, removed: Collection[Place], added: Iterable[Counted], vectors: Vectors | None = None
    ) -> Index:
        """The index after files went away, came or changed; a changed file is both removed and added.

        Args:
            removed: Folder and path of each file whose chunks are no longer there.
            added: Chunks that are new.
            vectors: One row an added chunk, as for `assemble`.
        """
        gone = frozenset(removed)
        kept = [each.without(gone) for each in self._fields.segments]
        new = segment.build(list(added), vectors)
        segments = segment.compact([*kept, new] if len(new) else kept)
        return _index(segments, self._embedder, self._dense)

    def asking(self, near: Dense, embedder: Embedder) -> Index:
        """The same index with nearness in meaning told by somebody else."""
        return replace(self, _dense=near, _embedder=embedder)

    def by_words(self) -> Index:
        """The same index asked without its model: for questions that the model may not see."""
        return replace(self, _embedder=None)

    def search(self, query: str, k: int = 10, kind: Kind | None = None) -> list[Hit]:
        """The `k` best pages for a question, best first.

        Args:
            query: Words, an alert's text, or an identifier.
            k: At most this many hits.
            kind: Only pages of this kind.
        """
        return list(self.find(query, k, kind).hits)

    def find(
        self, query: str, k: int = 10, kind: Kind | None = None, folders: Collection[str] | None = None
    ) -> Found:
        """The `k` best pages, and what the search had to do without.

        Args:
            query: Words, an alert's text, or an identifier.
            k: At most this many hits.
            kind: Only pages of this kind.
            folders: Only pages of these folders; of all when None.
        """
        query = query[:_MAX_QUERY]
        vector, limits = self._embedded(query)
        evidence = self.evidence(query, vector)
        fused = fusion.fused(evidence)
        allowed = self._allowed(fused, kind, folders)
        named = {number for number in self._named(query) if allowed[number]}
        groups = self._groups(fusion.lifted(fused.pages, named), allowed, max(k, 0))
        return Found(tuple(self._hit(group, fused, evidence, named) for group in groups), limits)

    def evidence(self, query: str, vector: Vectors | None = None) -> Evidence:
        """What speaks for each page.

        Args:
            query: The question.
            vector: Its embedding, where meaning is to count.
        """
        lexical = lexicon.evidence(self._fields, self._first, query)
        if self._dense is None or vector is None:
            return lexical
        rough = replace(lexical, alike=self._dense.near(vector))
        return self._refined(rough, self._dense, vector) if self._dense.basis is not None else rough

    def _refined(self, rough: Evidence, dense: Dense, vector: Vectors) -> Evidence:
        """The evidence with exact nearness for the pages that may come first."""
        import numpy as np

        scores = np.where(self._alive, fusion.fused(rough).pages, -1)
        best = np.sort(np.argpartition(-scores, min(_PROMISING, len(scores) - 1))[:_PROMISING])
        sections = np.concatenate([np.arange(*self._span(int(page))) for page in best])
        assert rough.alike is not None
        alike = rough.alike.copy()
        alike[sections] = dense.exactly(vector, sections)
        return replace(rough, alike=alike)

    def _embedded(self, query: str) -> tuple[Vectors | None, tuple[str, ...]]:
        if self._dense is None or self._embedder is None or not query.strip():
            return None, ()
        try:
            return self._embedder.embed([query])[0], ()
        except InterlockError as error:
            return None, (f"searched by words alone: {error.message}",)

    def _named(self, query: str) -> set[int]:
        """The pages that a question names outright."""
        forms = {terms.glued(query), *terms.identifiers(query)}
        found: set[int] = set()
        start = 0
        for each in self._fields.segments:
            found |= {start + number for form in forms for number in each.exact.get(form, ())}
            start += len(each.pages)
        return found

    def _allowed(self, fused: Fused, kind: Kind | None, folders: Collection[str] | None) -> Mask:
        """Which pages match and may be shown."""
        import numpy as np

        allowed = self._alive & (fused.pages > 0)
        if kind is not None:
            allowed &= self._code if kind == "iac" else ~self._code
        if folders is not None:
            allowed &= np.concatenate([each.within(folders) for each in self._fields.segments])
        return allowed

    def _groups(self, scores: Scores, allowed: Mask, k: int) -> list[list[int]]:
        """The first `k` pages, each with its copies."""
        few = self._first_few(scores, allowed, k + _LOOK_ON) if k else []
        return near.grouped((near.Candidate(n, self.pages[n], self._names[n]) for n in few), k)

    def _first_few(self, scores: Scores, allowed: Mask, most: int) -> list[int]:
        """The best pages in order; those of one score in the order of their places."""
        import numpy as np

        numbers = np.flatnonzero(allowed)
        if len(numbers) > most:
            least = np.partition(scores[numbers], -most)[-most]
            numbers = numbers[scores[numbers] >= least]
        return nsmallest(most, map(int, numbers), key=lambda n: (-scores[n], *self._place(n)))

    def _place(self, number: int) -> tuple[str, str, int]:
        chunk = self.pages[number].chunks[0]
        return chunk.meta.folder, chunk.path, chunk.start_line

    def _span(self, number: int) -> tuple[int, int]:
        start = int(self._first[number])
        return start, start + len(self.pages[number].chunks)

    def _hit(self, group: Sequence[int], fused: Fused, evidence: Evidence, named: Collection[int]) -> Hit:
        number, *others = group
        chunk = self._best(number, fused.sections)
        score = float(fused.pages[number])
        return Hit(
            chunk.path,
            chunk.start_line,
            chunk.end_line,
            chunk.title,
            chunk.trail,
            round(score, 4),
            chunk.text,
            chunk.kind,
            fusion.is_weak(score, evidence) and number not in named,
            chunk.meta,
            tuple(Copy(*self._place(other)[:2]) for other in others),
        )

    def _best(self, number: int, sections: Scores) -> Chunk:
        """The best section; when none matched, the first that is not front matter."""
        (start, _), chunks = self._span(number), self.pages[number].chunks
        at = max(range(len(chunks)), key=lambda n: (sections[start + n], chunks[n].role == "text", -n))
        return chunks[at]


def _index(segments: Sequence[Segment], embedder: Embedder | None, known: Dense | None) -> Index:
    import numpy as np

    starts = np.cumsum([0, *(len(each.owner) for each in segments)])
    first = np.concatenate([each.first + at for each, at in zip(segments, starts, strict=False)])
    alive = [np.ones(len(e.pages), bool) if e.alive is None else e.alive for e in segments]
    return Index(
        fields.build(segments),
        tuple(chain.from_iterable(each.pages for each in segments)),
        tuple(chain.from_iterable(each.names for each in segments)),
        first,
        np.concatenate(alive),
        np.concatenate([each.code for each in segments]),
        _dense(segments, known),
        embedder,
    )


def _dense(segments: Sequence[Segment], known: Dense | None) -> Dense | None:
    import numpy as np

    width = next((each.vectors.shape[1] for each in segments if each.vectors is not None), 0)
    if not width:
        return None
    blank = np.zeros((1, width), np.float32)
    rows = [
        np.broadcast_to(blank, (len(e.owner), width)) if e.vectors is None else e.vectors for e in segments
    ]
    return dense.build(rows, known)
