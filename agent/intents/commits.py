"""Which commit last changed a file of code, when, and by whom."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import errors, note, paragraphs, quoted_lines
from interlock.agent.intent import Intent
from interlock.agent.reading.code import code_question
from interlock.agent.turn import Asked, Use

HISTORY = "iac_history"
MOST = 6


def calls(asked: Asked) -> Sequence[Use]:
    """The history of the path that is named."""
    found = code_question(asked.text)
    return [Use.of(HISTORY, path=found.name, limit=1)] if found and found.wanted == "history" else []


def compose(asked: Asked) -> Sequence[str]:
    """The newest commit, as it was read."""
    lines = [line for read in asked.read(HISTORY) for line in quoted_lines(read, most=MOST)]
    nothing = [] if lines else [note("I do not know: name a file of the code by its path.")]
    return paragraphs(lines, nothing, errors(asked, HISTORY))


INTENT = Intent(
    name="commits",
    offers="which commit last changed a file of code",
    examples=(
        "which commit last changed someobject",
        "who last changed the file someobject",
        "when was the file someobject last changed and by whom",
        "show the git history of someobject",
        "which commits touched someobject",
    ),
    calls=calls,
    compose=compose,
    names=False,
)
