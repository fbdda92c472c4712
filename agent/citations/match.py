"""Compares one clause with one record: presence, sign, the number's own label, order, quantity words, mood."""

from __future__ import annotations

import re

from interlock.agent.citations import lexicon
from interlock.agent.citations.clauses import content
from interlock.agent.citations.index import (
    Index,
    Mention,
    index,
    names_a_kind,
    overlap,
)
from interlock.agent.citations.model import Clause, Problem, Record, Token
from interlock.agent.citations.numbers import absent, near_clause, number_problems
from interlock.agent.citations.order import (
    change_problems,
    changes,
    clock_problems,
    role_problems,
    supported_direction,
)
from interlock.agent.citations.quantifiers import quantifier_problems
from interlock.agent.citations.quantities import two_parts
from interlock.agent.citations.reading import DANGLING


def problems(clause: Clause, record: Record) -> list[Problem]:
    """Everything that keeps `record` from carrying `clause`; empty when it does."""
    held = index(record)
    return [
        *_quote_problems(clause, held),
        *_name_problems(clause, held),
        *_inherited_problems(clause, held),
        *_container_problems(clause, held),
        *_word_problems(clause, held),
        *_denial_problems(clause, held),
        *number_problems(clause, held),
        *change_problems(clause, held),
        *clock_problems(clause),
        *role_problems(clause, held),
        *quantifier_problems(clause, held),
        *_mood_problems(clause, held),
    ]


def _quote_problems(clause: Clause, held: Index) -> list[Problem]:
    folded = (re.sub(r"[\s`\"']+", " ", q).casefold() for q in clause.quotes)
    found = zip(clause.quotes, folded, strict=True)
    return [absent(quote, held) for quote, low in found if not _stands(low, held.folded)]


def _stands(quote: str, text: str) -> bool:
    left = r"(?<![\w-])" if quote[:1].isalnum() else ""
    right = r"(?![\w-])" if quote[-1:].isalnum() else ""
    return bool(re.search(left + re.escape(quote) + right, text))


def holds(token: Token, held: Index) -> bool:
    """Whether a name or word of a claim is in the record, under any of its spellings."""
    if token.key in held.keys or token.text.lower() in held.keys:
        return True
    if token.kind == "name" and token.parts:
        return all(key in held.keys for key, _ in token.parts)
    joined = re.sub(r"[-_]", "", token.text.lower())
    if joined.isalpha() and joined != token.text.lower() and joined in held.keys:
        return True
    return token.kind == "name" and _split_name(token.text.lower(), held)


def _split_name(text: str, held: Index) -> bool:
    """`ns/name` or `Kind/name` whose two parts stand apart, as in a table with a namespace column."""
    left, slash, right = text.partition("/")
    if not slash or "/" in right or right not in held.keys or left not in held.keys:
        return False
    others = re.findall(rf"([\w-]+)/{re.escape(right)}(?![\w-])", held.raw.lower())
    return all(o in lexicon.KIND_WORDS or o == left for o in others)


def _name_problems(clause: Clause, held: Index) -> list[Problem]:
    out: list[Problem] = []
    for i, token in enumerate(clause.tokens):
        if token.kind == "name" and not holds(token, held):
            out.append(absent(token.text, held))
        out += _namespace_problem(clause, i, held) + _kind_problem(clause, i, held)
    return out


def _namespace_problem(clause: Clause, i: int, held: Index) -> list[Problem]:
    token = clause.tokens[i]
    if token.key != "namespace" or token.kind != "word":
        return []
    near = [
        t
        for t in (*clause.tokens[i + 1 : i + 2], *clause.tokens[max(0, i - 1) : i])
        if t.kind in ("word", "name")
    ]
    near = [t for t in near if not lexicon.is_glue(t.text) and not t.predicate]
    spaces = _namespaces(held)
    if near and spaces and not any(t.text.lower() in spaces for t in near):
        return [
            Problem("mismatch", f"{held.record.source.id} is about namespace {', '.join(sorted(spaces))}")
        ]
    return []


def _namespaces(held: Index) -> set[str]:
    found = {m.lower() for m in re.findall(r"(?<![\w/.:-])([a-z0-9-]+)/[a-z0-9][\w.-]*(?![\w/:])", held.raw)}
    found |= {m.lower() for m in re.findall(r"[Nn]amespace[ =:]+\"?([a-z0-9-]+)", held.raw)}
    for each in held.fields:
        if any(t.key == "namespace" for t in each.last):
            found |= {t.text.lower() for t in each.tokens}
    return found - lexicon.KIND_WORDS


def _kind_problem(clause: Clause, i: int, held: Index) -> list[Problem]:
    """`Deployment api` cited to what the evidence calls `Pod api`."""
    token = clause.tokens[i]
    follows = clause.tokens[i + 1] if i + 1 < len(clause.tokens) else None
    if (
        token.key not in lexicon.KINDS
        or follows is None
        or follows.kind != "name"
        or token.key == "namespace"
    ):
        return []
    name = re.escape(follows.text.lower())
    said = {
        lexicon.concept(k)[0]
        for k in re.findall(rf"([a-z]+)[ /][\"'`]?(?:[\w-]+/)?{name}(?![\w-])", held.raw.lower())
    }
    kinds = said & lexicon.KINDS
    if kinds and token.key not in kinds:
        return [
            Problem("mismatch", f"{held.record.source.id} calls '{follows.text}' a {'/'.join(sorted(kinds))}")
        ]
    return []


