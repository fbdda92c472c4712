"""`stale`: pages that were right once: not reviewed for long, about objects that are gone, older than the files they name."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import unquote

from interlock.core.errors import nearest
from interlock.tools.knowledge.care.commands import PLACEHOLDER, commands
from interlock.tools.knowledge.care.links import links
from interlock.tools.knowledge.care.lint import reviewed
from interlock.tools.knowledge.care.model import Finding, Folders, Page, Report

DAYS = 180
LastChange = Callable[[Path], date | None]
"""When a file was last changed by a commit; None when that is not known."""
KINDS: Mapping[str, str] = {
    **dict.fromkeys(("deployment", "deployments", "deploy", "deployment.apps"), "deployments"),
    **dict.fromkeys(("statefulset", "statefulsets", "sts"), "statefulsets"),
    **dict.fromkeys(("daemonset", "daemonsets", "ds"), "daemonsets"),
    **dict.fromkeys(("service", "services", "svc"), "services"),
    **dict.fromkeys(("cronjob", "cronjobs", "cj"), "cronjobs"),
    **dict.fromkeys(("configmap", "configmaps", "cm"), "configmaps"),
    **dict.fromkeys(("node", "nodes", "no"), "nodes"),
}
"""The kinds whose names last; pods and jobs come and go."""
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$")


@dataclass(frozen=True)
class Mention:
    """An object that a page names in full. `namespace` is '' when the page does not say it."""

    line: int
    kind: str
    namespace: str
    name: str


def stale(
    read: Folders,
    today: date,
    *,
    days: int = DAYS,
    there: Mapping[str, Collection[tuple[str, str]]] | None = None,
    changed: LastChange | None = None,
) -> Report:
    """Findings on age.

    Args:
        read: The folders.
        today: The day it is.
        days: How long a review holds.
        there: What the cluster has, kind -> (namespace, name); a kind that is absent is not checked. None: no cluster.
        changed: When a file of code was last changed; None: not checked.
    """
    found: list[Finding] = []
    for page in read.pages:
        found += [*_old(page, today, days), *_gone(page, there or {}), *_overtaken(page, read, changed)]
    unchecked = [] if there is not None else ["objects that pages name: no cluster and no replay was given"]
    unchecked += [] if changed is not None else ["whether code changed since the review"]
    undated = sum(page.is_runbook and reviewed(page) is None for page in read.pages)
    unchecked += [f"{undated} pages without a date of review; `lint` names them"] if undated else []
    return Report(tuple(sorted(found)), (*read.notes, *unchecked), {"pages": len(read.pages)})


def mentions(page: Page) -> list[Mention]:
    """The objects that a page's commands name without a placeholder."""
    told, _ = commands(page.lines)
    found = [m for command in told if command.argv[0] == "kubectl" for m in _of(command.line, command.argv)]
    return list(dict.fromkeys(found))


def _of(line: int, argv: tuple[str, ...]) -> Iterator[Mention]:
    words = argv[: argv.index("--")] if "--" in argv else argv
    namespace = _after(words, ("-n", "--namespace"))
    if namespace and _NAME.match(namespace):
        yield Mention(line, "namespaces", "", namespace)
    elif namespace:
        namespace = ""
    for n, word in enumerate(words):
        kind, slash, name = word.partition("/")
        if not slash and word in KINDS and n + 1 < len(words) and not words[n - 1].startswith("-"):
            name = words[n + 1]
        if kind in KINDS and _literal(name):
            yield Mention(line, KINDS[kind], "" if KINDS[kind] == "nodes" else namespace, name)


def _literal(name: str) -> bool:
    return bool(_NAME.match(name)) and PLACEHOLDER.lower() not in name


def _after(words: tuple[str, ...], flags: tuple[str, ...]) -> str:
    for n, word in enumerate(words):
        name, _, value = word.partition("=")
        if name in flags:
            return value or (words[n + 1] if n + 1 < len(words) else "")
    return ""


def _old(page: Page, today: date, days: int) -> Iterator[Finding]:
    at = reviewed(page)
    if page.is_runbook and at is not None and (today - at).days > days:
        message = f"last reviewed {at}, {(today - at).days} days ago"
        yield Finding(page.path, 1, "old-review", message, f"ask {page.owner}" if page.owner else "")


def _gone(page: Page, there: Mapping[str, Collection[tuple[str, str]]]) -> Iterator[Finding]:
    for mention in mentions(page):
        known = there.get(mention.kind)
        if known is None or any(_is(mention, space, name) for space, name in known):
            continue
        place = f" in {mention.namespace}" if mention.namespace else ""
        near = nearest(mention.name, {name for _, name in known})
        hint = f"did it become {near[0]}?" if near else ""
        message = f"the cluster has no {mention.kind.removesuffix('s')} {mention.name}{place}"
        yield Finding(page.path, mention.line, "gone", message, hint)


def _is(mention: Mention, namespace: str, name: str) -> bool:
    return name == mention.name and mention.namespace in ("", namespace)


def _overtaken(page: Page, read: Folders, changed: LastChange | None) -> Iterator[Finding]:
    at = reviewed(page)
    if changed is None or at is None:
        return
    for line, target in links(page.lines):
        full = os.path.normpath(page.folder / Path(page.path).parent / unquote(target).partition("#")[0])
        if full not in read.files or full.lower().endswith((".md", ".markdown", ".png", ".jpg", ".svg")):
            continue
        when = changed(Path(full))
        if when is not None and when > at:
            yield Finding(
                page.path, line, "code-changed", f"{target} was changed {when}, after the review of {at}"
            )
