"""What changed in a workload."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import changed, errors, note, paragraphs, quoted_lines, unknown_names
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Named, Use

HISTORY, LIST = "rollout_history", "kubernetes_list"
KINDS = ("Deployment", "StatefulSet", "DaemonSet")
MOST_WORKLOADS = 5


def calls(asked: Asked) -> Sequence[Use]:
    """The rollout history of the named workloads, or of those in the namespace."""
    found = _workloads(asked)[:MOST_WORKLOADS]
    return [
        Use.of(HISTORY, name=item.name, kind=item.kind.lower(), namespace=item.namespace) for item in found
    ]


def compose(asked: Asked) -> Sequence[str]:
    """What changed, the newest first; without a change, what the histories say."""
    histories = asked.read(HISTORY)
    lines = changed(histories) or [line for read in histories for line in quoted_lines(read)]
    nothing = (
        [] if lines else [note("I do not know: no rollout could be read. Name a workload or a namespace.")]
    )
    return paragraphs(unknown_names(asked), lines, nothing, errors(asked, HISTORY))


def _workloads(asked: Asked) -> list[Named]:
    named = [item for item in asked.names.objects if item.kind in KINDS]
    return named or _in_namespace(asked)


def _in_namespace(asked: Asked) -> list[Named]:
    space = asked.names.namespace
    found = []
    for kind in KINDS:
        for read in asked.read(LIST):
            if read.use.args.get("kind") == f"{kind.lower()}s":
                found += [Named(kind, row.text("namespace"), row.text("name")) for row in read.rows]
    return [item for item in found if space in ("", item.namespace)]


INTENT = Intent(
    name="changes",
    offers="what changed in a workload's rollouts",
    examples=(
        "what changed in someobject",
        "what changed",
        "and what changed",
        "what changed in the last hour",
        "what changed recently in namespace someobject",
        "show the rollout history of someobject",
        "which revision of someobject is deployed",
        "when was someobject deployed last",
        "who changed someobject",
        "was there a deployment of someobject",
        "was something rolled out recently",
        "what is the difference between the last revisions of someobject",
        "recent deploys",
        "list the last releases of someobject",
        "did anything change",
    ),
    wordings=(
        "any edits in prod lately",
        "any config edits lately",
        "was anything modified in prod recently",
        "recent modifications of someobject",
        "what did people change in prod recently",
        "what was altered between the revisions of someobject",
        "what did the last deploy of someobject change",
        "diff of the latest release of someobject",
        "what was different in the last rollout of someobject",
    ),
    calls=calls,
    compose=compose,
)
