"""An alert that nothing bears out: healthy only when the workload itself speaks against it, and lately."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from dump import Dump

NS, POD = "store", "embedder-6d5f7c9b8-aaaaa"
IDLE = 'level=info msg="queue is empty" depth=0'


def _quiet(*lines: tuple[float, str], calm: int = 2) -> Dump:
    d = Dump().node("node-a")
    d.deployment("embedder", NS, 1, 1)
    d.well("embedder", NS, "6d5f7c9b8", "aaaaa")
    d.log(NS, POD, *lines)
    d.monitor("embedder documents", "Alert")
    for number in range(calm):
        d.monitor(f"embedder monitor {number}")
    return d.alert("DocumentsLow", NS, "embedder", "embedder works on fewer documents than usual")


def test_a_workload_that_goes_on_without_a_word_of_trouble_is_healthy(diagnose: Any, tmp_path: Path) -> None:
    told = diagnose(_quiet((9, IDLE), (5, IDLE), (1, IDLE)).write(tmp_path / "incident"))
    assert (told.verdict["category"], told.verdict["state"]) == ("healthy", "healthy")
    assert told.verdict["confidence"] == "medium"
    assert "which nothing else bears out" in told.verdict["summary"]
    assert '"embedder documents" is in state Alert' in told.verdict["cause_chain"]
    assert told.unverified() == []


@pytest.mark.parametrize(
    ("lines", "calm", "why"),
    [
        (((40, IDLE), (30, IDLE)), 2, "its log has been silent since"),
        (((9, IDLE), (1, 'level=warn msg="nothing could be read"')), 2, "it warns"),
        (((50, 'level=error msg="lost"'), (1, IDLE)), 2, "it had an error"),
        (((9, IDLE), (1, IDLE)), 1, "one other monitor is too few"),
        ((), 2, "it says nothing"),
    ],
)
def test_what_does_not_contradict_the_alert_leaves_it_standing(
    diagnose: Any, tmp_path: Path, lines: tuple[tuple[float, str], ...], calm: int, why: str
) -> None:
    told = diagnose(_quiet(*lines, calm=calm).write(tmp_path / "incident"))
    assert told.verdict["category"] != "healthy", why


def test_a_second_firing_monitor_leaves_it_standing(diagnose: Any, tmp_path: Path) -> None:
    d = _quiet((9, IDLE), (1, IDLE)).monitor("embedder latency", "Alert")
    assert diagnose(d.write(tmp_path / "incident")).verdict["category"] != "healthy"
