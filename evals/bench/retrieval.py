"""Retrieval on real alert queries over public runbooks, beside plain BM25 on the same pages.

    python -m interlock.evals.bench.retrieval --data DIR

DIR holds `corpus/` and `queries-dev.jsonl` (lines of id, form, query, gold_paths). Only development
queries are read; nothing here tunes anything. The last line is `RESULT {json}`.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import click

from interlock.evals.bench import unrelated
from interlock.evals.bench.report import Figure, report
from interlock.index.chunks import Corpus
from interlock.index.library import Source, open_library
from interlock.index.search import Index
from interlock.index.sources import load_folder

Ranker = Callable[[str], Sequence[str]]
OURS = "interlock"
FORMS = ("annotation", "name")
TARGETS = {"annotation": 0.83, "name": 0.91}
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


def plain_ranker(corpus: Corpus, *, by_page: bool) -> Ranker:
    """BM25 with k1 1.5, b 0.75 over lower-cased words, by whole page or by section."""
    texts: dict[tuple[str, int], list[str]] = {}
    for number, chunk in enumerate(corpus.chunks):
        texts.setdefault((chunk.path, 0 if by_page else number), []).append(chunk.text)
    bags = [Counter(_words("\n".join(parts))) for parts in texts.values()]
    return _plain(bags, [path for path, _ in texts])


def index_ranker(index: Index) -> Ranker:
    """Ours."""
    return lambda query: [hit.path for hit in index.search(query, k=10)]


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


def _timed(index: Index, queries: Sequence[Query]) -> float:
    spent = []
    for query in queries:
        start = time.perf_counter()
        index.search(query.text)
        spent.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(spent, n=20)[18]


def _reopened(folder: Path) -> float:
    """Seconds to open a folder that is in the cache."""
    with tempfile.TemporaryDirectory() as place:
        seconds = 0.0
        for _ in range(2):
            start = time.perf_counter()
            open_library([Source(folder)], clean=str, rules="none", cache_dir=Path(place))
            seconds = time.perf_counter() - start
    return seconds


def measure(data: Path) -> tuple[list[Figure], dict[str, dict[str, Quality]]]:
    """Every figure, and the table of qualities by method and form."""
    queries = read_queries(data / "queries-dev.jsonl")
    start = time.process_time()
    corpus = load_folder(data / "corpus", clean=str)
    index = Index.build([corpus])
    built = time.process_time() - start
    rankers = {
        "plain BM25, page": plain_ranker(corpus, by_page=True),
        "plain BM25, section": plain_ranker(corpus, by_page=False),
        OURS: index_ranker(index),
    }
    table = {
        method: {form: quality(rank, [q for q in queries if q.form == form]) for form in FORMS}
        for method, rank in rankers.items()
    }
    return [
        *_recalls(table),
        *_floor(index, queries),
        *_times(index, queries, built, _reopened(data / "corpus")),
    ], table


def _recalls(table: Mapping[str, Mapping[str, Quality]]) -> list[Figure]:
    return [_recall_figure(table, form) for form in FORMS]


def _recall_figure(table: Mapping[str, Mapping[str, Quality]], form: str) -> Figure:
    value = table[OURS][form].recall1
    plain = max(rows[form].recall1 for method, rows in table.items() if method != OURS)
    return Figure(
        name=f"{form} recall@1",
        value=round(value, 4),
        unit="share",
        target=f">={TARGETS[form]}",
        peer=f"the better plain BM25 on {form}: {plain:.4f}",
        holds=value >= TARGETS[form],
    )


def _floor(index: Index, queries: Sequence[Query]) -> list[Figure]:
    real = kept(index, [query.text for query in queries])
    odd = kept(index, unrelated.MEASURING)
    peer = "the same floor on the other kind of question"
    return [
        Figure("real queries kept", round(real, 4), "share", ">=0.98", peer, real >= 0.98),
        Figure("unrelated questions kept", round(odd, 4), "share", "<=0.05", peer, odd <= 0.05),
    ]


def _times(index: Index, queries: Sequence[Query], built: float, reopened: float) -> list[Figure]:
    _timed(index, queries)
    p95 = _timed(index, queries)
    peer = "the limits this room was given"
    return [
        Figure("load and index", round(built, 3), "cpu s", "<2", peer, built < 2),
        Figure("open from the cache", round(reopened, 3), "s", "<1", peer, reopened < 1),
        Figure("warm query p95", round(p95, 2), "ms", "<10", peer, p95 < 10),
    ]


def _table(table: Mapping[str, Mapping[str, Quality]]) -> str:
    rows = [
        "| method | " + " | ".join(f"{form} R@1 | R@3 | R@5 | MRR@10" for form in FORMS) + " |",
        "|---" * (1 + 4 * len(FORMS)) + "|",
    ]
    for method, forms in table.items():
        cells = [f"{value:.3f}" for form in FORMS for value in astuple(forms[form])]
        rows.append(f"| {method} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench; 0 when every target holds."""
    parser = argparse.ArgumentParser(description="retrieval on real alert queries over public runbooks")
    parser.add_argument("--data", type=Path, required=True, help="folder with corpus/ and queries-dev.jsonl")
    figures, table = measure(parser.parse_args(arguments).data)
    click.echo(_table(table))
    report("python -m interlock.evals.bench.retrieval --data DIR", figures)
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
