"""The decision table of a bundle: who may read, request, decide and send what, and by which rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.core.errors import Refused, Unreachable
from interlock.core.identity import Principal
from interlock.core.policy import Act, Ask, LocalReadPolicy, enforce
from interlock.core.policy.bundle import load
from interlock.core.policy.cedar import CedarPolicy

ANA, CY, DEE = (Principal(f"oidc:{name}", surface="slack") for name in ("ana", "cy", "dee"))
CHANGES: tuple[Act, ...] = ("request", "decide", "breakGlass")
STRANGER, BOT = Principal("oidc:zed"), Principal("svc:ide", kind="service")


@pytest.fixture
def policy(write: Callable[..., Path]) -> CedarPolicy:
    return CedarPolicy(load(write()))


@pytest.mark.parametrize(
    ("who", "ask", "allowed", "rule"),
    [
        (CY, Ask("pod_logs", "prod-eu", namespace="shop"), True, "people-read"),
        (CY, Ask("pod_logs", "prod-eu", namespace="card-vault"), False, "no-vault"),
        (ANA, Ask("pod_logs", "prod-eu", namespace="card-vault"), True, "people-read"),
        (CY, Ask("pod_logs", "dev", namespace="card-vault"), True, "people-read"),
        (DEE, Ask("pod_logs", "prod-us"), False, "no-contractors-in-prod"),
        (DEE, Ask("pod_logs", "dev"), True, "people-read"),
        (BOT, Ask("pod_logs", "dev"), False, "no-permit"),
        (STRANGER, Ask("pod_logs", "dev"), True, "people-read"),
        (Principal(""), Ask("pod_logs", "dev"), False, "no-identity"),
        (ANA, Ask("scale", "prod-eu", act="request", risk="low"), True, "sre-request"),
        (CY, Ask("scale", "prod-eu", act="request", risk="low"), False, "no-permit"),
        (ANA, Ask("scale", "prod-eu", act="decide", risk="medium"), True, "sre-decide"),
        (ANA, Ask("drain", "prod-eu", act="decide", risk="high"), False, "no-permit"),
        (ANA, Ask("drain", "prod-eu", act="breakGlass", risk="high"), False, "no-permit"),
        (
            CY,
            Ask("model", "anthropic", act="send", kind="Provider", cluster="dev"),
            True,
            "hosted-models-see-dev",
        ),
        (CY, Ask("model", "anthropic", act="send", kind="Provider", cluster="prod-eu"), False, "no-permit"),
        (
            CY,
            Ask("model", "ollama", act="send", kind="Provider", cluster="prod-eu"),
            True,
            "ask-local-models",
        ),
    ],
)
def test_the_table_holds(policy: CedarPolicy, who: Principal, ask: Ask, allowed: bool, rule: str) -> None:
    ruling = policy.rule(who, ask)
    assert (ruling.allowed, ruling.rule) == (allowed, rule)
    assert ruling.version == policy.bundle.digest


def test_a_tokens_groups_count_for_reading_and_never_for_deciding(policy: CedarPolicy) -> None:
    claims = Principal("oidc:mallory", groups=("sre",))
    assert policy.rule(claims, Ask("pod_logs", "prod-eu", namespace="card-vault")).allowed
    for act in CHANGES:
        assert not policy.rule(claims, Ask("scale", "dev", act=act, risk="low")).allowed


def test_a_directory_that_does_not_answer_lets_nobody_decide(write: Callable[..., Path]) -> None:
    class Down:
        def groups_of(self, principal: str) -> frozenset[str]:
            raise Unreachable("the directory does not answer")

    deciding = CedarPolicy(load(write()), Down())
    with pytest.raises(Refused, match="policy-error"):
        enforce(deciding, ANA, Ask("scale", "dev", act="decide", risk="low"))


def test_a_refusal_says_who_what_where_and_by_which_rule(policy: CedarPolicy) -> None:
    with pytest.raises(Refused) as refused:
        enforce(policy, CY, Ask("pod_logs", "prod-eu", namespace="card-vault"))
    assert refused.value.message == "oidc:cy may not use pod_logs on card-vault of prod-eu (rule: no-vault)"


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(max_size=30),
    tool=st.text(max_size=20),
    namespace=st.text(max_size=20),
    where=st.text(max_size=20),
)
def test_no_name_however_odd_gains_a_change(
    policy: CedarPolicy, name: str, tool: str, namespace: str, where: str
) -> None:
    for act in CHANGES:
        ask = Ask(tool, where, act=act, namespace=namespace, risk="low")
        assert not policy.rule(Principal(name), ask).allowed


@pytest.mark.parametrize("act", CHANGES)
def test_without_a_bundle_people_read_and_nobody_changes_anything(act: Act) -> None:
    default = LocalReadPolicy()
    assert default.rule(ANA, Ask("pod_logs", "any")).allowed
    assert not default.rule(BOT, Ask("pod_logs", "any")).allowed
    assert default.rule(ANA, Ask("scale", "any", act=act)).rule == "no-approvers-named"


def test_the_schema_and_the_bundle_are_files_of_the_package() -> None:
    import interlock.core.policy as room

    assert (Path(next(iter(room.__path__))) / "schema.cedarschema").is_file()
