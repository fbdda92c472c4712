"""What the logs of a workload say."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import errors, note, paragraphs, quoted_lines, unknown_names
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Use

SEARCH, POD, LIST = "log_search", "pod_logs", "kubernetes_list"


def calls(asked: Asked) -> Sequence[Use]:
    """A named pod's own log, otherwise the log store about the workload or namespace."""
    pods = [item for item in asked.names.objects if item.kind == "Pod"]
    if pods:
        return [Use.of(POD, namespace=item.namespace, pod=item.name, tail=50) for item in pods[:3]]
    named = next((item.name for item in asked.names.objects), "")
    level = "error" if any(word.startswith("error") for word in asked.text.lower().split()) else ""
    return [Use.of(SEARCH, namespace=asked.names.namespace, workload=named, level=level, limit=50)]


def compose(asked: Asked) -> Sequence[str]:
    """The newest lines as they stand."""
    reads = [*asked.read(POD), *asked.read(SEARCH)]
    lines = [line for read in reads for line in quoted_lines(read, newest=True)]
    nothing = [] if lines else [note("I do not know: no log line was found.")]
    return paragraphs(unknown_names(asked), lines, nothing, errors(asked, POD, SEARCH))


INTENT = Intent(
    name="logs",
    offers="what the logs of a workload say",
    examples=(
        "show me the logs of someobject",
        "logs of pod someobject",
        "what do the logs of someobject say",
        "tail the log of someobject",
        "what errors are in the logs of someobject",
        "show the last log lines of someobject",
        "are there errors in the log",
        "search the logs for timeout",
        "what did someobject log before it crashed",
        "print the output of container someobject",
        "any exceptions or stack traces logged by someobject",
    ),
    wordings=(
        "dump the last log lines of someobject",
        "what is someobject printing",
        "pull the logs for someobject",
        "what do we see in the logs",
    ),
    calls=calls,
    compose=compose,
)
