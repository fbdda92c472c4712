"""Lexical search over chunks: BM25 of the section, the page, its names and its front matter, summed.

Hits are pages, best first, each pointing at its best section. A page that is asked for by its exact name
comes first. A hit is weak when its score is small for what the question asks: no good page was found.
All four fields weigh the same and use the textbook k1 and b: on the development queries nothing else was
better by more than noise (see evals/bench/retrieval.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest

from interlock.index import analysis, bm25, terms
from interlock.index.analysis import Counted, Page
from interlock.index.chunks import Chunk, Corpus, Kind, Meta

K1 = 1.2
B = 0.75
FLOOR = 1.3  # calibrated by evals/bench/retrieval.py: real questions lie above it, unrelated ones below
_GLUE = 8  # words; the longest name that is looked for in a question, as in "crash loop back off"
_MAX_QUERY = 8_000  # characters; more is a pasted log, and its beginning says what it is


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


@dataclass(frozen=True, slots=True)
class _Fields:
    section: bm25.Field
    page: bm25.Field
    name: bm25.Field
    front: bm25.Field


@dataclass(frozen=True, slots=True)
class Index:
    """Searchable chunks. Immutable; build a new one when files change."""

    _pages: Sequence[Page]
    _first: Sequence[int]  # number of each page's first section
    _fields: _Fields
    _exact: dict[str, tuple[int, ...]]

    @classmethod
    def build(cls, corpora: Iterable[Corpus]) -> Index:
        """Index the chunks of folders."""
        return cls.assemble((chunk, analysis.count(chunk)) for corpus in corpora for chunk in corpus.chunks)

    @classmethod
    def assemble(cls, counted: Iterable[Counted]) -> Index:
        """Index chunks whose terms are counted already."""
        pages = analysis.pages(counted)
        first, total = [], 0
        exact: dict[str, tuple[int, ...]] = {}
        for number, page in enumerate(pages):
            first.append(total)
            total += len(page.chunks)
            for form in analysis.exact_names(page):
                exact[form] = (*exact.get(form, ()), number)
        return cls(pages, first, _fields(pages), exact)

    def search(self, query: str, k: int = 10, kind: Kind | None = None) -> list[Hit]:
        """The `k` best pages for a question, best first.

        Args:
            query: Words, an alert's text, or an identifier.
            k: At most this many hits.
            kind: Only pages of this kind.
        """
        query = query[:_MAX_QUERY]
        bag = Counter(terms.asked(query))
        sections = self._fields.section.scores(bag)
        named = self._named(query)
        scores = _lifted(self._scores(bag, query, sections), named)
        kept = (n for n, score in enumerate(scores) if score > 0 and self._is(n, kind))
        best = nlargest(max(k, 0), kept, key=lambda n: (scores[n], -n))
        needed = FLOOR * self._weight(bag, query)
        return [self._hit(n, scores[n], sections, weak=scores[n] < needed and n not in named) for n in best]

    def _is(self, number: int, kind: Kind | None) -> bool:
        return kind is None or self._pages[number].chunks[0].kind == kind

    def _scores(self, bag: Counter[str], query: str, sections: Sequence[float]) -> list[float]:
        words = terms.words(query)
        joined = self._with_joined(bag, words)
        scores = self._fields.page.scores(bag)
        for field in (self._fields.name, self._fields.front):
            scores = [a + b for a, b in zip(scores, field.scores(joined), strict=True)]
        for number, page in enumerate(self._pages):
            start = self._first[number]
            scores[number] += max(sections[start : start + len(page.chunks)])
        return scores

    def _with_joined(self, bag: Counter[str], words: Sequence[str]) -> Counter[str]:
        """The bag and every run of words that is, glued together, somebody's name."""
        joined = bag.copy()
        known = (self._fields.name.postings, self._fields.front.postings)
        for form in _runs(words):
            if any(form in postings for postings in known):
                joined[form] = max(joined[form], 1)
        return joined

    def _named(self, query: str) -> set[int]:
        """The pages that a question names outright."""
        forms = {terms.glued(query), *terms.identifiers(query)}
        return {number for form in forms for number in self._exact.get(form, ())}

    def _weight(self, bag: Counter[str], query: str) -> float:
        """How much a question asks: the idf of its words. Joined forms and numbers are no words."""
        skip = set(terms.identifiers(query))
        return sum(
            self._fields.page.idf(term) * n
            for term, n in bag.items()
            if term not in skip and not any(c.isdigit() for c in term)
        )

    def _hit(self, number: int, score: float, sections: Sequence[float], *, weak: bool) -> Hit:
        chunk = self._best(number, sections)
        return Hit(
            chunk.path,
            chunk.start_line,
            chunk.end_line,
            chunk.title,
            chunk.trail,
            round(score, 4),
            chunk.text,
            chunk.kind,
            weak,
            chunk.meta,
        )

    def _best(self, number: int, sections: Sequence[float]) -> Chunk:
        """The best section; when none matched, the first that is not front matter."""
        start, chunks = self._first[number], self._pages[number].chunks
        at = max(range(len(chunks)), key=lambda n: (sections[start + n], chunks[n].role == "text", -n))
        return chunks[at]


def _fields(pages: Sequence[Page]) -> _Fields:
    return _Fields(
        bm25.build((counts for page in pages for counts in page.counts), k1=K1, b=B),
        bm25.build(map(analysis.whole, pages), k1=K1, b=B),
        bm25.build(map(analysis.name, pages), k1=K1, b=B),
        bm25.build(map(analysis.front, pages), k1=K1, b=B),
    )


def _lifted(scores: list[float], named: Collection[int]) -> list[float]:
    """Scores with the named pages above all others."""
    most = max(scores, default=0.0)
    return [score + most if n in named else score for n, score in enumerate(scores)]


def _runs(words: Sequence[str]) -> Iterator[str]:
    for start in range(len(words)):
        for stop in range(start + 2, min(len(words), start + _GLUE) + 1):
            yield "".join(words[start:stop])
