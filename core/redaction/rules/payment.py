"""Card numbers (Luhn and issuer ranges, ISO/IEC 7812) and IBANs (ISO 13616, mod 97).

Guards: not inside a longer number, hex string, UUID or decimal fraction; not under a name that counts or times.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from interlock.core.redaction.engine import compiled
from interlock.core.redaction.model import FORMAT, Finding
from interlock.core.redaction.rule import Rule

_DIGITS = rb"\d(?:(?: |-|\xc2\xa0|\xe2\x80\x91)?\d){11,}"
_GROUP = rb"\d+"
_SHAPES = frozenset(
    ((4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 4, 4, 4, 2), (4, 4, 4, 4, 1), (4, 6, 5), (4, 6, 4), (4, 4, 4, 3), (4, 4, 4, 1), (8, 8),
     (4, 4, 5), (6, 10), (6, 13), (4, 12), (4, 4, 8), (6, 6, 4), (6, 4, 6))
)  # fmt: skip
_TIMES = rb"(?i)(?:_ns|_us|_ms|nanos?|micros?|timestamp|\bts|seq|seqno|sequence|txid|xid|lsn|offset|version|generation|trace_?id|span_?id|epoch|duration|elapsed|counter|size|bytes|snowflake|checksum|crc)\\?[\"']?\s?[:=]\s?\\?[\"']?$"
_UUID = rb"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def brand(number: str) -> str | None:
    """The network whose issuer range and length this is."""
    six, size = int(number[:6]), len(number)
    for name, lengths, low, high in _RANGES:
        width = len(str(low))
        if size in lengths and low <= six // 10 ** (6 - width) <= high:
            return name
    return None


_RANGES: tuple[tuple[str, frozenset[int], int, int], ...] = (
    ("visa", frozenset((13, 16, 18, 19)), 4, 4),
    ("mastercard", frozenset((16,)), 51, 55),
    ("mastercard", frozenset((16,)), 222100, 272099),
    ("amex", frozenset((15,)), 34, 34),
    ("amex", frozenset((15,)), 37, 37),
    ("discover", frozenset((16, 17, 18, 19)), 6011, 6011),
    ("discover", frozenset((16, 17, 18, 19)), 644, 649),
    ("discover", frozenset((16, 17, 18, 19)), 65, 65),
    ("unionpay", frozenset((16, 17, 18, 19)), 62, 62),
    ("unionpay", frozenset((16, 17, 18, 19)), 81, 81),
    ("jcb", frozenset((16, 17, 18, 19)), 3528, 3589),
    ("diners", frozenset((14, 16, 19)), 36, 36),
    ("diners", frozenset((14, 16)), 300, 305),
    ("diners", frozenset((14, 16)), 3095, 3095),
    ("diners", frozenset((14, 16)), 38, 39),
    ("mir", frozenset((16, 17, 18, 19)), 2200, 2204),
    ("rupay", frozenset((16,)), 60, 60),
    ("rupay", frozenset((16,)), 508, 508),
    ("troy", frozenset((16,)), 9792, 9792),
    ("elo", frozenset((16,)), 506699, 506778),
    ("elo", frozenset((16,)), 650901, 650978),
    ("maestro", frozenset((16, 18, 19)), 5018, 5018),
    *(
        ("maestro", frozenset(range(12, 20)), p, p)
        for p in (5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763)
    ),
)


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    digits = [int(c) for c in reversed(number)]
    return (sum(digits[0::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])) % 10 == 0


def cards(raw: bytes) -> Iterator[Finding]:
    """Primary account numbers, contiguous or in the groups people write."""
    for match in compiled(_DIGITS).finditer(raw):
        if match.group().isdigit():
            alone = _card(raw, [match.span()], 1) if match.end() - match.start() < 20 else None
            yield from (alone,) if alone else ()
            continue
        groups = [m.span() for m in compiled(_GROUP).finditer(raw, match.start(), match.end())]
        yield from _in_groups(raw, groups)


def _in_groups(raw: bytes, groups: list[tuple[int, int]]) -> Iterator[Finding]:
    at = 0
    while at < len(groups):
        taken = next((n for n in (5, 4, 3, 2, 1) if (found := _card(raw, groups[at : at + n], n))), 0)
        if taken and found:
            yield found
        at += taken or 1


def _card(raw: bytes, groups: list[tuple[int, int]], wanted: int) -> Finding | None:
    if len(groups) < wanted or (wanted > 1 and tuple(e - s for s, e in groups) not in _SHAPES):
        return None
    start, end = groups[0][0], groups[-1][1]
    if wanted > 1 and len({raw[a[1] : b[0]] for a, b in pairwise(groups)}) > 1:
        return None
    number = b"".join(raw[s:e] for s, e in groups).decode()
    name = brand(number) if 12 <= len(number) <= 19 else None
    if (
        name is None
        or not luhn(number)
        or len(set(number)) < 2
        or _inside(raw, start, end, contiguous=wanted == 1)
    ):
        return None
    return Finding(start, end, f"card-{name}", FORMAT)


def _inside(raw: bytes, start: int, end: int, *, contiguous: bool) -> bool:
    """Part of something larger: a fraction, a hex string, a UUID, a counter's value."""
    before, after = raw[max(0, start - 2) : start], raw[end : end + 2]
    if (before[-1:] in b"abcdefABCDEFxX" and before and not _word_before(raw, start)) or (
        after and after[:1] in b"abcdefABCDEF"
    ):
        return True
    if before[-1:] == b"." and before[:1].isdigit():
        return True
    if contiguous and (_identifier(raw, start) or (before[-1:] == b"-" and before[:1] in b"_=:,([")):
        return True
    if not contiguous and (before[-1:] == b"-" or after[:1] == b"-"):
        return _in_uuid(raw, start, end)
    if contiguous and compiled(_TIMES).search(raw[max(0, start - 40) : start]):
        return True
    return b"-" in (before[-1:], after[:1]) and _in_uuid(raw, start, end)


