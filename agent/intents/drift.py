"""What differs between the code and the cluster."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import errors, note, paragraphs, quoted_lines, unknown_names
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Use

DRIFT = "iac_drift"
MOST_OBJECTS = 3


def calls(asked: Asked) -> Sequence[Use]:
    """One comparison: of the named objects, of the namespace, or of all the code."""
    named = asked.names.objects[:MOST_OBJECTS]
    if named:
        return [
            Use.of(DRIFT, kind=item.kind.lower(), name=item.name, namespace=item.namespace) for item in named
        ]
    return [Use.of(DRIFT, namespace=asked.names.namespace)]


def compose(asked: Asked) -> Sequence[str]:
    """The differences as they stand."""
    lines = [line for read in asked.read(DRIFT) for line in quoted_lines(read, most=30)]
    nothing = [] if lines or asked.failed(DRIFT) else [note("I do not know: nothing was compared.")]
    return paragraphs(unknown_names(asked), lines, nothing, errors(asked, DRIFT))


INTENT = Intent(
    name="drift",
    offers="what differs between the code and the cluster",
    examples=(
        "what differs between the code and the cluster",
        "is there any drift in someobject",
        "has someobject drifted from the code",
        "compare the manifests with the cluster",
    ),
    calls=calls,
    compose=compose,
    wordings=(
        "does the cluster match the manifests",
        "does someobject match what is in git",
        "what was changed by hand in someobject",
        "which objects differ from their manifests",
        "is someobject as declared in the code",
        "show configuration drift of namespace someobject",
        "what is in the cluster that is not in the code",
        "did anybody edit someobject manually",
    ),
)
