"""What somebody wants to know: their words, who they are, the conversation it belongs to, the alert behind it."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.agent.alert import Alert
from interlock.core.errors import BadInput
from interlock.core.identity import Principal

MOST_CHARACTERS = 20_000


@dataclass(frozen=True)
class Question:
    """`conversation` is empty for a new one. With an alert the words may be left out.

    `cluster` is the one to ask; empty: the one that the words or the alert name, else the default. `fed_by` is everybody
    else whose words are in the conversation, or another id of who asks: none of them may approve what is asked for in it.
    """

    text: str
    principal: Principal
    conversation: str = ""
    alert: Alert | None = None
    cluster: str = ""
    fed_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.strip() and self.alert is None:
            raise BadInput("the question is empty", hint='try: interlock ask "what is wrong in NAMESPACE?"')
        if len(self.text) > MOST_CHARACTERS:
            raise BadInput(f"the question is longer than {MOST_CHARACTERS} characters")
