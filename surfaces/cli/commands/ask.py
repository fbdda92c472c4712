"""`interlock ask`: a question, an answer with its evidence."""

from __future__ import annotations

import click

from interlock.core.errors import BadInput
from interlock.surfaces.cli.options import Source, cluster_option, json_option, source_options


@click.command(
    epilog="\b\nExamples:\n"
    "  interlock ask 'why is deployment checkout-api not ready in shop?'\n"
    "  interlock ask --replay demo 'what changed in the last hour?'\n"
    "  interlock ask --continue 'and which code sets that?'"
)
@click.argument("question", nargs=-1, required=True)
@click.option("--continue", "continued", is_flag=True, help="Go on with your last conversation.")
@cluster_option
@source_options
@json_option
def ask(
    question: tuple[str, ...],
    continued: bool,
    cluster: str,
    source: Source,
    as_json: bool,
) -> None:
    """Ask why something is broken or what there is. Every statement of the answer names its evidence."""
    text = " ".join(question).strip()
    if not text:
        raise BadInput("the question is empty", hint="interlock ask 'what is wrong in namespace shop?'")
    from interlock.agent.question import Question
    from interlock.surfaces.cli.view import show

    with source.opened() as runtime:
        asked = Question(text, runtime.parts.principal, cluster=cluster)
        show(runtime.ask(asked, continued=continued), as_json=as_json)
