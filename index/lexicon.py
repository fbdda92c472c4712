"""What the words of a question say for each section and page: parts, joined forms, and how much it asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from interlock.index import terms
from interlock.index.fields import Fields
from interlock.index.fusion import Evidence

if TYPE_CHECKING:
    from interlock.index.bm25 import Ints

_GLUE = 8  # words; the longest name that is looked for in a question, as in "crash loop back off"


def evidence(fields: Fields, first: Ints, query: str) -> Evidence:
    """The evidence of words alone; `first` numbers the first section of each page."""
    bag = Counter(terms.asked(query))
    joined = _with_joined(fields, bag, terms.words(query))
    return Evidence(
        fields.scores("section", bag),
        fields.scores("page", bag),
        fields.scores("name", joined),
        fields.scores("front", joined),
        first,
        _weight(fields, bag, query),
    )


def _with_joined(fields: Fields, bag: Counter[str], words: Sequence[str]) -> Counter[str]:
    """The bag and every run of words that is, glued together, somebody's name."""
    joined = bag.copy()
    for form in _runs(words):
        if any(fields.knows(name, form) for name in ("name", "front")):
            joined[form] = max(joined[form], 1)
    return joined


def _weight(fields: Fields, bag: Mapping[str, int], query: str) -> float:
    """How much a question asks: the idf of its words. Joined forms and numbers are no words."""
    skip = set(terms.identifiers(query))
    return sum(
        fields.idf("page", term) * n
        for term, n in bag.items()
        if term not in skip and not any(c.isdigit() for c in term)
    )


def _runs(words: Sequence[str]) -> Iterator[str]:
    for start in range(len(words)):
        for stop in range(start + 2, min(len(words), start + _GLUE) + 1):
            yield "".join(words[start:stop])
