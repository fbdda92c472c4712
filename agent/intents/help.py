"""What the assistant is and can do."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.agent.compose import note
from interlock.agent.intent import Intent, all_intents
from interlock.agent.turn import Asked, Use


def calls(asked: Asked) -> Sequence[Use]:
    """None."""
    return []


def offers() -> str:
    """What can be asked, in one sentence."""
    return (
        "I can answer: "
        + "; ".join(i.offers for i in all_intents().values() if i.name not in ("help", "act"))
        + "."
    )


def compose(asked: Asked) -> Sequence[str]:
    """What can be asked."""
    return [note(offers())]


INTENT = Intent(
    name="help",
    offers="what I can do",
    examples=(
        "what can you do",
        "help",
        "what can i ask you",
        "how do i use this",
        "which questions can you answer",
        "who are you",
    ),
    calls=calls,
    compose=compose,
    names=False,
)
