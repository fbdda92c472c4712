"""Monitors and their states."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes.replays import Json, MakeCalls

from interlock.core.errors import BadInput, NotServed
from interlock.tools.metrics.monitors import MonitorFile


def monitor(name: str, state: str, **parts: str) -> Json:
    return {
        "name": name,
        "overall_state": state,
        "query": f"avg({name}) > 1",
        "type": "metric alert",
        **parts,
    }


def kept(tmp_path: Path, *monitors: Json) -> MonitorFile:
    file = tmp_path / "monitors.json"
    file.write_text(json.dumps({"monitors": monitors}))
    return MonitorFile(file)


def test_monitors_that_alert_stand_first(tmp_path: Path, calls: MakeCalls) -> None:
    backend = kept(tmp_path, monitor("latency", "OK"), monitor("errors", "Alert", message="call the shop"))
    evidence = calls(backend).call("monitors_list", {})
    assert evidence.text.split("\n") == [
        "STATE  NAME     QUERY",
        "Alert  errors   avg(errors) > 1",
        "OK     latency  avg(latency) > 1",
    ]
    assert evidence.data["rows"][0]["index"] == 1
    assert str(evidence.locators[0]) == "monitors: monitors, among 2 of monitors.json"


def test_monitors_are_chosen_by_state_and_text(tmp_path: Path, calls: MakeCalls) -> None:
    backend = kept(tmp_path, monitor("latency", "OK", message="call the Shop"), monitor("errors", "Alert"))
    door = calls(backend)
    assert "errors" in door.call("monitors_list", {"state": "alert"}).text
    assert door.call("monitors_list", {"contains": "shop"}).text.split("\n")[1].startswith("OK     latency")
    none = door.call("monitors_list", {"state": "No Data"})
    assert none.text == "0 found: monitors with state=No Data, among 2"


def test_a_monitor_that_says_nothing_is_listed_all_the_same(tmp_path: Path, calls: MakeCalls) -> None:
    evidence = calls(kept(tmp_path, {}, {"name": ["odd"], "tags": "x"})).call("monitors_list", {})
    assert evidence.text.split("\n")[1:] == ["-      -     -"] * 2


@pytest.mark.parametrize("content", ["{half", '{"monitors": 3}', "7", "[" * 100_000])
def test_a_file_that_holds_no_monitors_is_an_error(tmp_path: Path, calls: MakeCalls, content: str) -> None:
    file = tmp_path / "monitors.json"
    file.write_text(content)
    with pytest.raises(BadInput):
        calls(MonitorFile(file)).call("monitors_list", {})


def test_no_monitoring_system_is_not_no_monitors(calls: MakeCalls, tmp_path: Path) -> None:
    with pytest.raises(NotServed, match="no monitoring system"):
        calls().call("monitors_list", {})
    with pytest.raises(BadInput, match="cannot read"):
        calls(MonitorFile(tmp_path / "absent.json")).call("monitors_list", {})
