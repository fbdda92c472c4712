"""What each part of the ranking is worth: the same evidence, fused in other ways.

The rule that a page asked for by its exact name comes first is left out here, so that name queries tell something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, replace
from typing import TYPE_CHECKING

from interlock.evals.bench.ranking import FORMS, Quality, Query, Ranker, quality
from interlock.index import fusion
from interlock.index.fusion import Evidence
from interlock.index.search import Index

if TYPE_CHECKING:
    from interlock.index.bm25 import Scores
    from interlock.index.embedding import Embedder

Method = Callable[[Evidence], "Scores"]
_RRF = 60  # the constant of the paper


def _best(evidence: Evidence, sections: Scores) -> Scores:
    import numpy as np

    return np.asarray(np.maximum.reduceat(sections, evidence.first), np.float64)


def _words(evidence: Evidence) -> Scores:
    return fusion.fused(replace(evidence, alike=None)).pages


def _meaning(evidence: Evidence) -> Scores:
    assert evidence.alike is not None
    return _best(evidence, evidence.alike)


def _reciprocal(*lists: Scores) -> Scores:
    import numpy as np

    total = np.zeros(len(lists[0]))
    for scores in lists:
        ranks = np.empty(len(scores))
        ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
        total += 1 / (_RRF + ranks)
    return total


METHODS: Mapping[str, Method] = {
    "words of the section": lambda e: _best(e, e.sections),
    "+ page": lambda e: _best(e, e.sections) + e.pages,
    "+ name": lambda e: _best(e, e.sections) + e.pages + e.names,
    "+ front matter (words alone)": _words,
    "meaning alone": _meaning,
    "rank fusion of words and meaning": lambda e: _reciprocal(_words(e), _meaning(e)),
    "rank fusion of section, page, name, meaning": lambda e: _reciprocal(
        _best(e, e.sections), e.pages, e.names, _meaning(e)
    ),
    "words and meaning, each by its best": lambda e: (
        _words(e) / max(_words(e).max(), 1e-9) + _meaning(e) / _meaning(e).max()
    ),
    **{
        f"words + {weight:g} x meaning": lambda e, weight=weight: fusion.fused(e, weight).pages  # type: ignore[misc]
        for weight in (0.5, 1.0, 2.0, 3.0, 4.0)
    },
}


def table(index: Index, embedder: Embedder | None, queries: Sequence[Query]) -> dict[str, dict[str, Quality]]:
    """The quality of each method by form; those of meaning only with an embedder."""
    asked = {query.text: _evidence(index, embedder, query.text) for query in queries}
    paths = [page.chunks[0].path for page in index.pages]
    found = {}
    for name, method in METHODS.items():
        if embedder is not None or "meaning" not in name:
            rank = _ranker(asked, method, paths)
            found[name] = {form: quality(rank, [q for q in queries if q.form == form]) for form in FORMS}
    return found


def rendered(rows: Mapping[str, Mapping[str, Quality]]) -> str:
    """The table as Markdown."""
    heads = " | ".join(f"{form} R@1 | R@3 | R@5 | MRR@10" for form in FORMS)
    lines = [f"| method | {heads} |", "|---" * (1 + 4 * len(FORMS)) + "|"]
    for method, forms in rows.items():
        cells = " | ".join(f"{value:.3f}" for form in FORMS for value in astuple(forms[form]))
        lines.append(f"| {method} | {cells} |")
    return "\n".join(lines)


def _evidence(index: Index, embedder: Embedder | None, text: str) -> Evidence:
    return index.evidence(text, None if embedder is None else embedder.embed([text])[0])


def _ranker(asked: Mapping[str, Evidence], method: Method, paths: Sequence[str]) -> Ranker:
    import numpy as np

    def rank(query: str) -> list[str]:
        order = np.argsort(-method(asked[query]), kind="stable")[:10]
        return [paths[n] for n in order]

    return rank
