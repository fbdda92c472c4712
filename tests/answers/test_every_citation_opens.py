"""Every citation of every answer opens to text that holds what the claim says; corrupted answers are all rejected.

Locators are opened from the source itself: the file's lines, the object or log as the cluster serves it now, the query run
again. The text that the answer carries along is not used.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from interlock.agent.answer import check_cited
from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.events import AnswerEvent
from interlock.core.evidence import Evidence
from interlock.core.identity import Principal
from interlock.core.settings import Settings
from interlock.evals.corruptions import corruptions

OURS = sorted(path.parent for path in (Path(__file__).parents[2] / "evals" / "replays").glob("*/replay.yaml"))
PUBLIC = ("000", "001", "003", "005", "006", "009", "010")
ANA = Principal("local:ana")


def replays(shared: Path | None) -> Iterator[Path]:
    yield from OURS
    if shared:
        yield from sorted(
            path for path in (shared / "data" / "incidents-dev").iterdir() if path.name[:3] in PUBLIC
        )


def told(runtime: Runtime) -> tuple[dict[str, Any], dict[str, Evidence]]:
    """The answer of a triage, and its evidence by display id, as kept in the store."""
    from interlock.core.store.evidence import EvidenceStore

    last = [event for event in runtime.triage(runtime.recorded_alert()) if isinstance(event, AnswerEvent)][-1]
    store = EvidenceStore(runtime.parts.store)
    answer: dict[str, Any] = json.loads(json.dumps(last.answer))
    return answer, {item["id"]: store.get(item["ref"], ANA) for item in answer["evidence"]}


def reopened(runtime: Runtime, evidence: Evidence) -> Evidence:
    """The same evidence, read from its sources again."""
    for locator in evidence.locators:
        if locator.kind == "file" and locator.root:
            lines = (Path(locator.root) / locator.path).read_text(errors="replace").splitlines()
            assert 1 <= locator.start_line <= locator.end_line <= len(lines), str(locator)
        elif locator.kind == "object":
            found = runtime.call_tool(
                "kubernetes_get",
                {"kind": locator.resource, "name": locator.name, "namespace": locator.namespace or ""},
            )
            assert found.locators[0] == locator, "the object is another one now"
    assert evidence.locators, f"{evidence.tool} cites no place"
    return runtime.call_tool(evidence.tool, evidence.args)


@pytest.fixture
def opened(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Runtime]:
    with open_runtime(
        Settings({}),
        principal=ANA,
        replay=request.param,
        state_dir=tmp_path / "state",
        cache_dir=tmp_path / "cache",
        environment={},
    ) as runtime:
        yield runtime


def _checked(runtime: Runtime) -> int:
    answer, evidence = told(runtime)
    again = {name: reopened(runtime, item) for name, item in evidence.items()}
    verified = [claim for claim in answer["claims"] if claim["verified"]]
    assert verified
    for claim in verified:
        cited = [(name, again[name]) for name in claim["evidence"]]
        assert check_cited(claim["text"], cited), (
            f"{claim['text']!r} is not in what {claim['evidence']} opens to"
        )
    return len(verified)


@pytest.mark.parametrize("opened", OURS, indirect=True, ids=lambda path: path.name)
def test_every_citation_opens_to_what_the_claim_says(opened: Runtime) -> None:
    assert _checked(opened) >= 5


@pytest.mark.shared
@pytest.mark.parametrize("number", PUBLIC)
def test_every_citation_of_a_public_incident_opens(number: str, shared_dir: Path, tmp_path: Path) -> None:
    folder = next((shared_dir / "data" / "incidents-dev").glob(f"{number}-*"))
    with open_runtime(
        Settings({}),
        principal=ANA,
        replay=folder,
        state_dir=tmp_path / "s",
        cache_dir=tmp_path / "c",
        environment={},
    ) as runtime:
        assert _checked(runtime) >= 2


@pytest.mark.parametrize("opened", OURS, indirect=True, ids=lambda path: path.name)
def test_corrupted_answers_are_all_rejected(opened: Runtime) -> None:
    from interlock.agent.citations import Source

    answer, evidence = told(opened)
    tried, accepted = 0, []
    for claim in (claim for claim in answer["claims"] if claim["verified"]):
        cited = [(name, evidence[name]) for name in claim["evidence"]]
        sources = [Source(n, e.text, e.kind, e.subject or None) for n, e in cited]
        for kind, text, wrong in corruptions(claim["text"], sources, random.Random(7)):
            kept = [(s.id, replace(evidence[s.id], text=s.text, subject=s.subject or "")) for s in wrong]
            if kind == "wrong_reason" and "report" in {e.kind for _, e in kept} and text.startswith("not "):
                continue  # "not Evicted" in place of "not OOMKilled": the diagnosis may well say that too
            tried += 1
            if check_cited(text, kept):
                accepted.append((kind, text))
    assert tried >= 40
    assert not accepted
