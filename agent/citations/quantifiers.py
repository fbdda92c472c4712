"""All, none, only, both, no other: held to counts, or to the same word in the evidence."""

from __future__ import annotations

import re

from interlock.agent.citations.index import Index
from interlock.agent.citations.model import Clause, Problem
from interlock.agent.citations.quantities import two_parts

_ALL = frozenset({"all", "every", "each", "both", "entire", "whole", "always"})
_SAME = {
    "only": r"\bonly\b|\bsingle\b",
    "other": r"\b(?:other|others)\b",
    "others": r"\b(?:other|others)\b",
    "always": r"\balways\b",
    "never": r"\bnever\b|\bno\b",
    "most": r"\bmost\b",
    "many": r"\bmany\b",
    "several": r"\bseveral\b",
    "few": r"\bfew\b",
    "nothing": r"\bnothing\b",
    "everything": r"\beverything\b",
}


def words_of(clause: Clause) -> set[str]:
    """The lower-case words of a clause."""
    return {t.text.lower() for t in clause.tokens}


def quantifier_problems(clause: Clause, held: Index) -> list[Problem]:
    """A quantity word that the record's counts or words do not carry."""
    said = words_of(clause)
    out = [
        _unheld(word, held)
        for word, form in _SAME.items()
        if word in said and not _same(word, form, clause, held)
    ]
    if said & _ALL and not _all_held(clause, held):
        out.append(_unheld(sorted(said & _ALL)[0], held))
    return out


def named(clause: Clause) -> bool:
    """Whether the clause speaks of objects by name."""
    return bool(clause.inherited) or any(
        t.kind == "name" and re.search(r"\w[-/]\w", t.text) for t in clause.tokens
    )


def _unheld(word: str, held: Index) -> Problem:
    return Problem("mismatch", f"{held.record.source.id} does not support '{word}'")


def _same(word: str, form: str, clause: Clause, held: Index) -> bool:
    if word == "only" and any(
        (p := two_parts(t.quantity)) and p[0] < p[1] for t in clause.tokens if t.quantity
    ):
        return True
    return bool(re.search(form, held.raw, re.IGNORECASE))


def _all_held(clause: Clause, held: Index) -> bool:
    keys = {t.key for t in clause.tokens if t.predicate}
    rows = held.record.source.kind == "table" and not named(clause)
    for each in () if rows else held.fields:
        words = {t.text.lower() for t in each.tokens}
        about = {t.key for t in (*each.tokens, *each.label)}
        if words & _ALL and keys <= about:
            return True
        full = [p for t in each.tokens if t.quantity and (p := two_parts(t.quantity))]
        if keys & about and any(a == b and a > 0 and _fits(clause, b) for a, b in full):
            return True
    return False


def _fits(clause: Clause, count: int) -> bool:
    numbers = [t.quantity.number() for t in clause.tokens if t.quantity]
    if "both" in words_of(clause) and count != 2:
        return False
    return all(n is None or n == count for n in numbers)
