"""A statement about every row of a table: all, none, or N of M. Only where the table is whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from interlock.agent.citations.clauses import subjects
from interlock.agent.citations.match import problems
from interlock.agent.citations.model import Clause, Record, Source, Token
from interlock.agent.citations.quantifiers import words_of
from interlock.agent.citations.quantities import two_parts
from interlock.agent.citations.records import records

_CUT = re.compile(r"\b(?:omitted|truncated|left out|more rows|not shown|\d+ more)\b|\.\.\.|…", re.IGNORECASE)
_EVERY = frozenset({"all", "every", "each", "both"})


def about_rows(clause: Clause, source: Source) -> bool | None:
    """Whether the whole table states the clause; None when the clause is not about all rows."""
    if source.kind != "table" or subjects(clause):
        return None
    rows = [r for r in records(source) if sum(not f.subject for f in r.fields) > 1]
    words = words_of(clause)
    ratio = next((p for t in clause.tokens if t.quantity and (p := two_parts(t.quantity))), None)
    if not rows or _CUT.search(source.text) or "other" in words:
        return None
    if ratio:
        return _counted(clause, rows) == ratio[0] and ratio[1] == len(rows)
    if words & _EVERY:
        number = [int(n) for t in clause.tokens if t.quantity and (n := t.quantity.number()) is not None]
        enough = all(n == len(rows) for n in number) and ("both" not in words or len(rows) == 2)
        return enough and _counted(clause, rows) == len(rows)
    return _counted(clause, rows) == len(rows) if words & {"no", "none"} else None


def _bare(clause: Clause) -> Clause:
    """The clause without its counts and quantity words, to be asked of one row."""
    kept: list[Token] = [t for t in clause.tokens if t.quantity is None and t.text.lower() not in _EVERY]
    return replace(clause, tokens=tuple(kept))


def _counted(clause: Clause, rows: Sequence[Record]) -> int:
    bare = _bare(clause)
    if not any(t.predicate or t.kind == "name" for t in bare.tokens):
        return -1
    return sum(not problems(bare, row) for row in rows)
