"""Numbers with their units, brought to one form so that 0.5 CPU equals 500m and 5m0s equals 300 seconds.

A clock time without a date matches a timestamp by hour and minute. A quantity never matches one of another unit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import NamedTuple


class Value(NamedTuple):
    """One reading of a number: its unit family and its size in that family's base unit."""

    unit: str
    size: Fraction | str


@dataclass(frozen=True)
class Quantity:
    """`exact` is what a claim with this text asserts; `forms` is what evidence with this text supports."""

    text: str
    exact: frozenset[Value]
    forms: frozenset[Value]

    @property
    def families(self) -> frozenset[str]:
        """The unit families this can be read in."""
        return frozenset("time" if v.unit in _TIMES else v.unit for v in self.forms)

    def supports(self, claimed: Quantity) -> bool:
        """Whether evidence holding this holds what `claimed` asserts."""
        return bool(claimed.exact & self.forms)

    def number(self) -> Fraction | None:
        """The size where there is one reading that can be compared."""
        sizes = [v.size for v in self.exact if isinstance(v.size, Fraction)]
        return sizes[0] if len(sizes) == 1 else None

    def within(self, families: frozenset[str]) -> Quantity:
        """The same, read only in the given families when that is possible."""
        kept = frozenset(v for v in self.forms if v.unit in families)
        return Quantity(self.text, kept, kept) if kept else self


_TIMES = frozenset({"instant", "clock", "date"})
_BYTES = {
    **{f"{p}{s}": Fraction(1024) ** (i + 1) for i, p in enumerate("KMGTP") for s in ("i", "iB")},
    **{f"{p}{s}": Fraction(1000) ** (i + 1) for i, p in enumerate("KMGTP") for s in ("", "B")},
    "k": Fraction(1000),
    "B": Fraction(1),
    "byte": Fraction(1),
    "bytes": Fraction(1),
}
_SECONDS = {
    **dict.fromkeys(("ns", "nanoseconds"), Fraction(1, 10**9)),
    **dict.fromkeys(("us", "µs", "microseconds"), Fraction(1, 10**6)),
    **dict.fromkeys(("ms", "milliseconds", "millisecond"), Fraction(1, 1000)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), Fraction(1)),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), Fraction(60)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), Fraction(3600)),
    **dict.fromkeys(("d", "day", "days"), Fraction(86400)),
    **dict.fromkeys(("w", "week", "weeks"), Fraction(604800)),
}
_CPU = {
    **dict.fromkeys(("cpu", "cpus", "core", "cores", "vcpu", "vcpus"), Fraction(1)),
    **dict.fromkeys(("millicores", "millicore", "millicpu", "m cpu", "m cpus", "m cores"), Fraction(1, 1000)),
}
_COUNT = {"x": Fraction(1), "times": Fraction(1), "time": Fraction(1)}
_WORDS = {
    w: str(n)
    for n, w in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
}
_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_UNIT_NAMES = sorted({*_BYTES, *_SECONDS, *_CPU, *_COUNT, "%", "percent", "m"}, key=len, reverse=True)
_UNIT = "|".join(re.escape(u) for u in _UNIT_NAMES)
_WORD = "|".join(w for w in _WORDS)
_STOP = r"(?![\w%]|[./:_\[-]\w)"

PATTERN = re.compile(
    rf"""
      (?P<instant>\d{{4}}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?UTC|Z|[+-]\d\d:?\d\d)?)(?!\w)
    | (?P<date>\d{{4}}-\d\d-\d\d){_STOP}
    | (?P<clock>(?<![\w.:-])\d\d?:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|\s?UTC)?(?![\w:])
    | (?P<ratio>(?<![\w./-])(?:\d+\s?/\s?\d+
        |(?:\d+|\b(?:{_WORD}))\ (?:out\ )?of\ (?:the\ |all\ |its\ )?(?:\d+|(?:{_WORD})\b))){_STOP}
    | (?P<span>(?<![\w./-])(?:\d+(?:\.\d+)?(?:ms|[dhms])){{2,}}){_STOP}
    | (?P<times>(?<![\w./-])[x×]\d+){_STOP}
    | (?P<plain>(?<![\w./-]){_NUMBER})\+?(?:[\s-]?(?P<unit>{_UNIT})(?![\w/])|(?=\b)){_STOP}
    | (?P<bare>(?<![\w./-]){_NUMBER}){_STOP}
    | \b(?P<word>{_WORD})\b(?:[\s-](?P<wunit>{_UNIT})\b)?{_STOP}
    """,
    re.VERBOSE | re.IGNORECASE,
)


