"""Label selectors. What is refused, and in which words, was read off a kube-apiserver 1.20.2."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.core.replay.labels import matches_labels, parse_labels
from interlock.core.replay.statuses import Failure

LABELS = {"app": "web", "tier": "front", "n": "7", "example.com/x": ""}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,tier=front", True),
        ("app=db", False),
        ("app!=db", True),
        ("gone!=x", True),
        ("app", True),
        ("!gone", True),
        ("!app", False),
        ("app in (web,db), tier notin (back)", True),
        ("gone notin (x)", True),
        ("gone in (x)", False),
        (" app = web , tier in ( front , back ) ", True),
        ("n>6", True),
        ("n<7", False),
        ("app>1", False),
        ("example.com/x=", True),
        ("example.com/x in ()", True),
        ("app in (,web)", True),
        ("in,notin", False),
    ],
)
def test_a_selector_matches_as_the_server_matches(selector: str, matches: bool) -> None:
    assert matches_labels(parse_labels(selector), LABELS) is matches


def test_an_object_without_labels_is_matched_by_absence_only() -> None:
    assert matches_labels(parse_labels("!a,b!=c"), None)
    assert not matches_labels(parse_labels("a"), None)


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("a=b,", "found '', expected: identifier after ','"),
        ("a=b,,c", "found ',', expected: identifier after ','"),
        (",a", "found ',', expected: !, identifier, or 'end of string'"),
        ("=b", "found '=', expected: !, identifier, or 'end of string'"),
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("a==b==c", "found '==', expected: ',' or 'end of string'"),
        ("!a=b", "found '=', expected: ',' or 'end of string'"),
        ("a in (b) c", "found 'c', expected: ',' or 'end of string'"),
        ("a in (b,c", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
        ("a in (()", "unable to parse requirement: found '(', expected: ',', ')' or identifier"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a b", "unable to parse requirement: found 'b', expected: '=', '!=', '==', 'in', notin'"),
        ("!!a", "unable to parse requirement: found '!', expected: identifier"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("a=(b)", "unable to parse requirement: found '(', expected: identifier"),
        ("a>x", "unable to parse requirement: for 'Gt', 'Lt' operators, the value must be an integer"),
    ],
)
def test_what_the_server_refuses_is_refused_in_its_words(selector: str, message: str) -> None:
    with pytest.raises(Failure) as refused:
        parse_labels(selector)
    assert (refused.value.code, refused.value.message) == (400, message)


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("a-=b", 'invalid label key "a-": name part must consist of'),
        ("x/y/z=1", 'invalid label key "x/y/z": a qualified name must consist of'),
        ("A/b=1", 'invalid label key "A/b": prefix part a lowercase RFC 1123 subdomain must'),
        ("a=-x", 'invalid label value: "-x": at key: "a": a valid label must be an empty string or consist'),
        ("a" * 64, "must be no more than 63 characters"),
        ("a=" + "b" * 64, "must be no more than 63 characters"),
    ],
)
def test_keys_and_values_are_checked_as_labels_are(selector: str, message: str) -> None:
    with pytest.raises(Failure) as refused:
        parse_labels(selector)
    assert message in refused.value.message


@settings(deadline=None)
@given(st.text(alphabet="ab,=!()<> in-/", max_size=24))
def test_any_text_is_either_a_selector_or_a_bad_request(text: str) -> None:
    with contextlib.suppress(Failure):
        matches_labels(parse_labels(text), LABELS)


NAME = st.from_regex(r"[a-z]([a-z0-9.-]{0,6}[a-z0-9])?", fullmatch=True).filter(
    lambda n: n not in {"in", "notin"}
)


@settings(deadline=None)
@given(st.dictionaries(NAME, NAME, max_size=4), NAME, NAME)
def test_equality_and_its_negation_split_all_objects(labels: dict[str, str], key: str, value: str) -> None:
    equal = matches_labels(parse_labels(f"{key}={value}"), labels)
    assert equal == (labels.get(key) == value)
    assert equal != matches_labels(parse_labels(f"{key}!={value}"), labels)
    assert equal == matches_labels(parse_labels(f"{key} in ({value})"), labels)
