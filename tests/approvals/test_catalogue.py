"""The catalogue says what it is, starts light, and leads nowhere: nothing can reach a mutator by it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from interlock.approvals.catalogue import all_actions, find_action
from interlock.approvals.document import page
from interlock.approvals.words import Args
from interlock.core.errors import UnknownName

HEAVY = (
    "httpx",
    "kubernetes",
    "langchain",
    "langgraph",
    "sqlalchemy",
    "chromadb",
    "llama_index",
    "numpy",
    "re2",
)


def test_the_page_of_the_actions_is_up_to_date(repo_root: Path) -> None:
    written = (repo_root / "docs" / "actions.md").read_text(encoding="utf-8")
    assert written == page(), "run `make docs`"


@pytest.mark.parametrize("name", sorted(all_actions()))
def test_every_action_says_what_it_is_and_refuses_unknown_arguments(name: str) -> None:
    action = find_action(name)
    assert action.name == name and action.title and action.effect_is and action.undone_by
    assert action.risks and len(action.__doc__ or "") > 20
    assert issubclass(action.args, Args) and action.args.model_config.get("extra") == "forbid"
    assert all(field.description for field in action.args.model_fields.values())


def test_no_action_takes_a_command_or_a_manifest() -> None:
    forbidden = {
        "command",
        "cmd",
        "shell",
        "argv",
        "script",
        "exec",
        "patch",
        "manifest",
        "body",
        "path",
        "url",
    }
    for action in all_actions().values():
        assert not forbidden & set(action.args.model_fields), action.name


def test_an_unknown_action_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName) as unknown:
        find_action("rollout-und")
    assert "rollout-undo" in unknown.value.near


def test_looking_through_the_catalogue_loads_no_client() -> None:
    program = (
        "import sys\nfrom interlock.approvals.catalogue import all_actions\nassert all_actions()\n"
        f"own = ('interlock.approvals.mutator', 'interlock.approvals.wire', 'interlock.approvals.previewer')\n"
        f"print([m for m in {HEAVY!r} + own if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_nothing_outside_its_room_names_the_mutator(repo_root: Path) -> None:
    rooms = ("agent", "core", "evals", "index", "surfaces", "tools")
    files = [path for room in rooms for path in (repo_root / room).rglob("*.py")]
    assert files
    for path in files:
        assert "approvals.mutator" not in path.read_text(encoding="utf-8"), path
