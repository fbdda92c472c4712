"""`name = value` in any dress: env, YAML, JSON, HCL, INI, ADO and libpq strings, headers, log fields, escaped JSON.

The name decides (`names`), the value is bounded (`values`) and judged (`judging`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.core.redaction import guards
from interlock.core.redaction.engine import Match, compiled
from interlock.core.redaction.judging import hides
from interlock.core.redaction.model import CONTEXT, Finding
from interlock.core.redaction.names import STEMS, Says, kind_of, says
from interlock.core.redaction.rule import Made, Rule
from interlock.core.redaction.values import Value, extended, line_end, line_start, text, value_at

_NAME = rf"[\w.-]*(?:{STEMS})[\w.-]*"
_ASSIGN = rf"{_NAME}(?:\\*[\"'`])?\]?[ \t]*(?:=>|:=|==?|:)[ \t]*(?:\[[ \t]*)?"
_SCHEME = re.compile(
    rb"(?i:bearer|basic|token|apikey|api-key|digest|negotiate|ntlm|sso-key|splunk|geniekey)(?: |%20|\+)+"
)
_SCHEME_STARTS = frozenset(bytes([c]) for c in b"bBtTaAdDnNsSgG")
_CHANGED = rb"\\?[\"']?[ \t]+(?:->|=>|\xe2\x86\x92|to)[ \t]+"
_NAME_CHARS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")


def assignments(raw: bytes) -> Iterator[Finding]:
    """Every value whose name announces a secret."""
    done = 0
    for match in compiled(_ASSIGN, ignore_case=True).finditer(raw):
        if match.start() < done:
            continue
        for found in _assignment(raw, match):
            yield found
            done = found.end


def _assignment(raw: bytes, match: Match) -> Iterator[Finding]:
    name, name_end = _name(raw, match.start(), match.end())
    if says(name) is Says.NO:
        return
    first = line_start(raw, match.start())
    indent = match.start() - first
    value = value_at(raw, match.end(), indent)
    if value is None:
        return
    value = _after_scheme(raw, value)
    sets = b"=" in raw[name_end : match.end()] or value.quoted or _opens_line(raw, first, match.start())
    opens = _opens_line(raw, first, match.start()) and raw[match.end() - 1 : match.end()] in (b" ", b"\t")
    value = (
        _whole_line(raw, value, name)
        if opens and not value.quoted and not value.block and not value.cut
        else value
    )
    content = text(raw, value.start, value.end)
    if name.lower().endswith("cookie") and "=" in content:
        return  # the cookie rule keeps names and attributes readable
    if not hides(name, content, quoted=value.quoted or value.block, prose=not sets):
        return
    value = extended(raw, value)
    yield Finding(value.start, value.end, kind_of(name), CONTEXT)
    yield from _new_value(raw, value, name)


def _name(raw: bytes, start: int, end: int) -> tuple[str, int]:
    """The name without its quote, with the word before it when the two make one: `secret access key:`."""
    at = max(start, end - 400)
    stop = at
    while stop < end and raw[stop] in _NAME_CHARS:
        stop += 1
    if raw[start - 1 : start + 1] in (b"\\n", b"\\t", b"\\r"):
        at = start + 1
    name = text(raw, at, stop)
    if start and raw[start - 1] in b" ":
        before = text(raw, max(0, start - 24), start - 1).replace("\n", " ").split(" ")[-1]
        joined = f"{before}_{name}"
        if before.isalpha() and says(name) < Says.SURE and says(joined) is Says.SURE:
            return joined, stop
    return name, stop


def _opens_line(raw: bytes, first: int, start: int) -> bool:
    """A YAML or INI setting: nothing before the name but indentation, a dash, a quote or a diff sign."""
    return not raw[first:start].strip(b" \t-+~\"'>|#")


def _after_scheme(raw: bytes, value: Value) -> Value:
    if raw[value.start : value.start + 1] not in _SCHEME_STARTS:
        return value
    scheme = _SCHEME.match(raw, value.start, value.start + 40)
    if scheme is None:
        return value
    if value.quoted:
        return value._replace(start=scheme.end())
    rest = value_at(raw, scheme.end())
    return rest if rest and not rest.block else value


def _whole_line(raw: bytes, value: Value, name: str) -> Value:
    """A passphrase of several words, when it is the rest of a setting's line and does not read as a sentence."""
    end = line_end(raw, value.end)
    rest = text(raw, value.end, end).split(" #")[0].rstrip()
    if not rest or kind_of(name) != "password" or rest[0] != " " or not 0 < len(rest.split()) < 8:
        return value
    if (
        " -" in rest
        or any(c in rest for c in "=:<>{}[]\"'`|")
        or guards.is_prose(text(raw, value.start, value.end) + rest)
    ):
        return value
    return value._replace(end=value.end + len(rest.encode()))


