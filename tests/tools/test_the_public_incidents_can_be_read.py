"""Every tool over the seven public incidents, as a question would use them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.replays import MakeCalls, Serve

from interlock.core.replay.manifest import Replay
from interlock.tools.logs.jsonl import JsonLinesLogs
from interlock.tools.metrics.monitors import MonitorFile

NAMES = ["000", "001", "003", "005", "006", "009", "010"]


@pytest.mark.shared
@pytest.mark.parametrize("number", NAMES)
def test_an_incident_can_be_read_by_every_tool(
    shared_dir: Path, served: Serve, calls: MakeCalls, number: str
) -> None:
    folder = next((shared_dir / "data" / "incidents-dev").glob(f"{number}-*"))
    replay = Replay.load(folder)
    assert replay.logs and replay.monitors
    backends = (JsonLinesLogs(replay.logs), MonitorFile(replay.monitors))
    door = calls(*backends, cluster=served(replay), clock=replay.clock)
    pods = door.call("kubernetes_list", {"kind": "pods"})
    recorded = [
        p for file in (folder / "cluster").glob("*/pods.json") for p in json.loads(file.read_text())["items"]
    ]
    assert len(pods.text.split("\n")) == len(recorded) + 1
    for row in pods.data["rows"]:
        one = door.call("kubernetes_get", {"kind": "pod", "name": row["name"], "namespace": row["namespace"]})
        assert one.subject == f"Pod {row['namespace']}/{row['name']}"
    assert f"{len(recorded)} pods" in door.call("kubernetes_summary", {}).text
    assert door.call("kubernetes_events", {}).kind == "event"
    assert door.call("kubernetes_list", {"kind": "nodes"}).text.startswith("NAME")
    lines = door.call("log_search", {"since_minutes": None})
    assert len(lines.text.split("\n")) == len(
        (folder / "logs" / "store.jsonl").read_text().strip().split("\n")
    )
    assert door.call("monitors_list", {}).data["rows"]
    name = door.call("kubernetes_list", {"kind": "deployments"}).data["rows"][0]["name"]
    history = door.call("rollout_history", {"name": name})
    assert "replicasets cannot be seen" in history.limits[0]


def test_finding_the_tools_loads_no_vendor_library() -> None:
    code = """
import sys
from interlock.tools.registry import all_tools
assert "kubernetes_get" in all_tools()
heavy = {"kubernetes", "chromadb", "llama_index", "langchain", "langchain_core", "langgraph", "alembic", "mcp"}
loaded = heavy & {name.partition(".")[0] for name in sys.modules}
assert not loaded, loaded
assert "interlock.index.search" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
