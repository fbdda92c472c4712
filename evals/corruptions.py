"""Turns a true, cited claim into false ones, to see that the citation check rejects them.

Written against the text alone and with its own patterns, so that a blind spot of the checker is not shared. Every
result is false of the evidence it cites: an operator that cannot be sure of that yields nothing.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from interlock.agent.citations import Source

Corruption = tuple[str, str, tuple[Source, ...]]
Operator = Callable[[str, tuple[Source, ...], random.Random], Iterator[tuple[str, tuple[Source, ...]]]]

_NUMBER = re.compile(r"(?<![\w./:-])\d+(?![\w./:-]*\w)")
_SIZED = re.compile(r"(?<![\w./:-])(\d+)(Mi|Gi|Ki|m|ms|s|%)(?![\w/])")
_CLOCK = re.compile(r"(?<!\d)([01]\d|2[0-3]):([0-5]\d)(?!\d)")
_NAME = re.compile(r"(?<![\w./:-])[a-z0-9]+(?:-[a-z0-9]+)+(?![\w/:-])")
_SPACED = re.compile(r"(?<![\w./:-])([a-z][a-z0-9-]*)/([a-z0-9][\w.-]*)")
_REASON = re.compile(r"\b[A-Z][a-z]+(?:[A-Z][A-Za-z]+)+\b|\bOOMKilled\b")
_REASONS = ("OOMKilled", "CrashLoopBackOff", "ImagePullBackOff", "FailedScheduling", "Evicted", "FailedMount")
_UNITS = {"Mi": "Gi", "Gi": "Mi", "Ki": "Mi", "m": "Mi", "ms": "s", "s": "h", "%": "Mi"}
_OPPOSITES = (
    ("ready", "unready"),
    ("available", "unavailable"),
    ("healthy", "unhealthy"),
    ("increased", "decreased"),
    ("raised", "lowered"),
    ("scaled up", "scaled down"),
    ("before", "after"),
    ("missing", "present"),
    ("schedulable", "unschedulable"),
    ("added", "removed"),
    ("refused", "accepted"),
    ("denied", "allowed"),
    ("failed", "succeeded"),
)
_VERB = re.compile(r"\b(?:is|was|are|were)\b(?! not\b| no\b)")
_DENIAL = re.compile(r"\b(is|was|are|were|does|did|has) not\b")
_FROM_TO = re.compile(r"\bfrom (\S+) to (\S+?)(?=[;,.]?(?:\s|$))")
_ALL = re.compile(r"\b[Aa]ll(?: \d+)? (?=\w)")


def _swap(text: str, start: int, end: int, instead: str) -> str:
    return text[:start] + instead + text[end:]


def _evidence(cited: Sequence[Source]) -> str:
    return "\n".join(f"{s.subject or ''}\n{s.text}" for s in cited)


def _counts_a_half(claim: str) -> bool:
    return any(int(a) * 2 == int(b) for a, b in re.findall(r"\b(\d+) of (\d+)\b", claim))


def _unseen_number(value: int, text: str, rng: random.Random) -> str:
    while True:
        other = str(value + rng.randint(1, 90))
        if not re.search(rf"(?<!\d){other}(?!\d)", text):
            return other


def wrong_number(
    claim: str, cited: tuple[Source, ...], rng: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """Each plain number replaced by one that the evidence does not hold."""
    for found in _NUMBER.finditer(claim):
        yield (
            _swap(claim, *found.span(), _unseen_number(int(found.group()), _evidence(cited) + claim, rng)),
            cited,
        )


def wrong_size(
    claim: str, cited: tuple[Source, ...], rng: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """Each number with a unit made another number of that unit."""
    for found in _SIZED.finditer(claim):
        other = _unseen_number(int(found[1]), _evidence(cited) + claim, rng)
        yield _swap(claim, *found.span(), other + found[2]), cited


def wrong_unit(
    claim: str, cited: tuple[Source, ...], _: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """Each number with a unit moved to another unit."""
    for found in _SIZED.finditer(claim):
        other = found[1] + _UNITS[found[2]]
        if other not in _evidence(cited) and int(found[1]):
            yield _swap(claim, *found.span(), other), cited


def wrong_time(
    claim: str, cited: tuple[Source, ...], rng: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """Each time of day moved to one that the evidence does not hold."""
    for found in _CLOCK.finditer(claim):
        other = f"{(int(found[1]) + rng.randint(1, 22)) % 24:02}:{found[2]}"
        if other not in _evidence(cited):
            yield _swap(claim, *found.span(), other), cited


def invented_name(
    claim: str, cited: tuple[Source, ...], rng: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """Each dashed name with one letter changed, so that nothing of that name exists."""
    for found in _NAME.finditer(claim):
        name = found.group()
        other = name[:-1] + rng.choice([c for c in "bcdfghjklm" if c != name[-1]])
        if other not in _evidence(cited):
            yield _swap(claim, *found.span(), other), cited


def other_object(
    claim: str, cited: tuple[Source, ...], _: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """A name exchanged for another of the evidence of whose lines none holds the claim's numbers."""
    numbers = re.findall(r"(?<![\w./:-])\d+\w*(?![\w./:-]*\w)", claim)
    found = _NAME.search(claim)
    if not found or not numbers:
        return
    for name in sorted(set(_NAME.findall(_evidence(cited))) - set(_NAME.findall(claim))):
        lines = [line for line in _evidence(cited).splitlines() if name in line]
        if not any(re.search(rf"(?<!\d){re.escape(n)}(?!\d)", line) for n in numbers for line in lines):
            yield _swap(claim, *found.span(), name), cited


