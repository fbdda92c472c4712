"""The type checker refuses text from outside where only cleaned text may go: to a model, a surface, a log, the record."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SNIPPET = """\
import logging
import click
from langchain_core.messages import HumanMessage
from interlock.core.audit import AuditLog
from interlock.core.events import StatusEvent, TextEvent
from interlock.core.untrusted import CleanText, Untrusted


def to_a_model(text: Untrusted) -> HumanMessage:
    return HumanMessage(content=text)  # model


def to_a_surface(text: Untrusted) -> TextEvent:
    return TextEvent(text=text)  # surface


def to_the_status(text: Untrusted) -> StatusEvent:
    return StatusEvent(text=text)  # status


def to_a_log(text: Untrusted) -> None:
    logging.getLogger("x").info(text + "!")  # log


def to_the_record(log: AuditLog, text: Untrusted) -> None:
    log.append("turn", {"text": text})  # record


def as_clean(text: Untrusted) -> CleanText:
    return text  # clean


def as_text(text: Untrusted) -> str:
    return text  # text


def cleaned(text: CleanText) -> HumanMessage:
    click.echo(text)
    return HumanMessage(content=text)
"""
MARKED = ("model", "surface", "status", "log", "record", "clean", "text")


def test_mypy_refuses_each_way_out_and_lets_cleaned_text_pass(repo_root: Path, tmp_path: Path) -> None:
    file = tmp_path / "leaks.py"
    file.write_text(SNIPPET)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=", str(file)],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={"MYPYPATH": str(repo_root / "src"), "PATH": "/usr/bin:/bin", "MYPY_CACHE_DIR": str(repo_root / ".mypy_cache" / "leaks")},
    )  # fmt: skip
    lines = SNIPPET.splitlines()
    refused = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line}
    marked = {
        number
        for number, line in enumerate(lines, start=1)
        if line.rstrip().endswith(tuple(f"# {m}" for m in MARKED))
    }
    assert refused == marked, done.stdout
