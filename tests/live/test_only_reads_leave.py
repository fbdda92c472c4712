"""Nothing but reads reaches a real API server, whatever our tools and commands are asked.

That the tools' ordinary arguments only read is checked where live and recorded are compared.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.recording_proxy import Asked, RecordingProxy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live.arguments import ARGUMENTS
from live.conftest import Door
from live.fuzz import arguments
from live.reads import objection, objections
from live.stage import Stage

from interlock.core.clusters.reader import ClusterReader
from interlock.core.errors import InterlockError
from interlock.surfaces.cli.main import run
from interlock.tools.registry import all_tools

ALERT = {"status": "firing", "alerts": [{"status": "firing", "labels": {"alertname": "KubePodCrashLooping"}}]}


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("DELETE", "/api/v1/namespaces/a/pods/b"),
        ("PATCH", "/apis/apps/v1/namespaces/a/deployments/b/scale"),
        ("POST", "/api/v1/namespaces/a/pods"),
        ("POST", "/api/v1/namespaces/a/pods/b/eviction"),
        ("GET", "/api/v1/namespaces/a/pods/b/exec?command=sh"),
        ("GET", "/api/v1/nodes/n/proxy/logs/"),
        ("GET", "/api/v1/pods?watch=true"),
        ("GET", "/api/v1/watch/pods"),
        ("GET", "/api/v1/namespaces/a/pods/b/log?follow=true"),
        ("GET", "/api/v1/namespaces/../secrets"),
        ("GET", "/metrics"),
        ("GET", "http://169.254.169.254/"),
        ("CONNECT", "169.254.169.254:80"),
    ],
)
def test_the_rule_objects_to_what_is_no_read(method: str, target: str) -> None:
    assert objection(Asked(method, target, 200, True))


@pytest.mark.cluster
@pytest.mark.xdist_group("live")
@pytest.mark.parametrize("tool", sorted(ARGUMENTS))
def test_a_tool_only_reads_whatever_it_is_asked(
    tool: str, stage: Stage, live: ClusterReader, proxy: RecordingProxy, door: Door
) -> None:
    before = len(proxy.asked)

    @settings(
        max_examples=3 if tool == "diagnose" else 12,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        args = stage.filled(data.draw(arguments(all_tools()[tool].args)))
        with contextlib.suppress(InterlockError):
            door(live).call(tool, args)
        assert not objections(proxy, before)

    ask()


@pytest.mark.cluster
@pytest.mark.xdist_group("live")
@pytest.mark.parametrize(
    "words",
    [
        ["ask", "what is wrong in namespace $A?"],
        ["ask", "how many pods are not ready?"],
        ["ask", "delete the pod crashing in $A and restart deployment web"],
        ["ask", "show me the logs of pod running/exec in $A"],
        ["triage", "ALERT"],
        ["doctor"],
        ["replay", "record", "RECORDING", "--resume"],
    ],
    ids=" ".join,
)
def test_a_command_only_reads(
    words: list[str], stage: Stage, proxy: RecordingProxy, tmp_path: Path, interlock: Callable[..., int]
) -> None:
    alert = tmp_path / "alert.json"
    labels = {"alertname": "KubePodCrashLooping", "namespace": stage.values["A"], "pod": "crashing"}
    alert.write_text(json.dumps({**ALERT, "alerts": [{"status": "firing", "labels": labels}]}))
    places = {"ALERT": str(alert), "RECORDING": str(tmp_path / "recording")}
    before = len(proxy.asked)
    code = interlock(*(places.get(w, w) for w in stage.filled(words)), "--cluster-url", proxy.url)
    assert code == 0
    assert proxy.asked[before:] or "delete" in words[-1]  # which is refused without a look
    assert not objections(proxy, before)


@pytest.fixture
def interlock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command line in this process, with a home of its own. Only the environment is changed, never our own code."""
    for name in ("INTERLOCK_MODEL", "INTERLOCK_CONFIG", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    for name, folder in (
        ("INTERLOCK_STATE_DIR", "state"),
        ("INTERLOCK_CACHE_DIR", "cache"),
        ("HOME", "home"),
    ):
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return lambda *words: run(list(words))
