"""The walls of the house hold: what may import what, what starts light, what is generated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from interlock.core.errors import UnknownName
from interlock.tools.registry import all_tools

HEAVY = (
    "langchain",
    "langchain_core",
    "langgraph",
    "kubernetes",
    "chromadb",
    "llama_index",
    "sqlalchemy",
    "fastapi",
)
HEAVY += ("mcp", "httpx", "openai", "alembic", "uvicorn", "rich", "numpy", "pydantic")


def python(*program: str) -> str:
    done = subprocess.run(
        [sys.executable, *program], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys, io, contextlib\n"
        "from interlock.surfaces.cli.main import run\n"
        "with contextlib.redirect_stdout(io.StringIO()): run(['--help'])\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    assert python("-c", program).strip() == "[]"


def test_listing_the_tools_loads_no_vendor_library() -> None:
    program = (
        "import sys\nfrom interlock.tools.registry import all_tools\nassert all_tools()\n"
        "heavy = ('langchain','langchain_core','langgraph','kubernetes','chromadb','llama_index','fastapi','mcp','numpy')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    assert python("-c", program).strip() == "[]"


@pytest.mark.parametrize("name", sorted(all_tools()))
def test_every_tool_says_what_it_is_and_refuses_unknown_arguments(name: str) -> None:
    tool = all_tools()[name]
    assert tool.title
    assert len(tool.description) > 20
    assert tool.systems
    assert tool.args.model_config.get("extra") == "forbid"


def test_no_tool_takes_a_command() -> None:
    forbidden = {"command", "cmd", "shell", "argv", "script", "exec"}
    for tool in all_tools().values():
        assert not forbidden & set(tool.args.model_fields), tool.name


def test_an_unknown_tool_is_refused_with_the_nearest() -> None:
    from interlock.tools.registry import find

    with pytest.raises(UnknownName) as raised:
        find("pod_log")
    assert "pod_logs" in str(raised.value.hint)


@pytest.mark.parametrize(
    ("module", "page"),
    [
        ("interlock.surfaces.cli.document", "docs/cli.md"),
        ("interlock.surfaces.cli.settings_document", "docs/settings.md"),
        ("interlock.tools.document", "docs/tools.md"),
    ],
)
def test_a_generated_page_is_what_the_code_says(repo_root: Path, module: str, page: str) -> None:
    assert python("-m", module) == (repo_root / page).read_text(), (
        f"run `make docs`: {page} is behind the code"
    )


def test_the_ban_on_bare_imports_and_programs_bites(tmp_path: Path, repo_root: Path) -> None:
    room = tmp_path / "tools"
    room.mkdir()
    (room / "bad.py").write_text('"""Bad."""\nimport subprocess\nimport httpx\nimport core.errors\n')
    config = str(repo_root / "pyproject.toml")
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--config", config, "--select", "TID251", str(room)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.count("TID251") == 3
