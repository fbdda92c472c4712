"""With a SCIM directory configured it alone says who decides; its answers come over HTTP from a provider on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fakes.identity_provider import Provider, running_provider

from interlock.agent.runtime import Runtime
from interlock.core.identity import Principal
from interlock.core.policy import Ask, Ruling, ruled

Open = Callable[..., Runtime]
POLICIES = """
@id("read") permit(principal is Interlock::Person, action == Interlock::Action::"read", resource);
@id("sre-decide") permit(principal in Interlock::Group::"sre", action == Interlock::Action::"decide", resource);
"""
DECIDE = Ask("rollout-undo", "prod", act="decide", risk="high")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as server:
        server.users = [{"id": f"u{n}", "userName": name, "active": name != "gone"}
                        for n, name in enumerate(("ana", "bo", "cy", "dee", "gone"))]  # fmt: skip
        server.groups = [
            {"displayName": "sre", "members": [{"value": "u0"}, {"value": "u4"}]},
            {"displayName": "dev", "members": [{"value": "u1"}]},
        ]
        yield server


@pytest.fixture
def rules(opened: Open, provider: Provider) -> Callable[..., Ruling]:
    """Opens the product on the directory and asks for a ruling; the bundle's own file names other people."""

    def call(who: str, *, groups: tuple[str, ...] = (), **more: Any) -> Ruling:
        directory = {"scim_url": f"{provider.issuer}/scim/v2", "token": "t", **more}
        runtime = opened(POLICIES, header='groups:\n  sre: ["oidc:bo"]\n', identity={"directory": directory})
        return ruled(runtime.parts.policy, Principal(who, groups=groups), DECIDE)

    return call


def test_who_is_in_the_group_there_decides(rules: Callable[..., Ruling], provider: Provider) -> None:
    assert rules("oidc:ana").allowed
    assert any(path.startswith("/scim/v2/Groups") for path in provider.asked)


@pytest.mark.parametrize("who", ["oidc:bo", "oidc:gone", "oidc:nobody", "local:ana"])
def test_nobody_else_does_whatever_the_bundle_or_a_token_claims(
    rules: Callable[..., Ruling], who: str
) -> None:
    assert rules(who, groups=("sre",)).rule == "no-permit"


def test_a_directory_that_does_not_answer_lets_nobody_decide(
    rules: Callable[..., Ruling], provider: Provider
) -> None:
    provider.down = True
    assert rules("oidc:ana").rule == "policy-error"