def _new_value(raw: bytes, value: Value, name: str) -> Iterator[Finding]:
    """The right-hand side of `~ password = "old" -> "new"`."""
    arrow = compiled(_CHANGED).match(raw, value.end, value.end + 40)
    new = value_at(raw, arrow.end()) if arrow else None
    if new and new.quoted and hides(name, text(raw, new.start, new.end)):
        yield Finding(new.start, new.end, kind_of(name), CONTEXT)


_PAIR = (
    rf"(?:[\"'\s,{{(-]|\\n|\\t|^)\\*[\"']?(?:name|key|Name|Key|NAME|parameter_key|ParameterKey)\\*[\"']?\s{{0,4}}[:=]\s{{0,4}}"
    rf"\\*[\"']?(?i:[\w./-]*(?:{STEMS})[\w.-]*)\\*[\"']?,?(?:\s|\\n){{0,80}}\\*[\"']?"
    rf"(?:value|Value|VALUE|parameter_value|ParameterValue)\\*[\"']?\s{{0,4}}[:=][ \t]{{0,4}}"
)
_PAIR_PARTS = rb"(?s).*?(?:name|key|Name|Key|NAME)\\*[\"']?\s*[:=]\s*\\*[\"']?([\w./-]+)\\*[\"']?,?(?:\s|\\n)*\\*[\"']?\w+\\*[\"']?\s*[:=][ \t]*"


def pairs(raw: bytes) -> Iterator[Finding]:
    """`name: DB_PASSWORD` with `value: ...` beside or beneath it: container env, Helm and CI parameters."""
    done = 0
    for match in compiled(_PAIR).finditer(raw):
        if match.start() < done:
            continue
        parts = compiled(_PAIR_PARTS).fullmatch(match.group())
        if parts is None:
            continue
        name = parts.group(1).decode("utf-8", "replace")
        key_at = match.start() + parts.start(1)
        value = value_at(raw, match.end(), max(0, key_at - line_start(raw, key_at) - 6))
        if value is None:
            continue
        value = _after_scheme(raw, value)
        value = (
            _whole_line(raw, value, name) if not value.quoted and not value.block and not value.cut else value
        )
        if hides(name, text(raw, value.start, value.end), quoted=True):
            value = extended(raw, value)
            done = value.end
            yield Finding(value.start, value.end, kind_of(name), CONTEXT)


RULES: tuple[Rule, ...] = (
    Rule(
        "named-value", "names of settings, headers and fields; see names.says", (), assignments,
        ("db_pass", "word=", Made(14)), "max_tokens: 4096 secretName: payments-tls token_url=https://idp.corp/token",
    ),
    Rule(
        "named-pair", "Kubernetes EnvVar and every name/value list like it", (b"alue", b"VALUE"), pairs,
        ("- name: API_", "TOKEN\n  value: ", Made(14)), "- name: MAX_TOKENS\n  value: '4096'",
    ),
)  # fmt: skip
