"""A policy that keeps a namespace from somebody holds for every tool, named or not, and the answer says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import interlock
from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.errors import Forbidden, InterlockError, Refused
from interlock.core.events import AnswerEvent
from interlock.core.identity import Principal
from interlock.core.settings import Settings

DEMO = Path(interlock.__file__).parent / "evals" / "replays" / "demo"
KEPT = "ml-platform"
# Other namespaces' lines may speak of its service by address; objects, events and logs of its own may not appear.
OF_IT = re.compile(
    r"ml-platform/|namespace ml-platform\)|feature-store-[0-9a-f]{6,}|deployment feature-store", re.IGNORECASE
)
POLICY = f"""\
@id("people-read") permit(principal is Interlock::Person, action == Interlock::Action::"read", resource);
@id("people-send") permit(principal is Interlock::Person, action == Interlock::Action::"send", resource);
@id("kept") forbid(principal, action == Interlock::Action::"read", resource)
when {{ context.namespace == "{KEPT}" }} unless {{ principal in Interlock::Group::"ml" }};
"""
HEADER = 'version: 1\nname: test\nsecond_signature: "off"\ngroups: {ml: ["oidc:cy"]}\n'


@pytest.fixture
def runtime(tmp_path: Path) -> Any:
    folder = tmp_path / "policy"
    folder.mkdir()
    (folder / "policy.yaml").write_text(HEADER)
    (folder / "main.cedar").write_text(POLICY)
    with open_runtime(
        Settings({"policy": {"bundle": str(folder)}}),
        principal=Principal("oidc:ana"),
        replay=DEMO,
        state_dir=tmp_path / "state",
        cache_dir=tmp_path / "cache",
        environment={},
    ) as opened:
        yield opened


def answer(runtime: Runtime, question: str) -> dict[str, Any]:
    return next(e.answer for e in runtime.ask(question) if isinstance(e, AnswerEvent))


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("kubernetes_list", {"kind": "pods", "namespace": KEPT}),
        ("kubernetes_get", {"kind": "deployments", "name": "feature-store", "namespace": KEPT}),
        ("kubernetes_summary", {"namespace": KEPT}),
        ("kubernetes_events", {"namespace": KEPT}),
        ("diagnose", {"namespace": KEPT}),
    ],
)
def test_naming_it_is_refused_by_the_rule(runtime: Runtime, tool: str, args: dict[str, Any]) -> None:
    with pytest.raises(InterlockError) as refused:
        runtime.call_tool(tool, args)
    assert isinstance(refused.value, Refused | Forbidden)
    assert "kept" in refused.value.message


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("kubernetes_list", {"kind": "pods"}),
        ("kubernetes_list", {"kind": "deployments"}),
        ("kubernetes_summary", {}),
        ("kubernetes_events", {}),
        ("diagnose", {}),
        ("recent_changes", {}),
    ],
)
def test_a_list_of_everything_leaves_it_out_and_says_so(
    runtime: Runtime, tool: str, args: dict[str, Any]
) -> None:
    found = runtime.call_tool(tool, args)
    assert not OF_IT.search(found.text)
    assert f"in namespace {KEPT}" in " ".join(found.limits)


def test_a_member_of_the_group_sees_it(runtime: Runtime) -> None:
    member = runtime.calls(Principal("oidc:cy"), "")
    assert "feature-store" in member.call("kubernetes_list", {"kind": "pods"}).text


def test_an_answer_tells_nothing_of_it_and_names_what_it_could_not_see(runtime: Runtime) -> None:
    said = answer(runtime, "what is wrong in the cluster?")
    assert not OF_IT.search(said["answer"])
    assert KEPT in " ".join(said["limits"])


def test_a_count_is_never_told_as_the_whole(runtime: Runtime) -> None:
    said = answer(runtime, "how many pods are there?")
    assert any(KEPT in limit for limit in said["limits"])
    member: Callable[[], Any] = lambda: runtime.calls(Principal("oidc:cy"), "").call(  # noqa: E731
        "kubernetes_query", {"kind": "pods", "only_count": True}
    )
    whole = member().text
    assert whole != runtime.call_tool("kubernetes_query", {"kind": "pods", "only_count": True}).text


def test_log_lines_of_it_are_withheld_and_counted(runtime: Runtime) -> None:
    every = {"since_minutes": None, "limit": 500, "service": "feature-store"}
    found = runtime.call_tool("log_search", every)
    whole = runtime.calls(Principal("oidc:cy"), "").call("log_search", every)
    assert "the policy keeps their namespaces from you" in " ".join(found.limits)
    assert "feature-store" in whole.text
    assert "store.jsonl:" not in found.text
