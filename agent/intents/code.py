"""Which infrastructure code sets something."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import code_lines, errors, note, paragraphs
from interlock.agent.intent import Intent
from interlock.agent.turn import Asked, Use

SEARCH = "iac_search"


def calls(asked: Asked) -> Sequence[Use]:
    """One search with the question's words and the names it means."""
    named = " ".join(item.name for item in asked.names.objects)
    return [Use.of(SEARCH, query=f"{asked.text} {named}".strip(), limit=3)]


def compose(asked: Asked) -> Sequence[str]:
    """The best block's place and lines."""
    lines = [line for read in asked.read(SEARCH) for line in code_lines(read)]
    nothing = [] if lines else [note("I do not know: no code matches.")]
    return paragraphs(lines, nothing, errors(asked, SEARCH))


INTENT = Intent(
    name="code",
    offers="which infrastructure code sets something",
    examples=(
        "which code sets the memory limit of someobject",
        "and which code sets that",
        "where is someobject defined",
        "where in the terraform code is someobject configured",
        "which file defines the replicas of someobject",
        "find the helm values for someobject",
        "which terraform module creates someobject",
        "show the manifest in the repository that declares someobject",
        "where does this setting come from",
        "what infrastructure code is behind someobject",
        "in which yaml file is the image tag set",
    ),
    calls=calls,
    compose=compose,
)
