"""`interlock runbooks`: what is wrong with the pages, what is out of date, what was asked and no page answered."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.core.errors import InterlockError
from interlock.surfaces.cli.options import Source, config_option, json_option, opened, source_options

if TYPE_CHECKING:
    from interlock.agent.runtime import Runtime
    from interlock.tools.knowledge.care.gaps import Gap
    from interlock.tools.knowledge.care.model import Folders, Report, Rule

FOUND = 1
MOST_ASKED = 2000
_ALERT_DATA = "\n\nAlert (data from outside"


@click.group()
def runbooks() -> None:
    """Look after the runbooks. Exit code 0: nothing found, 1: something to mend."""


@runbooks.command(
    epilog="\b\nExamples:\n"
    "  interlock runbooks lint --knowledge ./runbooks\n"
    "  interlock runbooks lint --knowledge ./runbooks --knowledge ./alert-rules --json\n"
    "  interlock runbooks lint --replay demo"
)
@source_options
@json_option
def lint(
    source: Source,
    as_json: bool,
) -> int:
    """Find alerts without a page, pages without owner or review, dead links, commands that no longer exist.

    Commands in fenced code are held against the help of the installed kubectl, terraform, helm and git; none is run.
    Without a folder of your own the shipped runbooks are looked at.
    """
    from interlock.approvals.catalogue import all_actions
    from interlock.core.settings.load import cache_dir
    from interlock.tools.knowledge.care.commands import PROGRAMS
    from interlock.tools.knowledge.care.lint import lint as check
    from interlock.tools.knowledge.care.programs import manuals

    with source.opened() as runtime:
        read = _read(runtime)
        monitors, said = _monitors(runtime)
    click.echo(f"- {len(read.pages)} pages; asking programs for their help", err=True)
    with manuals(PROGRAMS, cache_dir(os.environ)) as known:
        report = check(read, known, actions=frozenset(all_actions()), monitors=monitors)
    return _finish(report, said, as_json=as_json)


@runbooks.command(
    epilog="\b\nExamples:\n"
    "  interlock runbooks stale --knowledge ./runbooks --days 90\n"
    "  interlock runbooks stale --knowledge ./runbooks --replay demo --json"
)
@click.option(
    "--days", default=180, show_default=True, type=click.IntRange(1), help="How long a review holds."
)
@source_options
@json_option
def stale(
    days: int,
    source: Source,
    as_json: bool,
) -> int:
    """Find pages whose review is old, that name objects which are gone, or files that changed since.

    Objects are looked up only with --replay or --cluster-url; changes of files only where the page lies in a Git clone.
    """
    from interlock.tools.knowledge.care.programs import last_change
    from interlock.tools.knowledge.care.stale import stale as check

    with source.opened() as runtime:
        read = _read(runtime)
        there, said = _there(runtime) if source.replay or source.cluster_url else (None, [])
        today = runtime.parts.clock.now().date()
    return _finish(check(read, today, days=days, there=there, changed=last_change), said, as_json=as_json)


@runbooks.command(
    epilog="\b\nExamples:\n  interlock runbooks gaps\n  interlock runbooks gaps --json | jq '.gaps[0]'"
)
@config_option
@json_option
def gaps(config: Path | None, as_json: bool) -> int:
    """Show what you asked and no page answered well, alike questions together, the most asked first."""
    from interlock.core.store.asked import AskedBefore, asked_by
    from interlock.tools.knowledge.care.gaps import gaps as group

    with opened(config=config) as runtime:
        asked = asked_by(runtime.parts.store, runtime.parts.principal, most=MOST_ASKED)
    found = group(AskedBefore(a.question.partition(_ALERT_DATA)[0], a.limits) for a in asked)
    if as_json:
        rows = [{"count": gap.count, "questions": list(dict.fromkeys(gap.questions))} for gap in found]
        click.echo(json.dumps({"gaps": rows, "asked": len(asked)}))
    else:
        _show_gaps(found, len(asked))
    return FOUND if found else 0


def _read(runtime: Runtime) -> Folders:
    """The folders that were named or configured; the shipped runbooks when there are none."""
    from interlock.tools.knowledge.care.pages import read_folders
    from interlock.tools.knowledge.library import shipped_folder

    parts = runtime.parts
    library = parts.knowledge.seen_by(parts.policy, parts.principal)
    for said in library.unread():
        click.echo(f"not checked: {said}", err=True)
    pages = [folder for folder in library.folders if folder.kind != "iac"]
    return read_folders([*library.folders, *([] if pages else [shipped_folder()])], parts.redactor.clean_text)


def _monitors(runtime: Runtime) -> tuple[list[Rule], list[str]]:
    """The monitors of the monitoring system there is, as alerts that need a page."""
    from interlock.core.clusters.objects import Node
    from interlock.tools.knowledge.care.model import Rule

    try:
        data = runtime.call_tool("monitors_list", {}).data
    except InterlockError as error:
        return [], [f"monitors: {error.message}"]
    rows = Node(data if isinstance(data, dict) else {}).nodes("rows")
    return [Rule(row.text("name"), "monitors") for row in rows], []


def _there(runtime: Runtime) -> tuple[dict[str, set[tuple[str, str]]], list[str]]:
    """What the cluster has of the kinds that pages name; a kind that cannot be listed is not checked."""
    from interlock.core.clusters.objects import Node
    from interlock.tools.knowledge.care.stale import KINDS

    found: dict[str, set[tuple[str, str]]] = {}
    said: list[str] = []
    for kind in sorted({*KINDS.values(), "namespaces"}):
        try:
            data = runtime.call_tool("kubernetes_list", {"kind": kind, "limit": 1000}).data
        except InterlockError as error:
            said.append(f"{kind}: {error.message}")
            continue
        rows = Node(data if isinstance(data, dict) else {}).nodes("rows")
        found[kind] = {(row.text("namespace"), row.text("name")) for row in rows}
    return found, said


def _finish(report: Report, said: Sequence[str], *, as_json: bool) -> int:
    unchecked = [*said, *report.unchecked]
    if as_json:
        rows = [
            {"check": f.check, "page": f.page, "line": f.line, "message": f.message, "hint": f.hint}
            for f in report.findings
        ]
        click.echo(json.dumps({"findings": rows, "not_checked": unchecked, "looked_at": report.looked_at}))
    else:
        for finding in report.findings:
            place = f"{finding.page}:{finding.line}" if finding.line else finding.page
            hint = f" ({finding.hint})" if finding.hint else ""
            click.echo(f"{place}: {finding.check}: {finding.message}{hint}")
        for text in unchecked:
            click.echo(f"not checked: {text}")
        looked = ", ".join(f"{count} {what}" for what, count in report.looked_at.items())
        click.echo(f"{len(report.findings) or 'no'} findings in {looked}")
    return FOUND if report.findings else 0


def _show_gaps(found: Sequence[Gap], asked: int) -> None:
    for gap in found:
        click.echo(f"{gap.count:4}  {gap.questions[-1]}")
        for other in list(dict.fromkeys(q for q in gap.questions if q != gap.questions[-1]))[:3]:
            click.echo(f"      like: {other}")
    if not asked:
        click.echo("nothing was asked yet; gaps are read from what `interlock ask` keeps")
    elif not found:
        click.echo(f"none of {asked} questions was left without a good page")
