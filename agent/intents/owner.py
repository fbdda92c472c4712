"""Which code owns a live object."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import errors, note, paragraphs
from interlock.agent.intent import Intent
from interlock.agent.intents.code import statements
from interlock.agent.names import lookups, meant
from interlock.agent.reading.code import code_question
from interlock.agent.turn import Asked, Use

OWNER = "iac_owner"
KINDS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "ConfigMap", "Service", "Pod")


def calls(asked: Asked) -> Sequence[Use]:
    """The object the question names by kind and name, else those it was found to mean."""
    found = code_question(asked.text)
    if found is not None and found.wanted == "owner":
        return [Use.of(OWNER, kind=found.kind.lower(), name=found.name, namespace=found.namespace)]
    open_lists = lookups(asked)
    if open_lists:
        return open_lists
    named = [item for item in meant(asked).objects if item.kind in KINDS]
    return [
        Use.of(OWNER, kind=item.kind.lower(), name=item.name, namespace=item.namespace) for item in named[:2]
    ]


def compose(asked: Asked) -> Sequence[str]:
    """The code and why; when several could be it, all of them."""
    wanted = ("owner", "unsure", "candidate", "none")
    lines = [line for read in asked.read(OWNER) for line in statements(read, *wanted)]
    nothing = [] if lines else [note("I do not know: name the object by its kind and name.")]
    limits = [note(limit) for read in asked.read(OWNER) if read.evidence for limit in read.evidence.limits]
    return paragraphs(lines, nothing, limits, errors(asked, OWNER))


INTENT = Intent(
    name="owner",
    offers="which code owns an object",
    examples=(
        "which code owns deployment someobject",
        "which code owns someobject in namespace someobject",
        "which repository manages someobject",
        "who owns someobject in the code",
        "where does the deployment someobject come from in git",
        "which chart deployed someobject",
        "which file is the source of someobject",
        "what manages someobject",
    ),
    calls=calls,
    compose=compose,
    names=False,
)
