"""How the evidence for a page becomes its score, and when the best page is still no good one.

A page's score is the sum of its lexical fields and of its best section, a section's being its words plus its nearness
in meaning. Nearness is worth `DENSE` times what the question's words weigh, so that both grow with the question alike.
Guarantee: more evidence for a section never lowers its page, nor lifts another.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interlock.index.bm25 import Ints, Scores

# On the development queries (evals/bench/retrieval.py) anything from 0.5 to 4 is the same within noise, which is two
# points; on questions whose words are not the page's, more meaning is better.
DENSE = 3.0
NEAR = 0.2  # two texts about different things have a cosine of 0.1 to 0.2
# Of words alone: as high as costs no development query. With meaning: halfway between the weakest development query
# and the strongest of the unrelated questions that a floor may be set by (evals/abstention).
FLOOR = 1.4
FLOOR_DENSE = 3.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each section and each page, for one question: the words of four fields, and meaning.

    `asked` is the weight of the question's words; `alike` the nearness of each section, None without an embedder;
    `first` numbers the first section of each page.
    """

    sections: Scores
    pages: Scores
    names: Scores
    fronts: Scores
    first: Ints
    asked: float
    alike: Scores | None = None


@dataclass(frozen=True, slots=True)
class Fused:
    """The score of each page, and of each section among those of its page."""

    pages: Scores
    sections: Scores


def fused(evidence: Evidence, dense: float = DENSE) -> Fused:
    """The scores of all pages."""
    import numpy as np

    sections = evidence.sections
    if evidence.alike is not None:
        near = np.where(evidence.alike >= NEAR, evidence.alike, 0)
        sections = sections + dense * evidence.asked * near
    pages = evidence.pages + evidence.names + evidence.fronts
    best = np.maximum.reduceat(sections, evidence.first) if len(evidence.first) else pages
    return Fused(pages + best, sections)


def lifted(pages: Scores, named: Collection[int]) -> Scores:
    """Scores with the named pages above all others."""
    import numpy as np

    if not named:
        return pages
    scores = pages.copy()
    scores[np.fromiter(named, np.int64, len(named))] += pages.max()
    return scores


def is_weak(score: float, evidence: Evidence) -> bool:
    """Whether a score is small for what the question asks."""
    return score < (FLOOR if evidence.alike is None else FLOOR_DENSE) * evidence.asked
