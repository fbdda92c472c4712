"""What an object's own fields say: image, limits, replicas, labels, node, ports."""

from __future__ import annotations

import re
from collections.abc import Sequence

from interlock.agent.compose import cited, errors, note, paragraphs, unknown_names
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Read, Use

GET = "kubernetes_get"
MOST = 12
_WORD = re.compile(r"[a-z]{3,}")


def calls(asked: Asked) -> Sequence[Use]:
    """The named objects."""
    return [
        Use.of(GET, kind=item.kind.lower(), name=item.name, namespace=item.namespace)
        for item in asked.names.objects[:3]
    ]


def compose(asked: Asked) -> Sequence[str]:
    """The fields whose path shares a word with the question, as they stand."""
    lines = [line for read in asked.read(GET) for line in _fields(read, asked.text)]
    nothing = [] if lines else [note("I do not know: name an object and one of its fields.")]
    return paragraphs(unknown_names(asked), lines, nothing, errors(asked, GET))


def _fields(read: Read, text: str) -> list[str]:
    subject = read.evidence.subject if read.evidence else ""
    wanted = {word.rstrip("s") for word in _WORD.findall(text.lower())}
    fields = [line for line in read.lines[1:] if not line.startswith("metadata.managedFields")]
    scored = [(len(wanted & _words(line.partition(": ")[0])), line) for line in fields]
    best = max((score for score, _ in scored), default=0)
    kept = [line for score, line in scored if score == best and best]
    return [f"- {cited(f'{subject}: {line}', read.display)}" for line in kept[:MOST]]


def _words(path: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", path).lower()
    return {word.rstrip("s") for word in _WORD.findall(spaced)}


INTENT = Intent(
    name="detail",
    offers="what an object's fields say (image, limits, replicas, labels, ...)",
    examples=(
        "which image does someobject run",
        "what image version is someobject using",
        "what are the memory limits of someobject",
        "what is the cpu request of someobject",
        "how many replicas does deployment someobject want",
        "what labels does someobject have",
        "show me the spec of someobject",
        "describe deployment someobject",
        "which environment variables does someobject have",
        "which port does service someobject listen on",
        "what is the selector of service someobject",
        "what probes does someobject have",
        "which service account does someobject use",
        "what is the status of pod someobject",
    ),
    calls=calls,
    compose=compose,
)
