"""Whether a record states what a clause states, or the contrary: the sign of each word, weighed by its place."""

from __future__ import annotations

from interlock.agent.citations import lexicon
from interlock.agent.citations.index import Index, Mention, overlap
from interlock.agent.citations.model import Clause, Problem, Token
from interlock.agent.citations.numbers import near_clause
from interlock.agent.citations.quantities import two_parts

_NOW = frozenset({"current", "currently", "now"})


def sign_problems(clause: Clause, i: int, held: Index) -> list[Problem]:
    """What the record says of a word of the clause with the other sign, or does not state at all."""
    token = clause.tokens[i]
    if token.sign == 0:
        return []
    found = [m for m in _mentions(token, held) if _usable(m, clause, i) and not _past(m, clause, held)]
    stated = [m for m in found if m.sign is not None]
    if not stated:
        return [] if _denied_with(clause, i) and found else _unstated(token, held, bool(found))
    agree = [m for m in stated if m.sign in (0, token.sign)]
    against = [m for m in stated if m.sign == -token.sign]
    if not agree:
        strong = token.predicate or token.sign < 0 or any(m.sign for m in against)
        return [_says(token, against[0], held)] if strong else []
    against = [m for m in against if not any(_same_count(m, other) for other in agree)]
    if not against or not (token.predicate or token.sign < 0):
        return []
    return _weigh(clause, i, agree, against, held)


def _same_count(against: Mention, agree: Mention) -> bool:
    """`0/1 ready`, `0 restarts` and `restart count 0`: one statement, with and without its denial."""
    if against.field != agree.field:
        return False
    return agree.needs is not None or (against.needs is not None and against.needs.number() == 0)


def _mentions(token: Token, held: Index) -> list[Mention]:
    for key in (token.text.lower(), token.key):
        if key in held.mentions and token.kind == "name":
            return held.mentions[key]
    if token.key in held.mentions:
        return held.mentions[token.key]
    return [m for key, _ in token.parts for m in held.mentions.get(key, [])]


def _past(mention: Mention, clause: Clause, held: Index) -> bool:
    """`currently` does not speak of a last state."""
    label = {t.text for t in held.fields[mention.field].label}
    return bool(label & {"last", "previous"}) and bool({t.text.lower() for t in clause.tokens} & _NOW)


def _usable(mention: Mention, clause: Clause, i: int) -> bool:
    """A mention that is true only with its number counts where the clause says that number beside the word."""
    if mention.needs is None:
        return True
    numbers = [t.quantity for t in segment(clause.tokens, i) if t.quantity]
    part = [p[0] for q in numbers if (p := two_parts(q))]
    return mention.needs.number() in part or any(mention.needs.supports(q) for q in numbers)


def segment(tokens: tuple[Token, ...], i: int) -> tuple[Token, ...]:
    """The tokens around one that no comma or conjunction parts from it."""
    stops = [-1, *(j for j, t in enumerate(tokens) if t.kind == "break" and t.text != "of"), len(tokens)]
    return tokens[max(s for s in stops if s < i) + 1 : min(s for s in stops if s > i)]


def _unstated(token: Token, held: Index, topic: bool) -> list[Problem]:
    if (
        topic
        and token.sign < 0
        and token.sign == lexicon.concept(token.text)[1]
        and token.text.lower() in held.mentions
    ):
        return []
    if token.sign < 0:
        return [
            Problem("mismatch", f"{held.record.source.id} does not state that there is no '{token.text}'")
        ]
    bound = held.mentions.get(token.key)
    if token.predicate and bound and not topic:
        return [
            Problem(
                "contradicted",
                f"{held.record.source.id} says '{token.text}' only of a part, or of an earlier state",
            )
        ]
    if token.key in lexicon.STATES and topic:
        return [Problem("mismatch", f"{held.record.source.id} speaks of '{token.text}' without stating it")]
    return []


def _denied_with(clause: Clause, i: int) -> bool:
    """`no disk pressure` denies the pressure; `disk` only says which."""
    after = clause.tokens[i + 1 : i + 3]
    return not clause.tokens[i].predicate and any(
        t.predicate and t.sign != lexicon.concept(t.text)[1] for t in after
    )


def _says(token: Token, mention: Mention, held: Index) -> Problem:
    each = held.fields[mention.field]
    label = each.last[0].text + ": " if each.last and mention.position < 0 else ""
    text = each.text if len(each.text) <= 80 else each.text[:77] + "..."
    return Problem(
        "contradicted", f"{held.record.source.id} says {label}{text!r}, which denies '{token.text}'"
    )


def _weigh(
    clause: Clause, i: int, agree: list[Mention], against: list[Mention], held: Index
) -> list[Problem]:
    around = near_clause(clause, i)
    best, rival = (max(_score(around, m, held) for m in ms) for ms in (agree, against))
    if best > rival:
        return []
    if best == rival and not clause.tokens[i].predicate:
        return []
    return [_says(clause.tokens[i], max(against, key=lambda m: _score(around, m, held)), held)]


def _score(around: dict[str, float], mention: Mention, held: Index) -> float:
    each = held.fields[mention.field]
    named = each.container is None or each.container.lower() in around
    return overlap(around, held.context(mention.field, mention.position)) - (0.0 if named else 0.5)
