"""Holds each number of a clause against the record: its size, its unit, and what it is a number of."""

from __future__ import annotations

from interlock.agent.citations import lexicon
from interlock.agent.citations.index import Index, Weights, keys_of, overlap, surroundings
from interlock.agent.citations.model import Clause, Problem, Token
from interlock.agent.citations.quantities import Quantity, two_parts

_STRUCTURED = ("object", "table")
# Words within four of the number, no comma or conjunction between, are taken to name it.
_BESIDE = 0.2
# "3 nodes" says less about the 3 than the word after it: every number of a line may count the same kind.
_OF_KIND = 0.3
# On nearly every path, so they tell no field from another.
_VAGUE = frozenset(
    {"pod", "container", "status", "stat", "spec", "count", "name", "time", "kind", "resourc", "is", "at"}
)


def absent(text: str, held: Index) -> Problem:
    """That something is nowhere in a source."""
    return Problem("absent", f"'{text}' does not occur in {held.record.source.id}")


def near_clause(clause: Clause, i: int) -> Weights:
    """What stands around a token of a clause, the inherited subject included."""
    return {**{k: 0.3 for t in clause.inherited for k in keys_of(t)}, **surroundings(clause.tokens, i)}


def number_problems(clause: Clause, held: Index) -> list[Problem]:
    """The numbers of a clause that a record lacks, or holds of something else."""
    out: list[Problem] = []
    for i, token in enumerate(clause.tokens):
        if token.quantity is not None:
            out += _number_problem(clause, i, token.quantity, held)
    return out


def _number_problem(clause: Clause, i: int, claimed: Quantity, held: Index) -> list[Problem]:
    around = near_clause(clause, i)
    found = [(q, ctx) for q, ctx, *_ in held.quantities if q.supports(claimed)]
    if not found:
        if claimed.number() == 0 and _denied_next(clause, i, held):
            return []
        return [] if _two_fields(clause, i, claimed, held) else [absent(claimed.text, held)]
    if "time" in claimed.families and not _several_times(held):
        return []
    rivals = [ctx for q, ctx, *_ in held.quantities if _rivals(q, claimed)]
    best = max(_near(around, ctx) for _, ctx in found)
    rival = max((_near(around, ctx) for ctx in rivals), default=0.0)
    structured = held.record.source.kind in _STRUCTURED
    unlike = bool(rivals) and best == 0 and structured and _near(around, around) > 0
    nearer = rival >= best - 1e-9 and _nearer_label(claimed, clause, held)
    named = any(_labelled(around, ctx, held) for _, ctx in found)
    if rival > best + 1e-9 or unlike or nearer or not named:
        return [Problem("mismatch", f"{held.record.source.id} holds '{claimed.text}', but of something else")]
    return []


def _rivals(other: Quantity, claimed: Quantity) -> bool:
    """Whether a number of the record could be meant instead; how often an event was seen only by a count."""
    if other.supports(claimed) or not other.families & claimed.families:
        return False
    return not other.text.startswith(("x", "×")) or claimed.text.endswith(("times", "x"))


def _nearer_label(claimed: Quantity, clause: Clause, held: Index) -> bool:
    """`2 replicas`, where `replicas` holds another number and only `readyReplicas` holds 2."""
    said = {k for t in clause.tokens for k in keys_of(t)}
    mine: list[int] = []
    others: list[int] = []
    for quantity, _, n, _ in held.quantities:
        last = {t.key for t in held.fields[n].last if t.predicate or t.key in said}
        if last & said and (quantity.supports(claimed) or _rivals(quantity, claimed)):
            (mine if quantity.supports(claimed) else others).append(len(last - said))
    return bool(mine and others) and min(others) < min(mine)


def _labelled(around: Weights, ctx: Weights, held: Index) -> bool:
    """No word beside the number is the label of another field of the record and not of this one."""
    return not any(
        w >= _BESIDE and k in held.labels and k not in ctx
        for k, w in around.items()
        if k not in _VAGUE and k not in lexicon.KINDS
    )


def _several_times(held: Index) -> bool:
    return sum("time" in q.families for q, *_ in held.quantities) > 1


def _near(around: Weights, ctx: Weights) -> float:
    return overlap(
        {
            k: w * (_OF_KIND if lexicon.concept(k)[0] in lexicon.KINDS else 1)
            for k, w in around.items()
            if k not in _VAGUE
        },
        ctx,
    )


def _denied_next(clause: Clause, i: int, held: Index) -> bool:
    nearby = [t for t in clause.tokens[i + 1 : i + 4] if t.predicate]
    return any(m.sign == -1 for t in nearby for m in held.mentions.get(t.key, []))


def _two_fields(clause: Clause, i: int, claimed: Quantity, held: Index) -> bool:
    """`2 of 3 ready` from `readyReplicas: 2` and `replicas: 3`."""
    parts = two_parts(claimed)
    said = {t.key for t in clause.tokens if t.predicate and t.key not in lexicon.KINDS}
    # `0 of 2 unready` says the opposite of what the two fields say.
    if parts is None or len(said) != 1 or any(t.sign < 0 for t in clause.tokens if t.key in said):
        return False
    part = [f for f in held.fields if said <= {t.key for t in f.last} and _is(f.tokens, parts[0])]
    whole = [
        f
        for f in held.fields
        if {t.text for t in f.last} <= {"replicas", "desired", "total"} and _is(f.tokens, parts[1])
    ]
    return bool(part and whole)


def _is(tokens: tuple[Token, ...], number: int) -> bool:
    return bool(tokens) and tokens[0].quantity is not None and tokens[0].quantity.number() == number