def _one(unit: str, size: Fraction | str) -> frozenset[Value]:
    return frozenset({Value(unit, size)})


def _instant(text: str) -> frozenset[Value]:
    moment = datetime.fromisoformat(re.sub(r"\s?UTC$", "Z", text).replace(",", "."))
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    whole = moment.replace(microsecond=0)
    return frozenset(
        {
            Value("instant", whole.isoformat()),
            Value("clock", f"{whole:%H:%M:%S}"),
            Value("clock", f"{whole:%H:%M}"),
            Value("date", f"{whole:%Y-%m-%d}"),
        }
    )


def _clock(text: str) -> list[str]:
    parts = text.split(".", maxsplit=1)[0].split(":")
    parts[0] = parts[0].zfill(2)
    return [":".join(parts[: n + 1]) for n in range(1, len(parts))]


def _sized(number: str, unit: str) -> frozenset[Value]:
    size = Fraction(number.replace(",", ""))
    low = unit.lower()
    if unit == "m":
        return frozenset({Value("cpu", size / 1000), Value("s", size * 60)})
    if low in ("%", "percent"):
        return _one("%", size)
    if unit in _BYTES:
        return _one("bytes", size * _BYTES[unit])
    for family, table in (("s", _SECONDS), ("cpu", _CPU), ("count", _COUNT)):
        if low in table:
            return _one(family, size * table[low])
    folded = {k.lower(): v for k, v in _BYTES.items()}
    return _one("bytes", size * folded[low]) if low in folded else _one("count", size)


def _span(text: str) -> frozenset[Value]:
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|[dhms])", text)
    units = {**_SECONDS, "m": Fraction(60)}
    return _one("s", sum((Fraction(n) * units[u] for n, u in parts), Fraction(0)))


def _ratio(text: str) -> Quantity:
    low = text.lower()
    for word, digit in _WORDS.items():
        low = re.sub(rf"\b{word}\b", digit, low)
    a, b = (int(n) for n in re.findall(r"\d+", low))
    exact = _one("ratio", f"{a}/{b}")
    return Quantity(text, exact, exact | _one("count", Fraction(a)))


def read_quantity(match: re.Match[str]) -> Quantity | None:
    """The quantity a match of PATTERN stands for, or None where it only looks like one."""
    text = match.group(0).strip()
    kind = match.lastgroup if match.lastgroup not in ("unit", "wunit") else "plain"
    try:
        if kind == "instant":
            forms = _instant(match["instant"])
            return Quantity(text, frozenset(v for v in forms if v.unit == "instant"), forms)
    except ValueError:
        return None
    if kind == "clock":
        clocks = _clock(match["clock"])
        return Quantity(text, _one("clock", clocks[-1]), frozenset(Value("clock", c) for c in clocks))
    if kind == "date":
        return Quantity(text, _one("date", text), _one("date", text))
    if kind == "ratio":
        return _ratio(text)
    if kind == "span":
        return Quantity(text, _span(text), _span(text))
    number = match["plain"] or match["bare"] or _WORDS.get((match["word"] or "").lower()) or text.strip("xX×")
    forms = _sized(number, match["unit"] or match["wunit"] or "")
    return Quantity(text, forms, forms)


def two_parts(quantity: Quantity) -> tuple[int, int] | None:
    """`(2, 3)` of `2 of 3` or `2/3`."""
    for value in quantity.exact:
        if value.unit == "ratio":
            a, b = str(value.size).split("/")
            return int(a), int(b)
    return None


def clock_of(quantity: Quantity) -> str | None:
    """A text that orders moments: the full instant where known, else the time of day."""
    found = [str(v.size) for v in quantity.exact if v.unit in ("instant", "clock")]
    return found[0] if found else None
