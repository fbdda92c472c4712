"""What the chat process of the split mode holds: the desk, and nothing that previews, decides, signs or writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import gc, json, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from fakes.changing import ARGS, bundle, sections
from interlock.agent.runtime import open_runtime
from interlock.core.identity import Principal
from interlock.core.settings import Settings

here = Path(sys.argv[1])
split = sys.argv[3] == "split"
made = sections("http://127.0.0.1:1", bundle(here / "policy"), split=split, key=str(here / "approvals.key"))
with open_runtime(Settings(made), principal=Principal("local:ana"), state_dir=here / "state",
                  cache_dir=here / "cache", environment={}) as runtime:
    desk = runtime.approvals.desk
    args = {**ARGS}
    try:
        change = desk.request(Principal("person:ana"), "annotate", args, reason="r")
        state = change.state
    except Exception as error:
        state = type(error).__name__
    held = sorted({type(each).__name__ for each in gc.get_objects()
                   if str(type(each).__module__).startswith("interlock.approvals")})
    loaded = sorted(name for name in sys.modules if name.startswith("interlock.approvals"))
    print(json.dumps({"held": held, "loaded": loaded, "state": state,
                      "office": runtime.approvals.office is not None,
                      "key": (here / "approvals.key").exists()}))
"""
DECIDES = {"Office", "Executor", "Signer", "HttpMutator", "ClusterPreviewer", "Sender", "Reach", "Worker"}


def process(folder: Path, tests: Path, mode: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), str(tests), mode],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return said


def test_the_chat_process_holds_the_desk_and_nothing_that_decides_or_writes(
    tmp_path: Path, repo_root: Path
) -> None:
    said = process(tmp_path, repo_root / "tests", "split")
    assert said["state"] == "REQUESTED"  # it asks, and waits for the other process
    assert said["office"] is False
    assert said["key"] is False
    held = said["held"]
    assert isinstance(held, list)
    assert "Desk" in held
    assert not DECIDES & set(held)
    loaded = said["loaded"]
    assert isinstance(loaded, list)
    rooms = ("office", "executor", "mutator", "wire", "previewer", "reach", "worker")
    assert not {f"interlock.approvals.{room}" for room in rooms} & set(loaded)


def test_in_one_process_the_same_settings_do_hold_them(tmp_path: Path, repo_root: Path) -> None:
    said = process(tmp_path, repo_root / "tests", "together")
    held = said["held"]
    assert isinstance(held, list)
    assert {"Office", "Executor", "Signer", "Reach", "Worker"} <= set(held)
    assert said["key"] is True


@pytest.mark.parametrize("room", ["surfaces/mcp", "agent", "tools"])
def test_no_room_of_the_chat_names_what_decides_or_writes(room: str, repo_root: Path) -> None:
    """The composition root hands them a desk; import-linter keeps the mutator from everybody but the executor."""
    banned = (
        "approvals.office",
        "approvals.executor",
        "approvals.mutator",
        "approvals.decisions",
        "approvals.wire",
    )
    for file in (repo_root / room).rglob("*.py"):
        text = file.read_text()
        assert not [name for name in banned if name in text], file
