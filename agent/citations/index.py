"""A record laid out for comparison: every mention in it with its sign, its surroundings and its condition."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from interlock.agent.citations import lexicon
from interlock.agent.citations.model import Field, Record, Source, Token
from interlock.agent.citations.quantities import Quantity, two_parts
from interlock.agent.citations.reading import read

Weights = dict[str, float]
_EXISTS = frozenset({"run", "pending", "terminate"})


@dataclass(frozen=True)
class Mention:
    """One key said in one place. `sign` None: only a topic. `needs`: true only together with this number."""

    key: str
    sign: int | None
    field: int
    position: int
    needs: Quantity | None = None
    predicate: bool = False


def keys_of(token: Token) -> set[str]:
    """Everything a token may be looked up by."""
    if token.kind == "quantity":
        return set()
    low = token.text.lower()
    out = {token.key, low, *(key for key, _ in token.parts)}
    if token.kind == "name":
        for part in re.split(r"[/:@=\[\]_,]|\.(?=[A-Za-z])", low):
            out |= {part, lexicon.concept(part)[0]} if len(part) > 1 else set()
    return out


def surroundings(tokens: tuple[Token, ...], at: int) -> Weights:
    """What stands near a token, nearer counting more, a comma or a conjunction counting as distance."""
    out: Weights = {}
    for step in (-1, 1):
        weight, distance, j = 1.0, 0, at + step
        while 0 <= j < len(tokens):
            token = tokens[j]
            if token.kind in ("break", "arrow") or token.key == "order":
                weight *= 0.3
            elif not lexicon.is_glue(token.text):
                distance += 1
                for key in keys_of(token):
                    out[key] = max(out.get(key, 0.0), weight / (1 + distance))
            if token.kind == "quantity":
                weight *= 0.5
            j += step
    return out


def overlap(a: Weights, b: Weights) -> float:
    """How much two surroundings have in common."""
    return sum(weight * b[key] for key, weight in a.items() if key in b)


class Index:
    """Lookups over one record."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.fields = record.fields
        self.raw = " ".join(" ".join((f.text, *(t.text for t in f.label))) for f in record.fields)
        self.folded = re.sub(r"[\s`\"']+", " ", self.raw).casefold()

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every key the record holds, values, labels and subject alike."""
        out: set[str] = set()
        for each in self.fields:
            for token in (*each.tokens, *each.label):
                out |= keys_of(token)
            if each.container:
                out |= {each.container.lower(), lexicon.concept(each.container)[0]}
        return frozenset(out)

    @cached_property
    def labels(self) -> frozenset[str]:
        """The words its paths and columns consist of."""
        return frozenset(t.key for f in self.fields for t in f.label if t.kind == "word")

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """All tokens of all fields."""
        return tuple(t for f in self.fields for t in f.tokens)

    @cached_property
    def quantities(self) -> tuple[tuple[Quantity, Weights, int, int], ...]:
        """Every number with what stands around it."""
        return tuple(
            (_read_in(t.quantity, f), self.context(n, k), n, k)
            for n, f in enumerate(self.fields)
            for k, t in enumerate(f.tokens)
            if t.quantity is not None
        )

    @cached_property
    def mentions(self) -> dict[str, list[Mention]]:
        """Every mention by its key."""
        out: dict[str, list[Mention]] = {}
        for n, each in enumerate(self.fields):
            for mention in (*_of_values(n, each), *_of_label(n, each)):
                out.setdefault(mention.key, []).append(mention)
        return out

    def context(self, n: int, k: int) -> Weights:
        """What a place of the record is about: its path, its container and its neighbours."""
        each = self.fields[n]
        out = surroundings(each.tokens, k) if k >= 0 else {}
        for token in each.label:
            out[token.key] = 1.0
            out[token.text] = 1.0
        if each.container:
            out[each.container.lower()] = 1.0
        return out


def _read_in(quantity: Quantity, field: Field) -> Quantity:
    labels = {t.key for t in field.label}
    if "cpu" in labels:
        forms = quantity.within(frozenset({"cpu", "count"}))
        return Quantity(forms.text, forms.exact, forms.forms | {v._replace(unit="cpu") for v in forms.forms})
    if any(t.text in ("second", "seconds") for t in field.label):
        return Quantity(
            quantity.text, quantity.exact, quantity.forms | {v._replace(unit="s") for v in quantity.forms}
        )
    if labels & {"memory", "memor", "storag", "storage"}:
        return quantity.within(frozenset({"bytes"}))
    return quantity


def _of_values(n: int, each: Field) -> list[Mention]:
    out: list[Mention] = []
    for k, token in enumerate(each.tokens):
        if token.kind not in ("word", "name"):
            continue
        sign = None if each.subject else token.sign
        needs = None if each.subject else _needed(each.tokens, k)
        keys = {token.key, lexicon.concept(token.text)[0], token.text.lower()}
        out += [Mention(key, sign, n, k, needs, token.predicate) for key in keys]
        out += [Mention(key, own * (sign or 1), n, k) for key, own in token.parts]
        inner = keys_of(token) - keys - {p for p, _ in token.parts}
        out += [Mention(key, None, n, k) for key in inner]
        zero = _partner(each.tokens, k)
        if zero is not None and token.predicate:
            out.append(Mention(token.key, -token.sign, n, k, zero))
    return out


def _partner(tokens: tuple[Token, ...], k: int) -> Quantity | None:
    """The zero a denied word can also be quoted with: `0 restarts` says both no restarts and 0 restarts."""
    for token in tokens[max(0, k - 3) : k]:
        if token.quantity is not None and token.quantity.number() == 0:
            return token.quantity
    return None


def _needed(tokens: tuple[Token, ...], k: int) -> Quantity | None:
    """`2 of 3 ready` says ready only of two: the word is true with its ratio, not without it."""
    if not tokens[k].predicate:
        return None
    for token in (*reversed(tokens[max(0, k - 4) : k]), *tokens[k + 1 : k + 2]):
        parts = two_parts(token.quantity) if token.quantity else None
        if token.quantity and parts and parts[0] != parts[1]:
            return token.quantity
        if token.kind == "break":
            return None
    return None


def _of_label(n: int, each: Field) -> list[Mention]:
    out = [Mention(t.key, None, n, -1) for t in each.label]
    out += [Mention(t.text, None, n, -1) for t in each.label]
    own = [t for t in each.last if t.predicate]
    out += [Mention(t.key, t.sign, n, -1) for t in each.label if t.key in _EXISTS and t not in own]
    for token in own:
        out += _valued(n, each, token)
    return out


def _valued(n: int, each: Field, token: Token) -> list[Mention]:
    first = next((t for t in each.tokens if t.kind != "break"), None)
    if first is None:
        return []
    low = first.text.lower()
    if low in ("true", "yes", "false", "no"):
        return [Mention(token.key, token.sign if low in ("true", "yes") else -token.sign, n, -1, None, True)]
    if low in ("none", "nil", "null", "unknown", "<none>"):
        return [Mention(token.key, -token.sign, n, -1, None, True)] if low != "unknown" else []
    if first.quantity is None or each.tokens[0].kind == "arrow":
        return [Mention(token.key, token.sign, n, -1)] if token.key in _EXISTS else []
    if any(t.text == "code" for t in each.last):
        # An exit code is a number that names an end; 0 does not say that nothing ended.
        return [
            Mention(token.key, token.sign, n, -1, first.quantity, True),
            Mention(token.key, token.sign, n, -1),
        ]
    return _counted(n, token, first.quantity)


def _counted(n: int, token: Token, quantity: Quantity) -> list[Mention]:
    parts, number = two_parts(quantity), quantity.number()
    with_number = Mention(token.key, token.sign, n, -1, quantity, True)
    if parts is not None:
        full = Mention(
            token.key, token.sign if parts[0] == parts[1] and parts[0] else -token.sign, n, -1, None, True
        )
        return [with_number, full]
    if number == 0:
        return [with_number, Mention(token.key, -token.sign, n, -1, None, True)]
    happened = token.key in lexicon.EVENTS and number is not None
    return [with_number, Mention(token.key, token.sign, n, -1, None, True)] if happened else [with_number]


@lru_cache(maxsize=64)
def names_a_kind(source: Source) -> bool:
    """Whether anything in a source says what kind of object it lists."""
    return any(keys_of(t) & lexicon.KINDS for t in read(f"{source.subject or ''}\n{source.text}"))


@lru_cache(maxsize=4096)
def index(record: Record) -> Index:
    """The index of a record, built once."""
    return Index(record)
