"""What stands in an order: from one value to another, before and after, one name acting on another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from interlock.agent.citations.index import Index
from interlock.agent.citations.model import Clause, Problem, Token

Pair = tuple[Token, Token]
_DIRECTED = frozenset(
    [
        "calls",
        "called",
        "caused",
        "causes",
        "depends",
        "blocks",
        "blocked",
        "replaced",
        "replaces",
        "owns",
        "owned",
        "targets",
        "evicted",
        "preempted",
        "preempts",
        "from",
        "to",
        "by",
        "against",
        "into",
        "behind",
        "on",
        "points",
        "reaches",
        "mounts",
        "uses",
        "selects",
        "routes",
    ]
)
_TURNS = frozenset({"by", "from"})
_OLD = frozenset(
    ["from", "previously", "previous", "old", "former", "formerly", "original", "originally", "was"]
)


def same_value(claimed: Token, held: Token) -> bool:
    """Whether evidence holding `held` holds the value the claim names."""
    if claimed.quantity and held.quantity:
        return held.quantity.supports(claimed.quantity)
    return claimed.quantity is None and held.quantity is None and claimed.text.lower() == held.text.lower()


def _value(token: Token) -> bool:
    return token.kind in ("quantity", "name", "word")


def pairs(tokens: tuple[Token, ...]) -> Iterator[Pair]:
    """Every `old -> new` of a text: an arrow, `from A to B`, `to B from A`."""
    for i, token in enumerate(tokens):
        if (
            token.kind == "arrow"
            and 0 < i < len(tokens) - 1
            and _value(tokens[i - 1])
            and _value(tokens[i + 1])
        ):
            yield tokens[i - 1], tokens[i + 1]
    words = [t.text.lower() for t in tokens]
    for i, word in enumerate(words):
        if word == "from" and "to" in words[i + 1 : i + 5]:
            j = words.index("to", i + 1)
            if j + 1 < len(tokens) and j - i > 1:
                yield tokens[j - 1], tokens[j + 1]
        if word == "to" and "from" in words[i + 1 : i + 4]:
            j = words.index("from", i + 1)
            if j + 1 < len(tokens) and j - i > 1:
                yield tokens[j + 1], tokens[j - 1]


def _changes(index: Index) -> list[Pair]:
    return [p for f in index.fields if not f.subject for p in pairs(f.tokens)]


def direction(pair: Pair) -> int:
    """1 when the pair rises, -1 when it falls, 0 when it cannot be told."""
    old, new = (t.quantity.number() if t.quantity else None for t in pair)
    if old is None or new is None or old == new:
        return 0
    return 1 if new > old else -1


def _matching(index: Index, clause: Clause) -> list[Pair]:
    said = list(pairs(clause.tokens))
    held = _changes(index)
    if said:
        return [h for h in held if all(same_value(s[0], h[0]) and same_value(s[1], h[1]) for s in said)]
    values = [t for t in clause.tokens if t.kind in ("quantity", "name")]
    return [h for h in held if any(same_value(v, side) for v in values for side in h)]


def supported_direction(index: Index, clause: Clause) -> int:
    """The direction in which the record's own old and new value move, 0 when it holds none."""
    found = {direction(p) for p in _matching(index, clause)} - {0}
    return found.pop() if len(found) == 1 else 0


def changes(index: Index, clause: Clause) -> bool:
    """Whether the record holds a change of the values the clause names."""
    return bool(_matching(index, clause))


_GONE = re.compile(r"(?:->|→)\s*[(<]?(?:none|null|nil|absent|unset|removed|deleted)[)>]?\s*$", re.IGNORECASE)
_CAME = re.compile(r"^[(<]?(?:none|null|nil|absent|unset)[)>]?\s*(?:->|→)", re.IGNORECASE)


