"""Label selectors as an API server reads them: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.

Refuses what the server refuses, in its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from interlock.core.replay.statuses import Failure, bad_request

Operator = Literal["=", "==", "!=", "in", "notin", "exists", "!", ">", "<"]
_TOKEN = re.compile(r"\s*(?:(?P<op>==|!=|=|!|\(|\)|,|>|<)|(?P<word>[^=!(),><\s]+))")
_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_OPERATORS = {"=", "==", "!=", "!", "(", ")", ",", ">", "<"}
LABEL_LENGTH = 63
_REGEX = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_PARTS = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
_NAME_HINT = (
    f"{_PARTS} (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_REGEX}')"
)
_BAD_NAME = f"name part {_NAME_HINT}"
_BAD_QUALIFIED = (
    f"a qualified name {_NAME_HINT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
)
_BAD_PREFIX = (
    "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
    "must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_BAD_VALUE = (
    f"a valid label must be an empty string or {_PARTS.removeprefix('must ')} (e.g. 'MyValue',  or 'my_value',  or "
    f"'12345', regex used for validation is '({_REGEX})?')"
)


@dataclass(frozen=True)
class Requirement:
    """One term of a selector."""

    key: str
    operator: Operator
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels fulfils the term."""
        value = labels.get(self.key)
        match self.operator:
            case "exists":
                return value is not None
            case "!":
                return value is None
            case "=" | "==" | "in":
                return value is not None and value in self.values
            case "!=" | "notin":
                return value is None or value not in self.values
        return value is not None and self._compares(value)

    def _compares(self, value: str) -> bool:
        try:
            have, limit = int(value), int(next(iter(self.values)))
        except ValueError:
            return False
        return have > limit if self.operator == ">" else have < limit


def parse_labels(text: str) -> tuple[Requirement, ...]:
    """The terms of a label selector; none for the empty one, which selects everything.

    Raises:
        Failure: 400, as the server would answer.
    """
    return _Parser(text).terms()


def matches_labels(terms: tuple[Requirement, ...], labels: Mapping[str, str] | None) -> bool:
    """Whether the labels fulfil every term."""
    return all(term.matches(labels or {}) for term in terms)


class _Parser:
    """A reader over the tokens; the empty string stands for the end."""

    def __init__(self, text: str) -> None:
        self.tokens = [m["op"] or m["word"] for m in _TOKEN.finditer(text)]
        self.at = 0

    def terms(self) -> tuple[Requirement, ...]:
        found: list[Requirement] = []
        if not self.tokens:
            return ()
        if self._peek() != "!" and self._peek() in _OPERATORS:
            raise bad_request(f"found '{self._peek()}', expected: !, identifier, or 'end of string'")
        while True:
            found.append(self._term())
            after = self._take()
            if after == "":
                return tuple(found)
            if after != ",":
                raise bad_request(f"found '{after}', expected: ',' or 'end of string'")
            if self._peek() == "" or self._peek() in _OPERATORS - {"!"}:
                raise bad_request(f"found '{self._peek()}', expected: identifier after ','")

    def _term(self) -> Requirement:
        absent = self._peek() == "!"
        if absent:
            self._take()
        key = self._take()
        if not key or key in _OPERATORS:
            raise _unparsed(f"found '{key}', expected: identifier")
        _check_key(key)
        if absent:
            return Requirement(key, "!")
        if self._peek() in {"", ","}:
            return Requirement(key, "exists")
        return self._compared(key)

    def _compared(self, key: str) -> Requirement:
        operator = self._take()
        match operator:
            case "in" | "notin":
                return Requirement(key, operator, frozenset(_checked_value(key, v) for v in self._set()))
            case "=" | "==" | "!=":
                return Requirement(key, operator, frozenset({_checked_value(key, self._value())}))
            case ">" | "<":
                return Requirement(key, operator, frozenset({self._number()}))
        raise _unparsed(f"found '{operator}', expected: '=', '!=', '==', 'in', notin'")

    def _value(self) -> str:
        if self._peek() in {"", ","}:
            return ""
        value = self._take()
        if value in _OPERATORS:
            raise _unparsed(f"found '{value}', expected: identifier")
        return value

    def _number(self) -> str:
        value = self._take()
        if not re.fullmatch(r"[+-]?\d+", value):
            raise _unparsed("for 'Gt', 'Lt' operators, the value must be an integer")
        return value

    def _set(self) -> set[str]:
        """`(a,b)`; an empty place between the commas and brackets is the empty value."""
        opening = self._take()
        if opening != "(":
            raise _unparsed(f"found '{opening}' expected: '('")
        values: set[str] = set()
        while True:
            values.add(self._member())
            after = self._take()
            if after == ")":
                return values
            if after != ",":
                raise _unparsed(f"found '{after}', expected: ',' or ')'")

    def _member(self) -> str:
        if self._peek() in {",", ")"}:
            return ""
        value = self._take()
        if not value or value in _OPERATORS:
            raise _unparsed(f"found '{value}', expected: ',', ')' or identifier")
        return value

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self.at += 1
        return token


def _unparsed(why: str) -> Failure:
    return bad_request(f"unable to parse requirement: {why}")


def _check_key(key: str) -> None:
    prefix, slash, name = key.rpartition("/")
    if key.count("/") > 1:
        raise _unparsed(f'invalid label key "{key}": {_BAD_QUALIFIED}')
    if slash and not _PREFIX.fullmatch(prefix):
        raise _unparsed(f'invalid label key "{key}": {_BAD_PREFIX}')
    if not _NAME.fullmatch(name):
        raise _unparsed(f'invalid label key "{key}": {_BAD_NAME}')
    if len(name) > LABEL_LENGTH:
        raise _unparsed(
            f'invalid label key "{key}": name part must be no more than {LABEL_LENGTH} characters'
        )


def _checked_value(key: str, value: str) -> str:
    if len(value) > LABEL_LENGTH:
        why = f"must be no more than {LABEL_LENGTH} characters"
        raise _unparsed(f'invalid label value: "{value}": at key: "{key}": {why}')
    if value and not _NAME.fullmatch(value):
        raise _unparsed(f'invalid label value: "{value}": at key: "{key}": {_BAD_VALUE}')
    return value
