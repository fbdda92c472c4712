"""check_claim: every clause of a claim held against the records of what it cites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from interlock.agent.citations.clauses import checkable, content, halves, joint, split_clauses, subjects
from interlock.agent.citations.facts import moments
from interlock.agent.citations.index import index
from interlock.agent.citations.match import holds, problems
from interlock.agent.citations.model import Clause, Problem, Record, Source, Verdict
from interlock.agent.citations.records import merged, records
from interlock.agent.citations.tables import about_rows

_DEPTH = 3
Result = tuple[list[Problem], Record | None]


def check_claim(text: str, cited: Sequence[Source]) -> Verdict:
    """Whether the cited evidence holds all that `text` says; with the reasons when it does not."""
    if not cited:
        return Verdict(False, ("no evidence is cited",))
    clauses = split_clauses(text, frozenset(s.id for s in cited))
    if not any(checkable(c) for c in clauses):
        return Verdict(False, ("nothing to check: no number, name, quote or stated fact",))
    sources = tuple(cited)
    reasons: list[str] = []
    for clause in _in_containers(clauses, _containers(sources)):
        reasons += [p.text for p in _carry(clause, sources, _DEPTH)[0]]
    return Verdict(not reasons, tuple(dict.fromkeys(reasons)))


def _containers(cited: tuple[Source, ...]) -> frozenset[str]:
    found = (f.container for s in cited if s.kind == "object" for r in records(s) for f in r.fields)
    return frozenset(name.lower() for name in found if name)


def _in_containers(clauses: Iterable[Clause], known: frozenset[str]) -> list[Clause]:
    """A clause that names no container goes on about the one before, until another object is named."""
    out: list[Clause] = []
    current: str | None = None
    for clause in clauses:
        own = [t.text.lower() for t in clause.tokens if t.text.lower() in known]
        if own or subjects(clause):
            current = own[-1] if own else None
        out.append(replace(clause, container=None if own else current or clause.container))
    return out


def _carry(clause: Clause, cited: tuple[Source, ...], depth: int) -> Result:
    """The problems of a clause with the record that fits best; none when some record carries it."""
    if not checkable(clause) and not content(clause):
        return [], None
    whole = _whole(clause, cited)
    if not whole[0] or depth == 0 or any(p.kind == "contradicted" for p in whole[0]):
        return whole
    for halved in halves(clause):
        both = (replace(half, container=clause.container) for half in halved)
        first, second = _in_containers(both, _containers(cited))
        one = _carry(first, cited, depth - 1)
        two = _carry(second, cited, depth - 1) if not one[0] else one
        if not one[0] and not two[0] and _in_order(joint(clause, first, second), one[1], two[1]):
            return [], two[1]
    return whole


def _whole(clause: Clause, cited: tuple[Source, ...]) -> Result:
    tables = {s.id: about_rows(clause, s) for s in cited}
    if True in tables.values():
        return [], None
    rejected = [s for s in cited if tables[s.id] is False]
    if rejected and len(rejected) == len(cited):
        return [
            Problem("contradicted", f"the rows of {rejected[0].id} do not count up to '{clause.text}'")
        ], None
    cited = tuple(s for s in cited if s not in rejected)
    best: Result = ([Problem("absent", "the cited evidence is empty")], None)
    denied: list[Problem] = []
    for source in cited:
        results = [(problems(clause, r), r) for r in records(source)]
        denied += _denials(clause, source, results)
        for found, record in results:
            if best[1] is None or _worth(found) < _worth(best[0]):
                best = (found, record)
    if not best[0]:
        return (denied, None) if denied else best
    together = _several(clause, cited)
    if together is not None and not denied and not problems(clause, together):
        return [], together
    return _explain(best, clause, cited), best[1]


def _worth(found: list[Problem]) -> tuple[int, int]:
    return sum(p.kind == "absent" for p in found), len(found)


def _denials(clause: Clause, source: Source, results: list[tuple[list[Problem], Record]]) -> list[Problem]:
    """An object that denies the clause outweighs another source, or another container, that carries it."""
    if source.kind != "object":
        return []
    named = (*subjects(clause), *clause.inherited)
    for found, record in results:
        about = not named or any(holds(t, index(record)) for t in named)
        if about and found and all(p.kind == "contradicted" for p in found):
            return found
    return []


def _several(clause: Clause, cited: tuple[Source, ...]) -> Record | None:
    """Objects that the clause names, read together."""
    words = {t.text.lower() for t in (*clause.tokens, *clause.inherited)}
    parts = [
        records(s)[0]
        for s in cited
        if s.kind == "object" and s.subject and records(s) and _names(s.subject) & words
    ]
    return merged(parts) if len(parts) > 1 else None


def _names(subject: str) -> set[str]:
    name = subject.rsplit(maxsplit=1)[-1].lower()
    return {name, name.rpartition("/")[2]}


def _explain(best: Result, clause: Clause, cited: tuple[Source, ...]) -> list[Problem]:
    """What is nowhere in the citation first; else that it does not stand together."""
    record = best[1]
    contradicted = [p for p in best[0] if p.kind == "contradicted"]
    absent = [p for p in best[0] if p.kind == "absent"]
    if record is None or contradicted or not absent:
        return contradicted or best[0]
    nowhere = [p for p in absent if not _anywhere(p, clause, cited)]
    ids = ", ".join(s.id for s in cited)
    if nowhere:
        return [Problem("absent", p.text.rpartition(" in ")[0] + f" in {ids}") for p in nowhere]
    unit = "one object" if record.source.kind == "object" else "one line"
    return [Problem("mismatch", f"{ids} does not say '{clause.text}' in {unit}")]


def _anywhere(problem: Problem, clause: Clause, cited: tuple[Source, ...]) -> bool:
    said = problem.text.split("'")[1] if "'" in problem.text else ""
    token = next((t for t in clause.tokens if t.text == said), None)
    if token is None:
        return False
    for source in cited:
        for held in map(index, records(source)):
            if token.quantity and any(q.supports(token.quantity) for q, *_ in held.quantities):
                return True
            if token.quantity is None and holds(token, held):
                return True
    return False


def _in_order(word: str, first: Record | None, second: Record | None) -> bool:
    """`X before Y` holds when every time of X's record lies before every time of Y's."""
    if word not in ("before", "after"):
        return True
    one, two = (moments(r) if r else () for r in (first, second))
    if not one or not two:
        return False
    early, late = (one, two) if word == "before" else (two, one)
    return all(a < b for a, b in pairwise((max(early), min(late))))
