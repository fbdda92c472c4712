"""Changes, cases and instants, drawn at random from few names so that rules often meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from interlock.core.policy.change_rules import Case, Changes
from interlock.core.policy.changes import Need

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata")
ENVIRONMENTS, ACTIONS, RISKS = ("prod", "dev"), ("scale", "drain"), ("low", "medium", "high")
NAMESPACES, GROUPS, CHANNELS = ("shop", "vault"), ("dba", "sre"), ("cli", "web", "slack")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

Json = dict[str, Any]


def some(names: tuple[str, ...], *, least: int = 0) -> st.SearchStrategy[list[str]]:
    """Some of the names, in any order, each once."""
    return st.lists(st.sampled_from(names), unique=True, min_size=least)


ages = st.sampled_from(("5m", "30m", "1h", "8h"))
selections = st.fixed_dictionaries(
    {
        "actions": some(ACTIONS),
        "risks": some(RISKS),
        "environments": some(ENVIRONMENTS),
        "namespaces": some(NAMESPACES),
    }
)
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from((0, 1, 30, 59)))
weekly = st.fixed_dictionaries(
    {
        "days": some(DAYS, least=1),
        "start": times,
        "end": times | st.just("24:00"),
        "zone": st.sampled_from(ZONES),
    }
).filter(lambda span: span["start"] != span["end"])
local_days = st.dates(datetime(2026, 1, 1).date(), datetime(2027, 12, 31).date())  # noqa: DTZ001


@st.composite
def dated(draw: st.DrawFn) -> Json:
    """A span of whole local days."""
    first = draw(local_days)
    last = first + timedelta(days=draw(st.integers(0, 9)))
    return {"since": first.isoformat(), "until": last.isoformat(), "zone": draw(st.sampled_from(ZONES))}


def floors(least: int, channels: tuple[str, ...]) -> st.SearchStrategy[Json]:
    """What holds for every change of a risk."""
    return st.fixed_dictionaries(
        {},
        optional={
            "quorum": st.integers(least, 3),
            "groups": some(GROUPS),
            "channels": some(channels, least=1),
            "login_within": ages,
            "max_age": ages,
        },
    )


rules = st.builds(
    lambda where, what: {**where, **what},
    selections,
    floors(1, CHANNELS).filter(lambda what: any(what.values())),
)
freezes = st.builds(
    lambda where, passes, spans, ranges: {**where, "break_glass": passes, "weekly": spans, "dated": ranges},
    selections,
    st.booleans(),
    st.lists(weekly, max_size=2),
    st.lists(dated(), max_size=2),
).filter(lambda freeze: bool(freeze["weekly"] or freeze["dated"]))
caps = st.builds(
    lambda where, what: {**where, **what},
    selections,
    st.fixed_dictionaries({"executions_per_hour": st.integers(0, 3)}, optional={"pods": st.integers(0, 5)})
    | st.fixed_dictionaries({"pods": st.integers(0, 5)}),
)


def named(parts: st.SearchStrategy[Json]) -> st.SearchStrategy[list[Json]]:
    """A few of these, numbered."""
    return st.lists(parts, max_size=3).map(
        lambda all_: [{"name": f"n{i}", **each} for i, each in enumerate(all_)]
    )


settings_of_changes = st.fixed_dictionaries(
    {},
    optional={
        "defaults": st.fixed_dictionaries(
            {},
            optional={
                "low": floors(1, CHANNELS),
                "medium": floors(1, ("cli", "web")),
                "high": floors(1, ("cli", "web")),
                "executions_per_hour": st.integers(0, 3),
                "pods": st.integers(0, 5),
            },
        ),
        "rules": named(rules),
        "freezes": named(freezes),
        "caps": named(caps),
        "break_glass": floors(2, ("cli", "web")),
        "gitops_owned": some(ENVIRONMENTS),
        "request_max_age": ages,
    },
)
changes = settings_of_changes.map(Changes.model_validate)
cases = st.builds(
    Case,
    action=st.sampled_from(ACTIONS),
    risk=st.sampled_from(RISKS),
    cluster=st.just("c"),
    environments=some(ENVIRONMENTS).map(frozenset),
    namespace=st.sampled_from(("", *NAMESPACES)),
    pods=st.integers(0, 6),
    automated=st.booleans(),
    break_glass=st.booleans(),
)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


def as_strict(now: Need, before: Need) -> bool:
    """Whether whoever meets `now` would have met `before` too."""
    return (
        now.quorum >= before.quorum
        and {*now.groups} >= {*before.groups}
        and now.channels <= before.channels
        and now.login_within <= before.login_within
        and now.max_age <= before.max_age
    )
