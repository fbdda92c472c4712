"""`lint`: what is wrong with pages as they stand, without asking anything but the programs they name."""

from __future__ import annotations

import os.path
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from interlock.core.errors import nearest
from interlock.tools.knowledge.care.alerts import uncovered
from interlock.tools.knowledge.care.commands import commands
from interlock.tools.knowledge.care.links import dead_links, unchecked_links
from interlock.tools.knowledge.care.manuals import Manual
from interlock.tools.knowledge.care.model import Command, Finding, Folders, Page, Report, Rule
from interlock.tools.knowledge.care.usage import judge

MOST_UNCHECKED = 5


def lint(
    read: Folders,
    manuals: Mapping[str, Manual | None],
    *,
    actions: Collection[str] | None = None,
    monitors: Sequence[Rule] = (),
) -> Report:
    """Every finding over the pages that were read.

    Args:
        read: The folders.
        manuals: The help of each program that pages may use; None: it is not installed.
        actions: The names of the actions that can be proposed; None: not checked.
        monitors: Alerts known from elsewhere than the folders' rule files.
    """
    known = {os.path.normpath(page.folder / page.path): page for page in read.pages}
    found: list[Finding] = []
    said: list[str] = []
    asked = 0
    for page in read.pages:
        found += [*_front(page), *_actions(page, actions), *dead_links(page, known, read.files)]
        wrong, unchecked, count = _commands(page, manuals)
        found += wrong
        said += unchecked
        asked += count
    rules = [*read.rules, *monitors]
    found += uncovered(rules, read.pages)
    return Report(
        tuple(sorted(found)),
        tuple(_unchecked(read, said, actions)),
        {"pages": len(read.pages), "alerts": len({rule.name for rule in rules}), "commands": asked},
    )


def _front(page: Page) -> Iterator[Finding]:
    for note in page.notes:
        yield Finding(page.path, 1, "front-matter", note)
    if not page.is_runbook:
        return
    if not page.owner:
        yield Finding(page.path, 1, "owner", "no owner", "add `owner:` to the front matter")
    if not page.last_reviewed:
        hint = "add `last_reviewed: YYYY-MM-DD` to the front matter"
        yield Finding(page.path, 1, "review", "not known to have been reviewed", hint)
    elif reviewed(page) is None:
        yield Finding(page.path, 1, "review", f"last_reviewed {page.last_reviewed} is no date", "YYYY-MM-DD")


def reviewed(page: Page) -> date | None:
    """The day of the last review, when it can be read."""
    try:
        return date.fromisoformat(page.last_reviewed[:10])
    except ValueError:
        return None


def _actions(page: Page, known: Collection[str] | None) -> Iterator[Finding]:
    for name in page.actions if known is not None else ():
        if known is not None and name not in known:
            near = nearest(name, known)
            yield Finding(
                page.path,
                1,
                "action",
                f"no action is called {name}",
                f"did you mean {near[0]}?" if near else "",
            )


def _commands(page: Page, manuals: Mapping[str, Manual | None]) -> tuple[list[Finding], list[str], int]:
    told, unread = commands(page.lines)
    wrong: list[Finding] = []
    said = [f"{page.path}:{line}: a command whose quotes do not close" for line in unread]
    for command in told:
        manual = manuals.get(command.argv[0])
        if manual is None:
            said.append(f"{command.argv[0]}: not installed")
            continue
        verdict = judge(command.argv, manual)
        if verdict.wrong:
            wrong.append(_finding(page, command, verdict.wrong, verdict.hint))
        elif verdict.unchecked:
            said.append(verdict.unchecked)
    return wrong, said, len(told)


def _finding(page: Page, command: Command, wrong: str, hint: str) -> Finding:
    return Finding(page.path, command.line, "command", wrong, hint)


def _unchecked(read: Folders, said: list[str], actions: Collection[str] | None) -> Iterator[str]:
    yield from read.notes
    if outside := unchecked_links(read.pages):
        yield f"{outside} links to the network or to a site's own root were not followed"
    if actions is None and any(page.actions for page in read.pages):
        yield "the actions that pages name"
    counted = Counter(said)
    for text, count in counted.most_common(MOST_UNCHECKED):
        yield f"{text} ({count} commands)" if count > 1 else text
    if len(counted) > MOST_UNCHECKED:
        yield f"{sum(counted.values()) - sum(n for _, n in counted.most_common(MOST_UNCHECKED))} more commands"
