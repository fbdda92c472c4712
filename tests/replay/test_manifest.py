"""What a replay folder says about itself, and what it may not say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from replay.trees import pod, thing, write_tree

from interlock.core.errors import BadInput, UnknownName
from interlock.core.replay.manifest import Replay


def manifest(folder: Path, text: str) -> Path:
    (folder / "replay.yaml").write_text(text)
    return folder


def test_the_parts_are_paths_inside_the_folder(tmp_path: Path) -> None:
    for name in ("cluster", "logs", "iac"):
        (tmp_path / name).mkdir()
    (tmp_path / "alert.json").write_text("{}")
    text = "now: 2026-01-02T03:04:05+01:00\ncluster: cluster\nlogs: logs\nalert: alert.json\niac: iac\n"
    replay = Replay.load(manifest(tmp_path, text))
    assert replay.now == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert replay.clock.now() == replay.now
    assert (replay.cluster, replay.logs) == (tmp_path / "cluster", tmp_path / "logs")
    assert (replay.alert, replay.iac) == (tmp_path / "alert.json", tmp_path / "iac")
    assert (replay.monitors, replay.metrics) == (None, None)


def test_an_unknown_key_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(UnknownName) as refused:
        Replay.load(manifest(tmp_path, "now: 2026-01-01T00:00:00Z\nclutser: cluster\n"))
    assert "cluster" in (refused.value.hint or "")


@pytest.mark.parametrize("path", ["..", "../x", "/etc", "a/../../x", '""'])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(BadInput, match="leaves the replay folder"):
        Replay.load(manifest(tmp_path, f"now: 2026-01-01T00:00:00Z\nlogs: {path}\n"))


def test_a_symbolic_link_is_refused_even_one_that_stays_inside(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "cluster").symlink_to(tmp_path / "real")
    with pytest.raises(BadInput, match="symbolic link"):
        Replay.load(manifest(tmp_path, "now: 2026-01-01T00:00:00Z\ncluster: cluster\n"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a\n", "not a mapping"),
        ("a: [\n", "not YAML"),
        ("now: yesterday\n", "not a timestamp"),
        ("now: 2026-01-01T00:00:00Z\nlogs: [a]\n", "must be a path"),
        ("now: 2026-01-01T00:00:00Z\nlogs: nowhere\n", "does not exist"),
    ],
)
def test_a_broken_manifest_says_what_is_wrong_with_it(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        Replay.load(manifest(tmp_path, text))


def test_a_folder_that_is_no_replay_says_what_one_is(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        Replay.load(tmp_path)
    assert "cluster-info dump" in (refused.value.hint or "")
    with pytest.raises(BadInput, match="not a folder"):
        Replay.load(tmp_path / "nowhere")


def test_a_bare_dump_is_a_replay_at_the_newest_time_at_which_something_happened(tmp_path: Path) -> None:
    running = {"containerStatuses": [{"state": {"running": {"startedAt": "2026-01-03T01:00:00Z"}}}]}
    lease = {"expirationTimestamp": "2030-01-01T00:00:00Z"}
    folder = write_tree(
        tmp_path, {"nodes.json": [], "shop/pods.json": [pod("a", status=running, lease=lease)]}
    )
    replay = Replay.load(folder / "cluster")
    assert replay.cluster == folder / "cluster"
    assert replay.now == datetime(2026, 1, 3, 1, tzinfo=UTC)


def test_a_dump_without_any_time_asks_for_one(tmp_path: Path) -> None:
    node = thing("Node", "n")
    del node["metadata"]["creationTimestamp"]
    folder = write_tree(tmp_path, {"nodes.json": [node]})
    with pytest.raises(BadInput, match="no time to take `now` from"):
        Replay.load(folder / "cluster")
