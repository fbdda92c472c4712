"""Reads the pages, the alert rules and the file names of knowledge folders.

Guarantees: text passes the redactor before it is looked at; nothing outside the folders is read; a file that cannot be
read is a note. Leaves to the checks what is wrong with a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from interlock.index import folder as folders
from interlock.index import markdown
from interlock.index.chunks import Note
from interlock.tools.knowledge.care.model import Folders, Page, Rule
from interlock.tools.knowledge.folders import Folder
from interlock.tools.knowledge.named_actions import front_of, names_in

PAGES = (".md", ".markdown")
RULES = (".yaml", ".yml")
MOST_BYTES = 2 * 1024 * 1024
_ALERT = re.compile(r"^\s*-?\s*[\"']?alert[\"']?\s*:\s*[\"']?([\w.:-]+)[\"']?\s*(?:#.*)?$")
_RUNBOOK = re.compile(r"^\s*[\"']?runbook(?:_url)?[\"']?\s*:\s*[\"']?(\S+?)[\"']?\s*(?:#.*)?$")


def read_folders(roots: Iterable[Path | Folder], clean: Callable[[str], str]) -> Folders:
    """What lies in `roots`; of a source, the files that it is configured to have.

    Raises:
        BadInput: for a root that is no folder.
    """
    pages: list[Page] = []
    rules: list[Rule] = []
    files: set[str] = set()
    notes: list[Note] = []
    for source in (one if isinstance(one, Folder) else Folder(one) for one in roots):
        root = folders.resolved(source.path)
        for found in folders.walk(root, notes, source.wanted):
            files.add(str(root / found.path))
            if found.path.lower().endswith((*PAGES, *RULES)):
                text = _text(folders.read(root, found, MOST_BYTES), found.path, notes)
                lines = tuple(clean(text).split("\n"))
                if found.path.lower().endswith(PAGES):
                    pages.append(page_of(root, found.path, lines))
                else:
                    rules += rules_of(found.path, lines)
    return Folders(
        tuple(pages), tuple(rules), frozenset(files), tuple(f"{n.path}: {n.message}" for n in notes)
    )


def page_of(folder: Path, path: str, lines: Sequence[str]) -> Page:
    """A page from its lines."""
    outline = markdown.split(lines)
    meta = outline.meta
    trails = [block.trail[-1] for block in outline.blocks if block.trail]
    return Page(
        folder,
        path,
        tuple(lines),
        outline.title,
        tuple(trails),
        meta.alerts,
        meta.services,
        names_in(front_of(lines)),
        (meta.owner or "").strip(),
        (meta.last_reviewed or "").strip(),
        outline.notes,
    )


def rules_of(path: str, lines: Sequence[str]) -> list[Rule]:
    """The alerts that a rule file declares. Read line by line, so that a template around them does no harm."""
    found: list[Rule] = []
    for number, line in enumerate(lines, start=1):
        if alert := _ALERT.match(line):
            found.append(Rule(alert[1], path, number))
        elif found and not found[-1].runbook and (runbook := _RUNBOOK.match(line)):
            found[-1] = Rule(found[-1].name, path, found[-1].line, runbook[1])
    return found if any(re.match(r"\s*-?\s*expr\s*:", line) for line in lines) else []


def _text(raw: bytes | Note, path: str, notes: list[Note]) -> str:
    if isinstance(raw, Note):
        notes.append(raw)
        return ""
    return raw.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\0", "\ufffd")
