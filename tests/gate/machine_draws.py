"""What the machine draws from: rules, people, what breaks in upon an operation, and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from gate.machine_model import Rulebook
from gate.machine_watch import Twist
from hypothesis import strategies as st

NOON = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
FREEZES = tuple((NOON + timedelta(hours=3 * n), NOON + timedelta(hours=3 * n + 1)) for n in range(16))
"""An hour in three, for two days."""
BOOKS = (
    Rulebook("plain"),
    Rulebook("two", {"rules": [{"name": "two", "risks": ["medium"], "quorum": 2}]}, quorum=2),
    Rulebook("owners", {"rules": [{"name": "owners", "groups": ["owners"]}]}, owners=True),
    *(
        Rulebook(
            "freeze",
            {
                "freezes": [
                    {
                        "name": "noon",
                        "break_glass": True,
                        "dated": [
                            {"since": f"{since:%F %T}", "until": f"{until:%F %T}", "zone": "UTC"}
                            for since, until in FREEZES
                        ],
                    }
                ]
            },
            frozen=FREEZES,
        ),
    )
    * 2,
    Rulebook("cap", {"caps": [{"name": "one", "executions_per_hour": 1}]}, hourly=1),
    Rulebook("quick", {"rules": [{"name": "quick", "max_age": "10m"}]}, minutes=10),
    Rulebook(
        "ban",
        rules='@id("not-ben") forbid (principal == Interlock::Person::"oidc:ben",'
        ' action == Interlock::Action::"decide", resource);\n',
        banned="oidc:ben",
    ),
)
NAMES = ("ana", "ben", "cho", "dan", "eve", "zed")
ALIASES = {"ana": ("oidc:ana", "slack:T1/ANA", "local:ana"), "ben": ("oidc:ben", "slack:T1/BEN", "local:ben")}
TWISTS = (
    *("die",) * 6,
    *("halt", "deny", "revoke", "run", "recover", "jump", "lapse", "edit", "edit", "edit", "churn"),
    *("edit", "edit", "lapse", "recover", "roles", "policy", "people"),
)
LATE = (
    *("edit",) * 8,
    "die",
    "die",
    "lapse",
    "halt",
    "run",
    "recover",
    "roles",
    "policy",
    "churn",
    "revoke",
    "revoke",
)
UPHEAVALS = (
    *("halt", "policy", "roles", "people", "people", "down", "silent", "dry", "slow"),
    *("blocked", "rights", "owned", "stop", "stop"),
)
twists = (
    st.none()
    | st.builds(Twist, st.integers(1, 26), st.sampled_from(TWISTS), st.integers(0, 30))
    | st.builds(
        Twist,
        st.integers(1, 20) | st.integers(20, 45),
        st.sampled_from(LATE),
        st.integers(0, 30),
        st.just(True),
    )
)
overtakers = st.builds(
    Twist,
    st.integers(1, 9),
    st.sampled_from(("run", "run", "roles", "policy", "people", "edit")),
    st.integers(0, 30),
)
votes = st.none() | st.builds(
    Twist,
    st.integers(1, 3),
    st.sampled_from((*("die", "run", "jump") * 2, "deny", "revoke", "halt")),
    st.integers(0, 30),
)
proposing = st.none() | st.builds(
    Twist,
    st.integers(1, 8),
    st.sampled_from((*("die", "churn") * 4, "halt", "revoke", "policy", "edit")),
    st.integers(0, 9),
)
which = st.integers(0, 5)
who = st.sampled_from(NAMES)
pod = st.integers(0, 1)

Step = TypeVar("Step", bound=Callable[..., None])


def event(*states: str, weight: int, **drawn: st.SearchStrategy[Any]) -> Callable[[Step], Step]:
    """Something that can happen while a change is in one of these states; always, when none is named."""

    def marked(step: Step) -> Step:
        step.offered = states, weight, drawn  # type: ignore[attr-defined]
        return step

    return marked
