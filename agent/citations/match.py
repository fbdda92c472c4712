"""Compares one clause with one record: presence, sign, the number's own label, order, quantity words, mood."""

from __future__ import annotations

import re
from itertools import pairwise

from interlock.agent.citations import lexicon
from interlock.agent.citations.clauses import content, subjects
from interlock.agent.citations.index import (
    Index,
    index,
    keys_of,
    names_a_kind,
)
from interlock.agent.citations.model import Clause, Problem, Record, Token
from interlock.agent.citations.numbers import absent, number_problems
from interlock.agent.citations.order import (
    change_problems,
    changes,
    clock_problems,
    presence,
    role_problems,
    supported_direction,
)
from interlock.agent.citations.quantifiers import quantifier_problems
from interlock.agent.citations.reading import DANGLING, split_words
from interlock.agent.citations.signs import sign_problems

_CONTAINERS = re.compile(r"(?:containers|initContainers|[cC]ontainerStatuses)[\[{]([a-z0-9][a-z0-9-]*)[\]}]")
_REASON_WORDS = 3
_BOOLEANS = frozenset({"true", "false"})


def problems(clause: Clause, record: Record) -> list[Problem]:
    """Everything that keeps `record` from carrying `clause`; empty when it does."""
    held = index(record)
    return [
        *_quote_problems(clause, held),
        *_name_problems(clause, held),
        *_inherited_problems(clause, held),
        *_container_problems(clause, held),
        *_subject_problems(clause, held),
        *_word_problems(clause, held),
        *_denial_problems(clause, held),
        *_boolean_problems(clause, held),
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
        return all(key in held.keys for key, _ in token.parts) and _together(token.text, held)
    joined = re.sub(r"[-_]", "", token.text.lower())
    if joined.isalpha() and joined != token.text.lower() and joined in held.keys:
        return True
    return token.kind == "name" and _split_name(token.text.lower(), held)


def _together(text: str, held: Index) -> bool:
    """A reason of several words stands as one: `ImagePullBackOff` is not an image, a pull and a back-off apart."""
    words = split_words(text)
    if len(words) < _REASON_WORDS:
        return True
    return re.search(r"[\W_]*".join(map(re.escape, words)), held.raw, re.IGNORECASE) is not None


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


def _subject_problems(clause: Clause, held: Index) -> list[Problem]:
    """A state said of something that the object only mentions: its node, its image."""
    about = {k for f in held.fields if f.subject for t in f.tokens for k in keys_of(t)}
    first = next((n for n, t in enumerate(clause.tokens) if t.predicate and t.kind == "word"), 0)
    names = [t for t in subjects(clause) if t in clause.tokens[:first]]
    own = any(t.key in about or t.text.lower() in about for t in (*subjects(clause), *clause.inherited))
    if held.record.source.kind != "object" or not about or not names or own:
        return []
    return [Problem("mismatch", f"{held.record.source.id} is not about '{names[0].text}'")]


def _container_problems(clause: Clause, held: Index) -> list[Problem]:
    """A statement about one container, cited to an object that has no such container or to another one."""
    here = {f.container.lower() for f in held.fields if f.container}
    called = [
        after.text
        for before, after in pairwise(clause.tokens)
        if before.key == "container" and after.kind in ("name", "word") and not lexicon.is_glue(after.text)
    ]
    known = {name.lower() for name in _CONTAINERS.findall(held.raw)} | here
    wrong = [name for name in called if known and not lexicon.concept(name)[2] and name.lower() not in known]
    if wrong:
        return [Problem("mismatch", f"{held.record.source.id} has no container '{wrong[0]}'")]
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
        if token.key in ("up", "change", "add") and _moved(token, clause, held) is not None:
            moved = _moved(token, clause, held)
            out += [] if moved else [_turned(token, held)]
            continue
        if token.kind == "word" and not holds(token, held):
            out += _unless_kind(token, clause, i, held)
            continue
        out += sign_problems(clause, i, held)
    return out


def _has_moments(clause: Clause) -> bool:
    return sum("time" in t.quantity.families for t in clause.tokens if t.quantity) > 1


def _moved(token: Token, clause: Clause, held: Index) -> bool | None:
    """Whether the record's old and new value move as the word says; None when it has no such values."""
    if token.key == "add":
        return way == token.sign if (way := presence(held, clause)) else None
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


def _boolean_problems(clause: Clause, held: Index) -> list[Problem]:
    """`multi_az is true`, where the field of that name says false."""
    claimed = {t.text.lower() for t in clause.tokens} & {"true", "false"}
    said = {k for t in clause.tokens for k in keys_of(t)}
    scored = [
        (sum(t.key in said for t in f.last), f)
        for f in held.fields
        if f.text.split(" ")[0].lower() in _BOOLEANS
    ]
    best = max((score for score, _ in scored), default=0)
    values = {f.text.split(" ")[0].lower() for score, f in scored if score == best}
    if not claimed or (best and claimed <= values) or (not best and claimed <= held.keys):
        return []
    return [
        Problem("contradicted" if best else "absent", f"{held.record.source.id} does not say {min(claimed)}")
    ]


def _denial_problems(clause: Clause, held: Index) -> list[Problem]:
    """A denial of nothing that could be looked up."""
    loose = [t for t in clause.tokens if t.key == DANGLING and t.quantity is None]
    loose += [
        after
        for before, after in pairwise(clause.tokens)
        if before.quantity is not None
        and before.quantity.number() == 0
        and after.predicate
        and lexicon.concept(after.text)[1] < 0
        if after.text.lower() not in held.raw.lower()
    ]
    name = held.record.source.id
    return [Problem("mismatch", f"what '{t.text}' denies cannot be checked in {name}") for t in loose]


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
