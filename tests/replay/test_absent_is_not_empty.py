"""What was not recorded is said to be so by every tool that would have looked at it; never is it told as none."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from interlock.agent.backends import open_knowledge
from interlock.core.audit import AuditLog
from interlock.core.clusters.connect import from_url
from interlock.core.clusters.snapshot import SnapshotReader
from interlock.core.errors import InterlockError
from interlock.core.identity import Principal
from interlock.core.policy import LocalReadPolicy
from interlock.core.redaction import Redactor
from interlock.core.replay.manifest import Replay
from interlock.core.replay.server import serve
from interlock.core.settings import Settings
from interlock.core.store import Store, open_default
from interlock.core.store.evidence import EvidenceStore
from interlock.tools.registry import Calls, Wiring, all_tools

Ask = Callable[[str, str, dict[str, Any]], str]
SAYS_SO = re.compile(r"not recorded|not looked at|does not hold|the server holds no")

# tool, what the recording lacks, what is asked
LACKING: list[tuple[str, str, dict[str, Any]]] = [
    ("diagnose", "pods", {"namespace": "checkout"}),
    ("diagnose", "events", {"namespace": "checkout"}),
    ("diagnose", "nodes", {}),
    ("diagnose", "deployments.apps", {"namespace": "ml-platform"}),
    ("diagnose", "replicasets.apps", {"namespace": "ml-platform"}),
    ("iac_drift", "deployments.apps", {"kind": "deployment"}),
    ("iac_owner", "deployments.apps", {"kind": "deployment", "name": "checkout-api", "namespace": "checkout"}),
    ("kubernetes_events", "events", {"namespace": "checkout"}),
    ("kubernetes_facts", "deployments.apps", {"name": "checkout-api", "kind": "deployment"}),
    ("kubernetes_facts", "pods", {"name": "checkout-api", "namespace": "checkout", "parts": ["pods"]}),
    ("kubernetes_facts", "replicasets.apps", {"name": "checkout-api", "namespace": "checkout", "parts": ["rollouts"]}),
    ("kubernetes_get", "pods", {"kind": "pod", "name": "x", "namespace": "checkout"}),
    ("kubernetes_list", "pods", {"kind": "pods"}),
    ("kubernetes_list", "nodes", {"kind": "nodes"}),
    ("kubernetes_query", "pods", {"kind": "pods", "namespace": "checkout"}),
    ("kubernetes_query", "statefulsets.apps", {"kind": "workloads"}),
    ("kubernetes_query", "endpoints endpointslices.discovery.k8s.io", {"kind": "services", "where": [{"attribute": "endpoints", "value": 0}]}),
    ("kubernetes_summary", "pods", {"namespace": "checkout"}),
    ("kubernetes_summary", "nodes", {}),
    ("kubernetes_summary", "events", {"namespace": "checkout"}),
    ("kubernetes_uses", "deployments.apps", {"kind": "configmap", "name": "checkout-api", "namespace": "checkout"}),
    ("kubernetes_uses", "pods", {"kind": "secret", "name": "checkout-api-db", "namespace": "checkout", "by": "pods"}),
    ("pod_logs", "logs", {"namespace": "ml-platform", "pod": "feature-store"}),
    ("recent_changes", "replicasets.apps", {"minutes": 60}),
    ("recent_changes", "configmaps", {"minutes": 60}),
    ("recent_changes", "nodes", {"minutes": 60}),
    ("rollout_history", "replicasets.apps", {"name": "feature-store", "namespace": "ml-platform"}),
    ("rollout_history", "deployments.apps", {"name": "feature-store"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with closing(open_default(tmp_path_factory.mktemp("state"))) as opened:
        yield opened


@pytest.fixture
def ask(tmp_path: Path, repo_root: Path, store: Store) -> Iterator[Ask]:
    """Ask a tool about the demo recording without one resource: what it says of what it did not see."""
    with ExitStack() as stack:

        def call(tool: str, lacking: str, args: dict[str, Any]) -> str:
            folder = _without(repo_root / "evals" / "replays" / "demo", lacking, tmp_path / "demo")
            replay = Replay.load(folder)
            server = stack.enter_context(serve(replay))
            reader = stack.enter_context(closing(from_url("demo", server.url)))
            wiring = Wiring(
                policy=LocalReadPolicy(),
                redactor=Redactor(),
                clock=replay.clock,
                clusters={"demo": SnapshotReader(reader)},
                default_cluster="demo",
                backends=(open_knowledge(Settings({}), replay, [], Redactor(), tmp_path / "cache"),),
                evidence=EvidenceStore(store),
                audit=AuditLog(store, replay.clock),
            )
            if "pod" in args:
                (pod,) = list((folder / "cluster" / args["namespace"]).glob(f"{args['pod']}-*"))[:1]
                shutil.rmtree(pod)
                args = {**args, "pod": pod.name}
            try:
                found = Calls(wiring, Principal("local:ana"), "c").call(tool, args)
            except InterlockError as error:
                return f"{type(error).__name__}: {error.message}"
            return "\n".join([*found.limits, *_spoken(found.data)])

        yield call


def _spoken(data: Any) -> list[str]:
    """Limits that a report repeats in itself."""
    return [str(limit) for limit in data.get("limits") or ()] if isinstance(data, dict) else []


def _without(source: Path, resources: str, target: Path) -> Path:
    """A copy of the recording as if these had never been listed."""
    shutil.copytree(source, target)
    account_file = target / "cluster" / "recorded.json"
    account = json.loads(account_file.read_text())
    names = resources.split()
    account["resources"] = [r for r in account["resources"] if _full_name(r) not in names]
    account_file.write_text(json.dumps(account))
    for file in (file for name in names for file in target.rglob(f"{name}.json")):
        file.unlink()
    return target


def _full_name(line: dict[str, Any]) -> str:
    return f"{line['plural']}.{line['group']}" if line.get("group") else str(line["plural"])


@pytest.mark.parametrize(("tool", "lacking", "args"), LACKING, ids=lambda part: str(part)[:40])
def test_a_tool_says_what_was_not_recorded(ask: Ask, tool: str, lacking: str, args: dict[str, Any]) -> None:
    said = ask(tool, lacking, args)
    name = lacking.split(maxsplit=1)[0].partition(".")[0].removesuffix("s")
    assert any(SAYS_SO.search(line) and name in line.lower() for line in said.splitlines()), said


def test_every_tool_that_reads_a_cluster_is_asked() -> None:
    reading = {name for name, tool in all_tools().items() if "kubernetes" in tool.systems}
    assert reading - {"kubernetes_kinds"} == {tool for tool, _, _ in LACKING}  # which lists what was recorded
