"""A recording that was interrupted goes on where it stopped, and never from another one's leavings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from interlock.core.clusters.reader import ClusterReader
from interlock.core.errors import BadInput, UnknownName, Unreachable
from interlock.core.replay.record_journal import JOURNAL

NAMESPACES = ("checkout", "ml-platform")


def _until(what: str) -> Any:
    def stop(line: str) -> None:
        if line == what:
            raise KeyboardInterrupt

    return stop


def _files(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.mark.parametrize("at", ["pods", "services", "jobs.batch"])
def test_what_was_recorded_is_kept_and_the_rest_is_added(
    demo_reader: ClusterReader, recorder: Any, tmp_path: Path, at: str
) -> None:
    whole = recorder(demo_reader, *NAMESPACES)
    wanted = _files(whole.folder)
    whole.folder.rename(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        recorder(demo_reader, *NAMESPACES, resume=True, progress=_until(at))
    kept = _files(tmp_path / "made.partial")
    assert not (tmp_path / "made").exists()
    lines: list[str] = []
    made = recorder(demo_reader, *NAMESPACES, resume=True, progress=lines.append)
    assert any(line.startswith("kept from before: configmaps") for line in lines)
    found = _files(made.folder)
    assert {name: found[name] for name in kept if name != JOURNAL} == {
        name: text for name, text in kept.items() if name != JOURNAL
    }
    assert found.keys() == wanted.keys()
    assert (made.objects, made.logs, made.resources) == (whole.objects, whole.logs, whole.resources)
    assert _account(made.folder) == _account(tmp_path / "whole")
    assert not (tmp_path / "made.partial").exists()


def _account(folder: Path) -> Any:
    return json.loads((folder / "cluster" / "recorded.json").read_text())


def test_logs_that_were_read_are_not_read_again(
    demo_reader: ClusterReader, recorder: Any, tmp_path: Path
) -> None:
    logs: list[str] = []

    def second(line: str) -> None:
        logs.append(line) if line.startswith("log of") else None
        if len(logs) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recorder(demo_reader, *NAMESPACES, resume=True, progress=second)
    again: list[str] = []
    made = recorder(demo_reader, *NAMESPACES, resume=True, progress=again.append)
    assert made.logs == len(list(made.folder.rglob("*.log")))
    assert sum(line.startswith("log of") for line in again) == made.logs - 1


def test_leavings_of_another_recording_are_refused(
    demo_reader: ClusterReader, recorder: Any, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        recorder(demo_reader, *NAMESPACES, resume=True, progress=_until("services"))
    before = _files(tmp_path / "made.partial")
    with pytest.raises(BadInput, match="of another recording: namespaces differ"):
        recorder(demo_reader, "settlement", resume=True)
    with pytest.raises(BadInput, match="logs differ"):
        recorder(demo_reader, *NAMESPACES, logs="all", resume=True)
    assert _files(tmp_path / "made.partial") == before


def test_a_folder_that_is_no_interrupted_recording_is_refused(
    demo_reader: ClusterReader, recorder: Any, tmp_path: Path
) -> None:
    (tmp_path / "made.partial").mkdir()
    (tmp_path / "made.partial" / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="no interrupted recording"):
        recorder(demo_reader, *NAMESPACES, resume=True)
    assert (tmp_path / "made.partial" / "thesis.txt").read_text() == "mine"


def test_a_torn_last_line_of_the_journal_costs_one_listing(
    demo_reader: ClusterReader, recorder: Any, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        recorder(demo_reader, *NAMESPACES, resume=True, progress=_until("services"))
    journal = tmp_path / "made.partial" / JOURNAL
    text = journal.read_text()
    journal.write_text(text[:-20])
    lines: list[str] = []
    made = recorder(demo_reader, *NAMESPACES, resume=True, progress=lines.append)
    assert sum(line.startswith("kept from before") for line in lines) == text.count('"files"') - 1
    assert (made.folder / "cluster" / "checkout" / "services.json").exists()


def test_a_run_that_recorded_nothing_leaves_nothing(
    demo_reader: ClusterReader, recorder: Any, tmp_path: Path
) -> None:
    with pytest.raises(UnknownName):
        recorder(demo_reader, "chekout", resume=True)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_dies_leaves_what_was_recorded_so_far(
    flaky_reader: tuple[ClusterReader, bool], recorder: Any, tmp_path: Path
) -> None:
    reader, dies = flaky_reader
    if dies:
        with pytest.raises(Unreachable):
            recorder(reader, "shop", resume=True)
        assert not (tmp_path / "made").exists()
        return
    made = recorder(reader, "shop", resume=True)
    missing = [(m.resource, m.namespace) for m in made.not_recorded]
    assert missing == [("configmaps", "shop"), ("openapi", "")]