def _inherited_problems(clause: Clause, held: Index) -> list[Problem]:
    if held.record.source.kind == "document":
        return []
    absent = [t for t in clause.inherited if not holds(t, held)]
    if clause.inherited and len(absent) == len(clause.inherited):
        return [Problem("mismatch", f"{held.record.source.id} does not say this of '{absent[0].text}'")]
    return []


def _container_problems(clause: Clause, held: Index) -> list[Problem]:
    """A statement that goes on about one container, cited to another."""
    here = {f.container.lower() for f in held.fields if f.container}
    if clause.container is None or not here or clause.container in here:
        return []
    return [
        Problem("mismatch", f"{held.record.source.id} does not say this of container '{clause.container}'")
    ]


def _word_problems(clause: Clause, held: Index) -> list[Problem]:
    out: list[Problem] = []
    for i, token in content(clause):
        if token.key in ("order",) and _has_moments(clause):
            continue
        if token.key in ("up", "change") and _moved(token, clause, held) is not None:
            moved = _moved(token, clause, held)
            out += [] if moved else [_turned(token, held)]
            continue
        if token.kind == "word" and not holds(token, held):
            out += _unless_kind(token, clause, i, held)
            continue
        out += _sign_problem(clause, i, held)
    return out


def _has_moments(clause: Clause) -> bool:
    return sum("time" in t.quantity.families for t in clause.tokens if t.quantity) > 1


def _moved(token: Token, clause: Clause, held: Index) -> bool | None:
    """Whether the record's old and new value move as the word says; None when it has no such values."""
    if token.key == "change":
        return token.sign > 0 if changes(held, clause) else None
    way = supported_direction(held, clause)
    return None if way == 0 else way == token.sign


def _turned(token: Token, held: Index) -> Problem:
    return Problem("contradicted", f"{held.record.source.id} says the opposite of '{token.text}'")


def _unless_kind(token: Token, clause: Clause, i: int, held: Index) -> list[Problem]:
    """A kind is taken for granted where the evidence names no kind at all, or before a name it can hold."""
    if token.key == "namespace" and _namespaces(held):
        return []
    if token.key in lexicon.KINDS and not names_a_kind(held.record.source):
        return []
    follows = clause.tokens[i + 1] if i + 1 < len(clause.tokens) else None
    if token.key in lexicon.KINDS and follows is not None and follows.kind == "name":
        return []
    if token.key == "success" and token.sign < 0 and "fail" in held.keys:
        return []
    return [absent(token.text, held)]


def _denial_problems(clause: Clause, held: Index) -> list[Problem]:
    """A denial of nothing that could be looked up."""
    loose = [t for t in clause.tokens if t.key == DANGLING and t.quantity is None]
    name = held.record.source.id
    return [Problem("mismatch", f"what '{t.text}' denies cannot be checked in {name}") for t in loose]


def _sign_problem(clause: Clause, i: int, held: Index) -> list[Problem]:
    token = clause.tokens[i]
    if token.sign == 0:
        return []
    found = [m for m in _mentions(token, held) if _usable(m, clause, i)]
    stated = [m for m in found if m.sign is not None]
    if not stated:
        return [] if _denied_with(clause, i) and found else _unstated(token, held, bool(found))
    agree = [m for m in stated if m.sign in (0, token.sign)]
    against = [m for m in stated if m.sign == -token.sign]
    if not agree:
        strong = token.predicate or token.sign < 0 or any(m.sign for m in against)
        return [_says(token, against[0], held)] if strong else []
    against = [m for m in against if not any(_same_zero(m, other) for other in agree)]
    if not against or not (token.predicate or token.sign < 0):
        return []
    return _weigh(clause, i, agree, against, held)


def _same_zero(one: Mention, other: Mention) -> bool:
    """`0 restarts` and `restart count 0` are one statement, with and without its denial."""
    needs = one.needs or other.needs
    return one.field == other.field and needs is not None and needs.number() == 0


def _mentions(token: Token, held: Index) -> list[Mention]:
    for key in (token.text.lower(), token.key):
        if key in held.mentions and token.kind == "name":
            return held.mentions[key]
    if token.key in held.mentions:
        return held.mentions[token.key]
    return [m for key, _ in token.parts for m in held.mentions.get(key, [])]


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
    if token.predicate and token.kind == "word" and bound and not topic:
        return [Problem("contradicted", f"{held.record.source.id} says '{token.text}' only of a part")]
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


def _mood_problems(clause: Clause, held: Index) -> list[Problem]:
    """A document that says `if X` does not say X."""
    spoken = [f for f in held.fields if not f.subject]
    if clause.modal or not any(f.modal for f in spoken):
        return []
    keys = {t.key for _, t in content(clause) if t.predicate or t.kind == "name"}
    flat = {t.key for f in spoken if not f.modal for t in (*f.tokens, *f.label)}
    if keys - flat:
        return [
            Problem("mismatch", f"{held.record.source.id} says this only as a condition or an instruction")
        ]
    return []
