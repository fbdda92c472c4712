"""Real queries, how well a ranking finds their pages, and plain BM25 to stand beside ours."""

from __future__ import annotations

import json
import math
import re
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from interlock.index.chunks import Chunk
from interlock.index.search import Index

Ranker = Callable[[str], Sequence[str]]
FORMS = ("annotation", "name")
_PLAIN = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Query:
    """A real question and the pages that answer it."""

    form: str
    text: str
    gold: frozenset[str]


@dataclass(frozen=True, slots=True)
class Quality:
    """Recall at 1, 3 and 5, and the mean reciprocal rank within ten."""

    recall1: float
    recall3: float
    recall5: float
    mrr10: float


def read_queries(file: Path) -> list[Query]:
    """The queries of a JSON lines file."""
    rows = (json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip())
    return [Query(row["form"], row["query"], frozenset(row["gold_paths"])) for row in rows]


def quality(rank: Ranker, queries: Sequence[Query]) -> Quality:
    """How well a ranker finds the gold pages."""
    places = [_place(rank(query.text)[:10], query.gold) for query in queries]
    return Quality(
        recall1=_recall(places, 1),
        recall3=_recall(places, 3),
        recall5=_recall(places, 5),
        mrr10=statistics.mean(1 / place if place else 0.0 for place in places),
    )


def plain_ranker(chunks: Sequence[Chunk], *, by_page: bool) -> Ranker:
    """BM25 with k1 1.5, b 0.75 over lower-cased words, by whole page or by section."""
    texts: dict[tuple[str, int], list[str]] = {}
    for number, chunk in enumerate(chunks):
        texts.setdefault((chunk.path, 0 if by_page else number), []).append(chunk.text)
    bags = [Counter(_words("\n".join(parts))) for parts in texts.values()]
    return _plain(bags, [path for path, _ in texts])


def index_ranker(index: Index) -> Ranker:
    """Ours. A copy is as good as the page it copies, and directly follows it."""

    def rank(query: str) -> list[str]:
        hits = index.search(query, k=10)
        return [path for hit in hits for path in (hit.path, *(copy.path for copy in hit.copies))]

    return rank


def kept(index: Index, questions: Sequence[str]) -> float:
    """The share of questions whose best hit is not weak."""
    first = [index.search(question, k=1) for question in questions]
    return sum(bool(hits) and not hits[0].weak for hits in first) / len(questions)


def _recall(places: Sequence[int], k: int) -> float:
    return sum(0 < place <= k for place in places) / len(places)


def _words(text: str) -> list[str]:
    return _PLAIN.findall(text.lower())


def _place(ranked: Sequence[str], gold: frozenset[str]) -> int:
    return next((n for n, path in enumerate(ranked, start=1) if path in gold), 0)


def _plain(bags: Sequence[Counter[str]], paths: Sequence[str]) -> Ranker:
    k1, b = 1.5, 0.75
    lengths = [bag.total() for bag in bags]
    mean = statistics.mean(lengths)
    frequency = Counter(term for bag in bags for term in bag)
    idf = {t: math.log(1 + (len(bags) - n + 0.5) / (n + 0.5)) for t, n in frequency.items()}

    def score(bag: Counter[str], length: int, query: Sequence[str]) -> float:
        norm = k1 * (1 - b + b * length / mean)
        return sum(idf[t] * bag[t] * (k1 + 1) / (bag[t] + norm) for t in query if t in bag)

    def rank(query: str) -> list[str]:
        asked = _words(query)
        scores = [score(bag, length, asked) for bag, length in zip(bags, lengths, strict=True)]
        order = sorted(range(len(bags)), key=lambda n: -scores[n])
        return list(dict.fromkeys(paths[n] for n in order[:400]))

    return rank
