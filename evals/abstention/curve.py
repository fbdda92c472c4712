"""When search says that it has no good page: real questions lost against unrelated ones answered, floor by floor.

    python -m interlock.evals.abstention.curve --data DIR

DIR is the runbook benchmark: `corpus/` and `queries-dev.jsonl`. The `measuring` questions set nothing: the floor in
use was settled by the `setting` ones and the development queries. The last line is `RESULT {json}`.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

from interlock.core.settings.load import cache_dir
from interlock.evals.bench import unrelated
from interlock.evals.bench.ranking import read_queries
from interlock.evals.bench.report import Figure, report
from interlock.evals.bench.retrieval import open_bench
from interlock.index import fusion
from interlock.index.chunks import Corpus
from interlock.index.search import Index
from interlock.index.sources import load_folder

if TYPE_CHECKING:
    from interlock.index.embedding import Embedder

QUESTIONS = Path(__file__).parent / "questions.yaml"
_STEPS = tuple(n / 20 for n in range(20, 91, 5))
MOST_FALSE = 0.2
MOST_LOST = 0.01


def read_questions() -> dict[str, list[str]]:
    """The questions that no page answers, by what they are for."""
    loaded = yaml.safe_load(QUESTIONS.read_text("utf-8"))
    return {"setting": [*loaded["setting"], *unrelated.SETTING], "measuring": loaded["measuring"]}


def strength(index: Index, embedder: Embedder | None, question: str) -> float:
    """How far the best page reaches, as a multiple of what the question asks; endless where it is named outright."""
    hits = index.search(question, k=1)
    if not hits:
        return 0.0
    evidence = index.evidence(question, embedder.embed([question])[0] if embedder else None)
    if fusion.is_weak(hits[0].score, evidence) and not hits[0].weak:
        return math.inf
    return hits[0].score / evidence.asked if evidence.asked else 0.0


def curve(strengths: Mapping[str, Sequence[float]], in_use: float) -> str:
    """The table: of each kind, the share at or above a floor; of the development queries, the share below."""
    lines = [
        "| floor | development queries lost | setting questions answered | measuring questions answered |",
        "|---|---|---|---|",
    ]
    for floor in sorted({*_STEPS, in_use}):
        lost = sum(value < floor for value in strengths["development"])
        cells = [f"{lost}/{len(strengths['development'])}"]
        for kind in ("setting", "measuring"):
            answered = sum(value >= floor for value in strengths[kind])
            cells.append(f"{answered}/{len(strengths[kind])}")
        mark = " (in use)" if floor == in_use else ""
        lines.append(f"| {floor:.2f}{mark} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def measure(data: Path, cache: Path) -> list[Figure]:
    """Both shares at the floors in use; the curves are printed on the way."""
    asked = {"development": [q.text for q in read_queries(data / "queries-dev.jsonl")], **read_questions()}
    bench = open_bench(load_folder(data / "corpus", clean=str).chunks, cache)
    words = Index.build([Corpus("corpus", tuple(bench.chunks))])
    figures = _figures("words alone", words, None, asked, fusion.FLOOR)
    if bench.embedder is not None:
        figures += _figures("words and meaning", bench.index, bench.embedder, asked, fusion.FLOOR_DENSE)
    return figures


def _figures(
    way: str, index: Index, embedder: Embedder | None, asked: Mapping[str, Sequence[str]], floor: float
) -> list[Figure]:
    strengths = {kind: [strength(index, embedder, text) for text in texts] for kind, texts in asked.items()}
    click.echo(f"{way}\n{curve(strengths, floor)}")
    _name_wrong(asked["measuring"], strengths["measuring"], floor)
    false = sum(value >= floor for value in strengths["measuring"]) / len(strengths["measuring"])
    lost = sum(value < floor for value in strengths["development"]) / len(strengths["development"])
    figures = [Figure(f"lost, {way}", round(lost, 4), "share", f"<={MOST_LOST}", _PEER, lost <= MOST_LOST)]
    if embedder is not None:
        holds = false <= MOST_FALSE
        figures.append(Figure("answered falsely", round(false, 4), "share", f"<={MOST_FALSE}", _PEER, holds))
    return figures


_PEER = "the same floor on the other kind of question"


def _name_wrong(questions: Sequence[str], strengths: Sequence[float], floor: float) -> None:
    wrong = [text for text, value in zip(questions, strengths, strict=True) if value >= floor]
    click.echo(f"answered although no page does: {'; '.join(wrong) or 'none'}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurement; 0 when both shares hold."""
    parser = argparse.ArgumentParser(description="does search say when it has no good page?")
    parser.add_argument("--data", type=Path, required=True, help="folder with corpus/ and queries-dev.jsonl")
    parser.add_argument("--cache", type=Path, help="where vectors are kept")
    given = parser.parse_args(arguments)
    figures = measure(given.data, given.cache or cache_dir(os.environ) / "bench")
    report("python -m interlock.evals.abstention.curve --data DIR", figures)
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
