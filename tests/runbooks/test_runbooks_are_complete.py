"""Every runbook has its front matter, its sections, and words for a terminal."""

from __future__ import annotations

import datetime
import re
from pathlib import PurePath
from typing import Any

import pytest
import yaml

Pages = Any
SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Prevention"]


def test_there_are_enough(pages: Pages) -> None:
    assert len(pages) >= 24


def test_front_matter_is_complete_and_typed(pages: Pages) -> None:
    for page in pages:
        data = yaml.safe_load(page.text.split("---\n")[1])
        needed = {"title", "alerts", "services", "owner", "last_reviewed"}
        assert needed <= set(data) <= needed | {"action", "actions"}, page.name
        assert isinstance(data["title"], str), page.name
        assert isinstance(data["owner"], str), page.name
        assert isinstance(data["last_reviewed"], datetime.date), page.name
        for name in ("alerts", "services"):
            assert data[name], page.name
            assert all(isinstance(item, str) for item in data[name]), page.name


def test_the_index_reads_the_same_front_matter_without_a_complaint(pages: Pages) -> None:
    for page in pages:
        outline = page.outline
        assert outline.notes == (), page.name
        assert outline.meta.alerts, page.name
        assert outline.meta.last_reviewed.startswith("2026-11-"), page.name
        assert f"\n# {outline.title}\n" in page.text, page.name


def test_required_sections_are_there_in_order(pages: Pages) -> None:
    for page in pages:
        assert page.sections == SECTIONS, page.name


def test_titles_differ(pages: Pages) -> None:
    assert len({page.outline.title for page in pages}) == len(pages)


def test_lines_fit_a_terminal_and_hold_only_ascii(pages: Pages) -> None:
    for page in pages:
        for number, line in enumerate(page.lines, start=1):
            where = f"{page.name}:{number}"
            assert len(line) <= 110, where
            assert line.isascii(), where
            assert line == line.rstrip(), where
        assert 40 <= len(page.lines) <= 90, page.name
        assert page.text.endswith("\n"), page.name


def test_other_runbooks_that_are_named_exist(pages: Pages) -> None:
    known = {PurePath(page.name).stem for page in pages}
    for page in pages:
        cells = re.findall(r"^ *\|.*\| ([a-z]+(?:-[a-z]+)+)(?:, [^|]*)? \|$", page.text, re.MULTILINE)
        follow = re.findall(
            r"(?:[Ff]ollow|see|by|with|to|:) ([a-z]+(?:-[a-z]+){1,4})\b(?= ?[.,;:)]| or | and )", page.text
        )
        for name in {*cells, *follow}:
            near = [n for n in known if n.split("-")[0] == name.split("-")[0]]
            assert name in known or not near, f"{page.name} names {name}"


@pytest.mark.parametrize("section", ["Diagnosis", "Mitigation"])
def test_both_acting_sections_hold_commands(pages: Pages, section: str) -> None:
    for page in pages:
        assert any(command.section == section for command in page.commands), page.name
