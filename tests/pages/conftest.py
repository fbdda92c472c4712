"""A service where changes are on, and people who sign in with a browser of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from browser.chromium import Browser, Tab
from browser.served import serving
from fakes.changing import ARGS, bundle, sections
from fakes.changing_kube import ChangingKube, changing_kube
from fakes.identity_provider import Provider, running_provider

from interlock.agent.runtime import Runtime
from interlock.core.identity import Principal


@dataclass
class House:
    """What is served, and to whom."""

    url: str
    runtime: Runtime
    kube: ChangingKube
    provider: Provider

    def asked(self, reason: str = "the page is wrong", **args: Any) -> Any:
        """A proposal of Ana's; two people have to agree."""
        assert self.runtime.approvals is not None
        asker = Principal("person:ana")
        return self.runtime.approvals.desk.request(asker, "annotate", {**ARGS, **args}, reason=reason)

    def signs_in_as(self, name: str, **claims: Any) -> None:
        """Who whoever goes to the provider next is."""
        self.provider.claims = {"sub": name, "auth_time": int(time.time()), **claims}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running one."""
    folder = tmp_path_factory.mktemp("house")
    with changing_kube() as kube, running_provider() as provider:
        made = sections(kube.url, bundle(folder / "policy", quorum=2), url="http://localhost")
        made["identity"]["oidc"] = {
            "issuer": provider.issuer, "audience": "interlock", "client_id": "interlock", "client_secret": "s",
        }  # fmt: skip
        with serving(folder, made) as (url, runtime):
            yield House(url, runtime, kube, provider)


Person = Callable[..., Tab]


@pytest.fixture
def person(browser: Browser, house: House) -> Iterator[Person]:
    """A person at a browser of their own, not signed in yet; at the end nothing may have gone to a console."""
    tabs: list[Tab] = []

    def comes(name: str, **claims: Any) -> Tab:
        house.signs_in_as(name, **claims)
        tabs.append(browser.tab())
        return tabs[-1]

    yield comes
    assert [tab.complaints for tab in tabs if tab.complaints] == []
