"""The life of a change, state by state: every event in every state leads where the table of the design says, or nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.approvals.states import EVENTS, OPEN, STATES, TRANSITIONS, Event, State, WrongState, after

# Written down once more, from the design: from where an event leads where.
WAYS: dict[str, dict[str, str]] = {
    "propose": {"REQUESTED": "PROPOSED"},
    "refuse": {"REQUESTED": "DENIED"},
    "vote": {"PROPOSED": "PROPOSED"},
    "approve": {"PROPOSED": "APPROVED"},
    "deny": {"PROPOSED": "DENIED", "APPROVED": "DENIED"},
    "expire": {"REQUESTED": "EXPIRED", "PROPOSED": "EXPIRED", "APPROVED": "EXPIRED"},
    "revoke": {"REQUESTED": "REVOKED", "PROPOSED": "REVOKED", "APPROVED": "REVOKED"},
    "stale": {"APPROVED": "STALE", "CLAIMED": "STALE"},
    "claim": {"APPROVED": "CLAIMED"},
    "succeed": {"CLAIMED": "SUCCEEDED", "OUTCOME_UNKNOWN": "SUCCEEDED"},
    "fail": {"CLAIMED": "FAILED", "OUTCOME_UNKNOWN": "FAILED"},
    "lose": {"CLAIMED": "OUTCOME_UNKNOWN"},
    "resume": {"OUTCOME_UNKNOWN": "CLAIMED"},
}
ENDS = {"SUCCEEDED", "FAILED", "DENIED", "EXPIRED", "REVOKED", "STALE"}
WAITING = {"REQUESTED", "PROPOSED", "APPROVED"}
SAID = {
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


def test_there_are_the_states_and_events_of_the_design_and_no_more() -> None:
    assert set(STATES) == ENDS | WAITING | {"CLAIMED", "OUTCOME_UNKNOWN"}
    assert len(STATES) == 11
    assert set(EVENTS) == WAYS.keys()
    assert len(EVENTS) == 13


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_an_event_leads_where_the_design_says_or_is_refused_in_words(state: State, event: Event) -> None:
    to = WAYS[event].get(state)
    if to:
        assert after(state, event) == to
        return
    with pytest.raises(WrongState, match=f"^the change is {state}: it cannot {SAID[event]} now$") as refused:
        after(state, event)
    assert refused.value.state == state


def test_what_can_still_come_to_an_execution_is_open() -> None:
    assert OPEN == WAITING


@pytest.mark.parametrize("state", sorted(ENDS))
def test_nothing_leads_out_of_an_end(state: str) -> None:
    assert not [event for before, event in TRANSITIONS if before == state]


@settings(deadline=None)
@given(st.lists(st.sampled_from(EVENTS), max_size=40))
def test_whatever_happens_a_change_is_claimed_once_and_only_after_people_approved(
    events: list[Event],
) -> None:
    state: State = "REQUESTED"
    lived: list[Event] = []
    for event in events:
        try:
            state = after(state, event)
        except WrongState:
            continue
        lived.append(event)
    assert lived.count("claim") <= 1
    assert lived.count("approve") <= 1
    if "claim" in lived:
        assert lived.index("propose") < lived.index("approve") < lived.index("claim")
    if state in ENDS:
        assert lived[-1] in {"refuse", "deny", "expire", "revoke", "stale", "succeed", "fail"}
