"""The actions that a page names in its front matter, and whether its word counts.

Threat: whoever may edit a page (a wiki, a folder, a branch) has changes proposed in its name. Mechanism: a page's word
counts only from a Git source whose configured ref is a whole commit id, or from the pages that come with the product,
and only with an owner and the day of a review in it. Guarantee: a merge or an edit gives no page this weight; somebody
pinned the commit by hand. What a page names is still no more than a request that people decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import yaml

from interlock.core.errors import BadInput
from interlock.tools.knowledge.library import Library, Page, shipped_folder

MOST_FRONT = 200
_WHOLE = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Named:
    """What a page names; `why_not` says why it does not count, '' when it does."""

    actions: tuple[str, ...]
    why_not: str = ""


def named_by(library: Library, page: Page) -> Named:
    """The actions that a page names, and whether they count."""
    front = front_of(page.lines)
    actions = names_in(front)
    return Named(actions, (_unpinned(library, page) or _unreviewed(front)) if actions else "")


def backed(library: Library, path: str, action: str) -> str:
    """The page that names this action, as it is cited.

    Raises:
        NotFound: when there is no such page.
        BadInput: when it names another action, or its word does not count.
    """
    page = library.page(path)
    named = named_by(library, page)
    if action not in named.actions:
        told = f"it names {', '.join(named.actions)}" if named.actions else "it names none"
        raise BadInput(f"{page.path} does not name the action {action}", hint=told)
    if named.why_not:
        raise BadInput(f"{page.path} names {action}, and its word does not count: {named.why_not}")
    return page.path


def front_of(lines: Sequence[str]) -> dict[str, object]:
    """The front matter as it was written; empty when there is none or it cannot be read."""
    if not lines or lines[0].rstrip() != "---":
        return {}
    ends = (number for number, line in enumerate(lines[1:MOST_FRONT], start=1) if line.rstrip() == "---")
    try:
        data = yaml.safe_load("\n".join(lines[1 : next(ends, 0)]))
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return {str(key): value for key, value in data.items()} if isinstance(data, dict) else {}


def names_in(front: dict[str, object]) -> tuple[str, ...]:
    """`action: NAME` and `actions: [NAME, ...]`, by the names of the catalogue."""
    one, several = front.get("action"), front.get("actions")
    told = [one] if isinstance(one, str) else []
    told += [each for each in several if isinstance(each, str)] if isinstance(several, list) else []
    return tuple(dict.fromkeys(told))


def _unpinned(library: Library, page: Page) -> str:
    if page.folder == str(shipped_folder()):
        return ""
    for folder in library.folders:
        if str(folder.path) == page.folder and folder.git:
            pinned = bool(_WHOLE.fullmatch(folder.git.ref)) and folder.commit == folder.git.ref
            return "" if pinned else f"{folder.label} is not pinned to a commit (ref)"
    return "it is not of a Git source that is pinned to a commit"


def _unreviewed(front: dict[str, object]) -> str:
    if not isinstance(front.get("owner"), str) or not str(front["owner"]).strip():
        return "it has no owner"
    try:
        date.fromisoformat(str(front.get("last_reviewed"))[:10])
    except ValueError:
        return "it is not known to have been reviewed (last_reviewed)"
    return ""
