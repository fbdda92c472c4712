"""Which monitors are alerting."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import errors, note, paragraphs, table_lines
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Use

MONITORS = "monitors_list"


def calls(asked: Asked) -> Sequence[Use]:
    """All of them."""
    return [Use.of(MONITORS)]


def compose(asked: Asked) -> Sequence[str]:
    """The monitors as they stand."""
    lines = [line for read in asked.read(MONITORS) for line in table_lines(read)]
    nothing = [] if lines or asked.failed(MONITORS) else [note("I do not know: no monitor can be seen.")]
    return paragraphs(lines, nothing, errors(asked, MONITORS))


INTENT = Intent(
    name="monitors",
    offers="which monitors alert",
    examples=(
        "which monitors are alerting",
        "which alerts are firing",
        "show the monitors",
        "are any monitors in alert state",
        "list active alerts",
        "what is the state of the latency monitor",
        "do the monitors say anything about someobject",
    ),
    calls=calls,
    compose=compose,
    names=False,
)
