"""`interlock request`: ask for a change. It is previewed and then waits for people; nothing is changed by asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from interlock.core.errors import BadInput, Unreachable
from interlock.surfaces.cli.options import Source, json_option, source_options

if TYPE_CHECKING:
    from interlock.agent.runtime import Runtime
    from interlock.core.identity import Principal


@click.command(
    epilog="\b\nExamples:\n"
    "  interlock request rollout-undo --arg cluster=prod --arg namespace=shop --arg kind=Deployment \\\n"
    "    --arg name=checkout --arg revision=41 --reason 'revision 42 crashes since 10:40'\n"
    "  interlock request scale --arg namespace=shop --arg kind=Deployment --arg name=web --arg replicas=6 --reason load\n"
    "\nWithout --arg cluster the default cluster is meant. Exit code 5: it waits for a decision."
)
@click.argument("action")
@click.option(
    "--arg", "pairs", multiple=True, metavar="KEY=VALUE", help="An argument of the action (repeatable)."
)
@click.option("--reason", required=True, help="Why, in your words; approvers read it as yours.")
@click.option(
    "--runbook", default="", metavar="PATH", help="The page that names this action, as a search shows it."
)
@click.option("--break-glass", is_flag=True, help="Past a freeze, where policy allows it; two people decide.")
@source_options
@json_option
def request(
    action: str,
    pairs: tuple[str, ...],
    reason: str,
    runbook: str,
    break_glass: bool,
    source: Source,
    as_json: bool,
) -> int:
    """Ask for a change of the catalogue (docs/actions.md). People decide it; asking changes nothing."""
    from interlock.surfaces.cli.changes import (
        code_of,
        desk_of,
        given,
        known_action,
        named_cluster,
        person_of,
        shown_of,
        strings_of,
        tell,
    )

    found = known_action(action)
    args = given(pairs, strings_of(found.args))
    with source.opened() as runtime:
        desk = desk_of(runtime)
        args = named_cluster(runtime, args)
        person = person_of(runtime)
        who = person.principal
        if runbook:
            reason = f"[named by {_page(runtime, who, runbook, action)}] {reason}"
        click.echo("- asking, and previewing what it would do", err=True)
        try:
            made = desk.request(
                who, action, args, reason=reason, also=(person.alias,), break_glass=break_glass
            )
        except BadInput as error:
            error.hint = error.hint or f"docs/actions.md lists the arguments of {action}"
            raise
        except Unreachable as error:
            error.hint = (
                "the request is kept and previewed by a service once that answers; see interlock proposals"
            )
            raise
        shown = shown_of(runtime, made.id)
    tell(shown, as_json=as_json)
    return code_of(shown)


def _page(runtime: Runtime, who: Principal, path: str, action: str) -> str:
    """The page that names the action, when it may be read and its word counts."""
    from interlock.tools.knowledge.named_actions import backed

    parts = runtime.parts
    return backed(parts.knowledge.seen_by(parts.policy, who), path, action)
