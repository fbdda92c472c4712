"""The life of a change: which event leads from which state to which. Pure; the ledger keeps it.

Guarantee: what is not in the table does not happen. From CLAIMED on nothing leads back to APPROVED: a digest is claimed once.
`resume` takes up what an executor left: a run of steps by its own journal, or an effect that was found, to be verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from interlock.core.errors import InterlockError

State = Literal[
    "REQUESTED",
    "PROPOSED",
    "APPROVED",
    "CLAIMED",
    "SUCCEEDED",
    "FAILED",
    "OUTCOME_UNKNOWN",
    "DENIED",
    "EXPIRED",
    "REVOKED",
    "STALE",
]
Event = Literal[
    "propose",
    "refuse",
    "vote",
    "approve",
    "deny",
    "expire",
    "revoke",
    "stale",
    "claim",
    "succeed",
    "fail",
    "lose",
    "resume",
]
STATES: tuple[State, ...] = get_args(State)
EVENTS: tuple[Event, ...] = get_args(Event)
OPEN: frozenset[State] = frozenset({"REQUESTED", "PROPOSED", "APPROVED"})
"""What can still come to an execution."""
TRANSITIONS: Mapping[tuple[State, Event], State] = {
    ("REQUESTED", "propose"): "PROPOSED",
    ("REQUESTED", "refuse"): "DENIED",
    ("REQUESTED", "expire"): "EXPIRED",
    ("REQUESTED", "revoke"): "REVOKED",
    ("PROPOSED", "vote"): "PROPOSED",
    ("PROPOSED", "approve"): "APPROVED",
    ("PROPOSED", "deny"): "DENIED",
    ("PROPOSED", "expire"): "EXPIRED",
    ("PROPOSED", "revoke"): "REVOKED",
    ("APPROVED", "claim"): "CLAIMED",
    ("APPROVED", "deny"): "DENIED",
    ("APPROVED", "expire"): "EXPIRED",
    ("APPROVED", "revoke"): "REVOKED",
    ("APPROVED", "stale"): "STALE",
    ("CLAIMED", "succeed"): "SUCCEEDED",
    ("CLAIMED", "fail"): "FAILED",
    ("CLAIMED", "stale"): "STALE",
    ("CLAIMED", "lose"): "OUTCOME_UNKNOWN",
    ("OUTCOME_UNKNOWN", "succeed"): "SUCCEEDED",
    ("OUTCOME_UNKNOWN", "fail"): "FAILED",
    ("OUTCOME_UNKNOWN", "resume"): "CLAIMED",
}


class WrongState(InterlockError):
    """A change is not in a state in which this can happen to it."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(
            f"the change is {state}: it cannot {_WORDS[event]} now",
            hint="its history says what became of it: interlock history ID",
        )
        self.state = state


_WORDS: Mapping[Event, str] = {
    "propose": "be proposed",
    "refuse": "be refused",
    "vote": "be decided",
    "approve": "be approved",
    "deny": "be denied",
    "expire": "expire",
    "revoke": "be revoked",
    "stale": "become stale",
    "claim": "be executed",
    "succeed": "succeed",
    "fail": "fail",
    "lose": "be lost",
    "resume": "be gone on with",
}


def after(state: State, event: Event) -> State:
    """The state that follows.

    Raises:
        WrongState: when the event cannot happen in it.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise WrongState(state, event) from None
