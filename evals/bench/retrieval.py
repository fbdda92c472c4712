"""Retrieval on real alert queries over public runbooks: quality part by part, a haystack, and the cost of a query.

    python -m interlock.evals.bench.retrieval --data DIR [--distractors DIR] [--cache DIR]

DIR holds `corpus/` and `queries-dev.jsonl` (lines of id, form, query, gold_paths). Only development queries are
read; nothing here tunes anything. `--distractors` is a folder of other documentation to search among; the chunks'
vectors are kept in the cache. Times are of this process's CPU. The last line is `RESULT {json}`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.core.settings.load import cache_dir
from interlock.evals.bench import ablation, unrelated
from interlock.evals.bench.ranking import (
    FORMS,
    Quality,
    Query,
    index_ranker,
    kept,
    plain_ranker,
    quality,
    read_queries,
)
from interlock.evals.bench.report import Figure, report
from interlock.evals.bench.vectors import vectors_of
from interlock.index import analysis
from interlock.index.chunks import Chunk
from interlock.index.embedding.local import LocalEmbedder, open_local
from interlock.index.search import Index
from interlock.index.sources import load_folder

if TYPE_CHECKING:
    from interlock.index.embedding import Vectors

OURS = "interlock"
TARGETS = {"annotation": 0.87, "name": 0.96}
LIMITS = "the limits this room was given"
HAYSTACK = 20_000


@dataclass(frozen=True)
class Bench:
    """An index to measure, with what it was made of."""

    chunks: Sequence[Chunk]
    index: Index
    vectors: Vectors | None
    embedder: LocalEmbedder | None
    cpu: float


def open_bench(chunks: Sequence[Chunk], cache: Path) -> Bench:
    """Index chunks, with vectors where the local model is set up."""
    found = open_local()
    embedder = found if isinstance(found, LocalEmbedder) else None
    if embedder is None:
        click.echo("words alone: the local embedding model is not set up")
    vectors = vectors_of(chunks, embedder, cache) if embedder else None
    counted = [(chunk, analysis.count(chunk)) for chunk in chunks]
    start = time.process_time()
    index = Index.assemble(counted, vectors=vectors, embedder=embedder)
    return Bench(chunks, index, vectors, embedder, time.process_time() - start)


def qualities(bench: Bench, queries: Sequence[Query], *, plain: bool) -> dict[str, dict[str, Quality]]:
    """Each method's quality by form; ours last."""
    rows: dict[str, dict[str, Quality]] = {}
    for name, by_page in (("plain BM25, page", True), ("plain BM25, section", False)) if plain else ():
        rank = plain_ranker(bench.chunks, by_page=by_page)
        rows[name] = {form: quality(rank, _of(queries, form)) for form in FORMS}
    rows |= ablation.table(bench.index, bench.embedder, queries)
    ours = index_ranker(bench.index)
    return rows | {OURS: {form: quality(ours, _of(queries, form)) for form in FORMS}}


def recalls(table: Mapping[str, Mapping[str, Quality]], where: str, least: float) -> list[Figure]:
    """Recall at one by form, and the mean reciprocal rank of annotations."""
    ours = table[OURS]
    peer = (
        f"words alone{where}: {table['+ front matter (words alone)']['annotation'].recall1:.4f} on annotation"
    )
    figures = [
        _least(f"annotation recall@1{where}", ours["annotation"].recall1, least, peer),
        _least(f"name recall@1{where}", ours["name"].recall1, TARGETS["name"], peer),
    ]
    if not where:
        figures.append(_least("annotation MRR@10", ours["annotation"].mrr10, 0.91, peer))
    return figures


def floor(bench: Bench, queries: Sequence[Query]) -> list[Figure]:
    """Whether real questions are kept and unrelated ones called weak."""
    real = kept(bench.index, [query.text for query in queries])
    odd = kept(bench.index, unrelated.MEASURING)
    peer = "the same floor on the other kind of question"
    return [
        _least("real queries kept", real, 0.98, peer),
        _most("unrelated questions kept", odd, 0.05, "share", peer),
    ]


def times(bench: Bench, queries: Sequence[Query], where: str) -> list[Figure]:
    """What a warm query costs, its embedding included; and what of it is the embedding's."""
    index, embedder = bench.index, bench.embedder
    wall, cpu = _spent(index.search, queries)
    peer = LIMITS
    if embedder is not None:
        peer = f"embedding alone: p50 {_half(_spent(lambda text: embedder.embed([text]), queries)[0]):.1f} ms wall"
    return [
        _most(f"query p50{where}", _half(wall), 10, "ms", peer),
        _most(f"query p95{where}", _p95(wall), 25, "ms", peer),
        _most(f"query cpu p50{where}", _half(cpu), 10, "cpu ms", peer),
        _most(f"query cpu p95{where}", _p95(cpu), 25, "cpu ms", peer),
    ]


