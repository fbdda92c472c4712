"""Numbers in any spelling, names, quotes; and no text of any shape breaks the check."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.agent.citations import Source, SourceKind, check_claim, extract_facts

KINDS: tuple[SourceKind, ...] = ("object", "log", "event", "table", "document", "report")


def _supports(held: str, claimed: str) -> bool:
    (one,), (two,) = extract_facts(held).numbers, extract_facts(claimed).numbers
    return one.supports(two)


@pytest.mark.parametrize(
    ("held", "claimed"),
    [
        ("500m", "0.5 CPU"),
        ("5m0s", "300 seconds"),
        ("5m0s", "5 minutes"),
        ("512Mi", "0.5 GiB"),
        ("1,200", "1200"),
        ("x8", "8 times"),
        ("42%", "42 percent"),
        ("2/3", "two of three"),
        ("2/3", "2 out of 3"),
        ("2026-04-18T10:45:00Z", "10:45"),
        ("2026-04-18T10:45:00Z", "2026-04-18T12:45:00+02:00"),
        ("2026-04-18T10:45:31Z", "10:45:31"),
    ],
)
def test_two_spellings_of_one_quantity_are_equal(held: str, claimed: str) -> None:
    assert _supports(held, claimed)


@pytest.mark.parametrize(
    ("held", "claimed"),
    [
        ("512Mi", "512M"),
        ("8", "8Mi"),
        ("42%", "42"),
        ("10:45", "10:45:00"),
        ("2/3", "3/2"),
        ("300", "5 minutes"),
    ],
)
def test_other_quantities_are_not_equal(held: str, claimed: str) -> None:
    assert not _supports(held, claimed)


def test_names_and_quotes_are_found_as_written() -> None:
    facts = extract_facts(
        'Pod shop/api-1 is `OOMKilled`, image reg.example/api:1.2, "no route" in conf/app.yaml, DNS'
    )
    assert facts.names == ("shop/api-1", "OOMKilled", "reg.example/api:1.2", "conf/app.yaml", "DNS")
    assert facts.quotes == ("OOMKilled", "no route")


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=80), st.text(max_size=200), st.sampled_from(KINDS), st.none() | st.text(max_size=20))
def test_no_text_breaks_the_check(claim: str, text: str, kind: SourceKind, subject: str | None) -> None:
    verdict = check_claim(claim, [Source("E1", text, kind, subject)])
    assert verdict.verified is not bool(verdict.reasons)


def test_a_claim_cited_to_nothing_or_saying_nothing_is_not_verified() -> None:
    assert check_claim("Pod a/b-1 is ready", []).reasons == ("no evidence is cited",)
    assert not check_claim("", [Source("E1", "x", "log")]).verified
    assert not check_claim("Pod a/b-1 is ready", [Source("E1", "", "object")]).verified


def test_the_check_imports_nothing_but_the_standard_library(repo_root: Path) -> None:
    for file in (repo_root / "agent/citations").glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        named = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        named |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        foreign = {m for m in named if m.split(".")[0] not in sys.stdlib_module_names}
        assert all(m.startswith("interlock.agent.citations") or m == "interlock.agent" for m in foreign), file