def _identifier(raw: bytes, start: int) -> bool:
    """`blk_4713968111267226537` is an id; `card_4111...` is not."""
    found = compiled(_GLUED).search(raw[max(0, start - 24) : start])
    return found is not None and compiled(_CARD_WORD).search(found.group()) is None


_GLUED = rb"[A-Za-z]+_-?$"
_CARD_WORD = rb"(?i:card|pan|cc|acc|num|visa|amex|master|debit|credit|pay)"


def _word_before(raw: bytes, start: int) -> bool:
    """`card4111...` and track 1's `%B4111...` are cards; `3fa4111...` is hex."""
    head = raw[max(0, start - 4) : start]
    return head[-2:] == b"%B" or (len(head) == 4 and head.isalpha()) or head[-2:-1] == b"\\"


def _in_uuid(raw: bytes, start: int, end: int) -> bool:
    window = max(0, start - 36)
    return any(
        window + m.start() <= start and end <= window + m.end()
        for m in compiled(_UUID).finditer(raw[window : end + 36])
    )


_IBAN = rb"[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,40}"
_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27,
    "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25,
    "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28,
    "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip


def ibans(raw: bytes) -> Iterator[Finding]:
    """Account numbers whose country, length and check digits agree."""
    for match in compiled(_IBAN).finditer(raw):
        start = match.start()
        size = _LENGTHS.get(raw[start : start + 2].decode(), 0)
        end = _after(raw, start, match.end(), size)
        if size and end and not raw[end : end + 1].isalnum() and not raw[max(0, start - 1) : start].isalnum():
            yield Finding(start, end, "iban", FORMAT)


def _after(raw: bytes, start: int, limit: int, size: int) -> int:
    """Where `size` letters and digits end, when they pass the check."""
    held = bytearray()
    for at in range(start, limit):
        if raw[at : at + 1].isalnum():
            held.append(raw[at])
        if len(held) == size:
            turned = held[4:] + held[:4]
            return at + 1 if int("".join(str(int(chr(c), 36)) for c in turned)) % 97 == 1 else 0
    return 0


RULES: tuple[Rule, ...] = (
    Rule("card", "ISO/IEC 7812; PCI DSS 3.4: at most first six and last four shown", (), cards, ("pan=4242", "4242" * 2, "4242"),
         "ts_ns=4242424242424242 0.4242424242424242 order 4242424242424241"),
    Rule("iban", "ISO 13616 registry", (), ibans, ("to DE89", "3704 0044", " 0532 0130 00"), "DE89370400440532013001"),
)  # fmt: skip
