"""Alerts that no page is about: by the page's name, its title, its headings, its `alerts:`, or the rule's runbook_url."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from interlock.core.errors import nearest
from interlock.tools.knowledge.care.model import Finding, Page, Rule


def uncovered(rules: Iterable[Rule], pages: Iterable[Page]) -> Iterator[Finding]:
    """One finding an alert, where it is declared first."""
    names = {spelled: page for page in pages for spelled in map(key, names_of(page))}
    told: set[str] = set()
    for rule in rules:
        if rule.name in told or names.keys() & {key(rule.name), *map(key, _pages_named(rule.runbook))}:
            continue
        told.add(rule.name)
        near = nearest(key(rule.name), names)
        hint = f"{names[near[0]].path} is near; name the alert there under `alerts:`" if near else ""
        names_one = f"; its runbook_url names {rule.runbook}, which is no page here" if rule.runbook else ""
        yield Finding(
            rule.where, rule.line, "alert", f"no page is about the alert {rule.name}{names_one}", hint
        )


def names_of(page: Page) -> list[str]:
    """Everything an alert could be found under."""
    return [page.stem, page.title, *page.alerts, *page.headings]


def key(name: str) -> str:
    """`KubePodCrashLooping`, `kube-pod-crash-looping` and `Kube pod crash looping` are one."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _pages_named(url: str) -> list[str]:
    """What a runbook_url points at: its fragment or the last part of its path."""
    if not url or "{{" in url.rpartition("/")[2]:
        return []
    parts = urlsplit(url)
    last = PurePosixPath(unquote(parts.path).rstrip("/"))
    return [name for name in (unquote(parts.fragment), last.stem) if name]