def wrong_namespace(
    claim: str, cited: tuple[Source, ...], _: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """The namespace of `ns/name` exchanged for one the object is not in."""
    spaces = {m[1] for m in _SPACED.finditer(_evidence(cited))} | {"elsewhere"}
    for found in _SPACED.finditer(claim):
        for space in sorted(spaces - {found[1]}):
            if f"{space}/{found[2]}" not in _evidence(cited):
                yield _swap(claim, *found.span(1), space), cited


def wrong_reason(
    claim: str, cited: tuple[Source, ...], rng: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """A reason such as OOMKilled exchanged for one the evidence does not give."""
    others = [r for r in _REASONS if r not in _evidence(cited)]
    for found in _REASON.finditer(claim):
        if found.group() in _REASONS and others:
            yield _swap(claim, *found.span(), rng.choice(others)), cited


def denied(
    claim: str, cited: tuple[Source, ...], _: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """`is` made `is not`; not where a half is counted, which leaves as many without."""
    if _counts_a_half(claim):
        return
    for found in _VERB.finditer(claim):
        if not re.match(r"[^;,]*\b(?:no|not|never|none)\b", claim[found.end() :]):
            yield _swap(claim, *found.span(), found.group() + " not"), cited


def affirmed(
    claim: str, cited: tuple[Source, ...], _: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """`is not` made `is`, `no X` made `X`."""
    for found in _DENIAL.finditer(claim):
        yield _swap(claim, *found.span(), found[1]), cited
    for found in re.finditer(r"\bno (?=[a-z])(?!longer|other)", claim):
        yield _swap(claim, *found.span(), ""), cited


def opposite(
    claim: str, cited: tuple[Source, ...], _: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """A word exchanged for its opposite; not where a half is counted."""
    if _counts_a_half(claim):
        return
    for one, two in _OPPOSITES:
        for word, instead in ((one, two), (two, one)):
            for found in re.finditer(rf"\b{word}\b", claim):
                yield _swap(claim, *found.span(), instead), cited


def turned_change(
    claim: str, cited: tuple[Source, ...], _: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """`from A to B` made `from B to A`."""
    for found in _FROM_TO.finditer(claim):
        if found[1] != found[2]:
            yield _swap(claim, *found.span(), f"from {found[2]} to {found[1]}"), cited


def exchanged_numbers(
    claim: str, cited: tuple[Source, ...], _: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """Two different plain numbers of the claim in each other's place."""
    found = list(_NUMBER.finditer(claim))
    for one, two in pairwise(found):
        if one.group() != two.group():
            yield _swap(_swap(claim, *two.span(), one.group()), *one.span(), two.group()), cited


def quantified(
    claim: str, cited: tuple[Source, ...], _: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """`all` made `none of the`, and `2 of 3` made `all 3`."""
    for found in _ALL.finditer(claim):
        yield _swap(claim, *found.span(), "none of the "), cited
    for found in re.finditer(r"\b(\d+) of (\d+)\b", claim):
        if found[1] != found[2]:
            yield _swap(claim, *found.span(), f"all {found[2]}"), cited


def moved_citation(
    claim: str, cited: tuple[Source, ...], _: random.Random
) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """The same claim cited to the other lines only: those that hold none of its numbers and names."""
    facts = {*(m.group() for p in (_NUMBER, _NAME, _REASON) for m in p.finditer(claim))}
    facts |= {"".join(m.groups()) for m in _SIZED.finditer(claim)}
    if not facts or len(cited) != 1 or cited[0].kind not in ("table", "log", "event", "report"):
        return
    source = cited[0]
    lines = source.text.splitlines()
    kept = [
        x
        for n, x in enumerate(lines)
        if (n == 0 and source.kind == "table")
        or not any(re.search(rf"(?<![\w-]){re.escape(f)}(?![\w-])", x) for f in facts)
    ]
    if kept and kept != lines:
        yield claim, (Source(source.id, "\n".join(kept), source.kind, source.subject),)


OPERATORS: dict[str, Operator] = {
    f.__name__: f
    for f in (
        wrong_number,
        wrong_size,
        wrong_unit,
        wrong_time,
        invented_name,
        other_object,
        wrong_namespace,
        wrong_reason,
        denied,
        affirmed,
        opposite,
        turned_change,
        exchanged_numbers,
        quantified,
        moved_citation,
    )
}


def corruptions(claim: str, sources: Sequence[Source], rng: random.Random) -> list[Corruption]:
    """Every corruption that applies to a true claim: (kind, text, what the corrupted claim cites)."""
    cited = tuple(sources)
    out: list[Corruption] = []
    for kind, operator in OPERATORS.items():
        out += [(kind, text, to) for text, to in operator(claim, cited, rng) if text != claim or to != cited]
    return out