def edited(bench: Bench) -> float:
    """The median CPU milliseconds from an edited page's chunks to an index that has it."""
    page = next(page for page in bench.index.pages[50:] if len(page.chunks) > 3)
    counted = [(chunk, analysis.count(chunk)) for chunk in page.chunks]
    at = [n for n, chunk in enumerate(bench.chunks) if chunk in page.chunks]
    rows = None if bench.vectors is None else bench.vectors[at]
    place = (page.chunks[0].meta.folder, page.chunks[0].path)
    spent, index = [], bench.index
    for _ in range(21):
        start = time.process_time()
        index = index.changed([place], counted, rows)
        spent.append((time.process_time() - start) * 1000)
    return statistics.median(spent)


def measure(data: Path, distractors: Path | None, cache: Path) -> list[Figure]:
    """Every figure; the tables are printed on the way."""
    queries = read_queries(data / "queries-dev.jsonl")
    corpus = load_folder(data / "corpus", clean=str).chunks
    bench = open_bench(corpus, cache)
    table = qualities(bench, queries, plain=True)
    click.echo(f"{len(corpus)} chunks of the corpus\n{ablation.rendered(table)}\n")
    figures = [
        *recalls(table, "", TARGETS["annotation"]),
        *floor(bench, queries),
        *times(bench, queries, ""),
        _most("assemble the corpus", bench.cpu, 0.15, "cpu s", LIMITS),
        _most("edited page", edited(bench), 50, "cpu ms", LIMITS),
    ]
    return figures + (haystack(corpus, distractors, queries, cache) if distractors else [])


def haystack(
    corpus: Sequence[Chunk], distractors: Path, queries: Sequence[Query], cache: Path
) -> list[Figure]:
    """The same questions among other documentation."""
    others = load_folder(distractors, clean=str).chunks
    bench = open_bench([*corpus, *others], cache)
    table = qualities(bench, queries, plain=False)
    click.echo(f"{len(others)} more chunks of other documentation\n{ablation.rendered(table)}\n")
    where = ", haystack"
    return [
        _least("haystack", len(others), HAYSTACK, "chunks that answer nothing", unit="chunks"),
        *recalls(table, where, 0.85),
        _least(f"real queries kept{where}", kept(bench.index, [q.text for q in queries]), 0.98, LIMITS),
        *times(bench, queries, where),
        _most("assemble, haystack", bench.cpu, 5, "cpu s", LIMITS),
        _most("edited page, haystack", edited(bench), 150, "cpu ms", LIMITS),
    ]


def _of(queries: Sequence[Query], form: str) -> list[Query]:
    return [query for query in queries if query.form == form]


def _spent(ask: Callable[[str], object], queries: Sequence[Query]) -> tuple[list[float], list[float]]:
    """Milliseconds of wall and of CPU for each query, after some others."""
    for query in queries[:20]:
        ask(query.text + " again")
    wall, cpu = [], []
    for query in queries:
        starts = time.perf_counter(), time.process_time()
        ask(query.text)
        wall.append((time.perf_counter() - starts[0]) * 1000)
        cpu.append((time.process_time() - starts[1]) * 1000)
    return wall, cpu


def _half(values: Sequence[float]) -> float:
    return statistics.median(values)


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[18]


def _least(name: str, value: float, least: float, peer: str, unit: str = "share") -> Figure:
    return Figure(name, round(value, 4), unit, f">={least:g}", peer, value >= least)


def _most(name: str, value: float, most: float, unit: str, peer: str) -> Figure:
    return Figure(name, round(value, 3), unit, f"<={most:g}", peer, value <= most)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench; 0 when every target holds."""
    parser = argparse.ArgumentParser(description="retrieval on real alert queries over public runbooks")
    parser.add_argument("--data", type=Path, required=True, help="folder with corpus/ and queries-dev.jsonl")
    parser.add_argument("--distractors", type=Path, help="folder of other documentation to search among")
    parser.add_argument("--cache", type=Path, help="where vectors are kept")
    given = parser.parse_args(arguments)
    figures = measure(given.data, given.distractors, given.cache or cache_dir(os.environ) / "bench")
    report("python -m interlock.evals.bench.retrieval --data DIR [--distractors DIR]", figures)
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
