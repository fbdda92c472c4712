"""What the cluster or a namespace looks like at a glance."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import errors, note, paragraphs, quoted_lines, unknown_names
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Use

SUMMARY = "kubernetes_summary"


def calls(asked: Asked) -> Sequence[Use]:
    """One summary."""
    return [Use.of(SUMMARY, namespace=asked.names.namespace)]


def compose(asked: Asked) -> Sequence[str]:
    """The summary as it stands."""
    lines = [line for read in asked.read(SUMMARY) for line in quoted_lines(read, most=30)]
    nothing = [] if lines or asked.failed(SUMMARY) else [note("I do not know: nothing was read.")]
    return paragraphs(unknown_names(asked), lines, nothing, errors(asked, SUMMARY))


INTENT = Intent(
    name="overview",
    offers="what a namespace or the cluster holds at a glance",
    examples=(
        "give me an overview of the cluster",
        "summarise namespace someobject",
        "summary of someobject",
        "overview of namespace someobject",
        "what does this cluster look like",
        "what is in the cluster",
        "give me a quick picture of someobject",
    ),
    calls=calls,
    compose=compose,
)
