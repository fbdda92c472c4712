"""What the cluster's events say."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import errors, note, paragraphs, quoted_lines, unknown_names
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Use

EVENTS = "kubernetes_events"


def calls(asked: Asked) -> Sequence[Use]:
    """The events of the object, the namespace, or of all."""
    target = asked.names.objects[0] if asked.names.objects else None
    return [
        Use.of(
            EVENTS,
            namespace=asked.names.namespace,
            kind=target.kind if target else "",
            name=target.name if target else "",
            warnings_only="warning" in asked.text.lower() or None,
        )
    ]


def compose(asked: Asked) -> Sequence[str]:
    """The events as they stand."""
    lines = [line for read in asked.read(EVENTS) for line in quoted_lines(read)]
    nothing = [] if lines or asked.failed(EVENTS) else [note("No event was found.")]
    return paragraphs(unknown_names(asked), lines, nothing, errors(asked, EVENTS))


INTENT = Intent(
    name="events",
    offers="what the events of an object or namespace say",
    examples=(
        "show the events in someobject",
        "what events are there for someobject",
        "list warning events in namespace someobject",
        "recent events of pod someobject",
        "any warnings in the cluster",
        "what do the kubernetes events say",
        "show warnings for someobject",
    ),
    wordings=(
        "what are the latest events",
        "what has kubernetes reported about someobject lately",
        "which warnings were emitted recently",
    ),
    calls=calls,
    compose=compose,
)