def presence(index: Index, clause: Clause) -> int:
    """1 where the record shows what the clause names come into being, -1 where it shows it go, else 0."""
    said = {t.key for t in clause.tokens if t.kind in ("word", "name")}
    said |= {t.text.lower() for t in clause.tokens}
    about = [f for f in index.fields if said & {x for t in f.last for x in (t.key, t.text)}]
    if any(_GONE.search(f.text) for f in about):
        return -1
    return 1 if any(_CAME.search(f.text) for f in about) else 0


def change_problems(clause: Clause, index: Index) -> list[Problem]:
    """Old and new value exchanged, or a change that the record does not state."""
    name = index.record.source.id
    held = _changes(index)
    for old, new in pairs(clause.tokens):
        if old.kind == "word" and new.kind == "word":
            continue
        if any(same_value(old, b) and same_value(new, a) for a, b in held):
            return [Problem("contradicted", f"{name} says the change went the other way, to {old.text!r}")]
        if not any(same_value(old, a) and same_value(new, b) for a, b in held):
            return [Problem("mismatch", f"{name} does not hold a change from {old.text!r} to {new.text!r}")]
    return _side_problems(clause, held, name)


def _side_problems(clause: Clause, held: list[Pair], name: str) -> list[Problem]:
    if any(True for _ in pairs(clause.tokens)) or not held:
        return []
    for i, token in enumerate(clause.tokens):
        if token.kind not in ("quantity", "name"):
            continue
        olds = any(same_value(token, a) for a, _ in held)
        news = any(same_value(token, b) for _, b in held)
        near = {t.text.lower() for t in clause.tokens[max(0, i - 4) : i]}
        said_old = bool(near & _OLD) and "to" not in near
        if olds and not news and not said_old:
            return [Problem("contradicted", f"{name} says {token.text!r} is the value before the change")]
        if news and not olds and near & (_OLD - {"was"}) and "to" not in near:
            return [Problem("contradicted", f"{name} says {token.text!r} is the value after the change")]
    return []


def clock_problems(clause: Clause) -> list[Problem]:
    """`10:45 before 10:30` contradicts itself."""
    tokens = clause.tokens
    for i, token in enumerate(tokens):
        if token.key != "order":
            continue
        left = next((t.quantity for t in reversed(tokens[:i]) if _moment(t)), None)
        right = next((t.quantity for t in tokens[i + 1 :] if _moment(t)), None)
        if left and right and not _earlier(_text(left.text), _text(right.text), token.sign):
            return [Problem("contradicted", f"{left.text} is not {token.text} {right.text}")]
    return []


def _moment(token: Token) -> bool:
    return token.quantity is not None and "time" in token.quantity.families


def _text(text: str) -> str:
    found = re.search(r"\d\d?:\d\d(?::\d\d)?", text)
    return found.group().zfill(5) if found else text


def _earlier(left: str, right: str, sign: int) -> bool:
    return left < right if sign > 0 else left > right


def role_problems(clause: Clause, index: Index) -> list[Problem]:
    """Two names of one line said in the opposite order around a word that has a direction."""
    if index.record.source.kind == "object":
        return []
    names = [(i, t) for i, t in enumerate(clause.tokens) if t.kind == "name"]
    held = [t.text.lower() for t in index.tokens if t.kind == "name"]
    for (i, a), (j, b) in pairwise(names):
        between = {t.text.lower() for t in clause.tokens[i + 1 : j]} & _DIRECTED
        one, two = a.text.lower(), b.text.lower()
        if not between or one == two or held.count(one) != 1 or held.count(two) != 1:
            continue
        turned = (between & _TURNS) - {t.text.lower() for t in index.tokens}
        if held.index(one) > held.index(two) and not turned:
            return [Problem("mismatch", f"{index.record.source.id} names {b.text!r} before {a.text!r}")]
        if held.index(one) < held.index(two) and "by" in turned:
            return [Problem("mismatch", f"{index.record.source.id} names {a.text!r} before {b.text!r}")]
    return []
