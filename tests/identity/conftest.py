"""An identity provider and a directory on loopback, at a fixed time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fakes.identity_provider import Provider, running_provider

from interlock.core.clock import FixedClock
from interlock.core.identity.oidc import Issuer
from interlock.core.identity.settings import OidcSettings
from interlock.core.outbound import Outbound

NOW = datetime(2026, 4, 18, 10, 50, tzinfo=UTC)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A running provider."""
    with running_provider(int(NOW.timestamp())) as server:
        yield server


@pytest.fixture
def outbound() -> Outbound:
    """A client that does not wait between attempts."""
    return Outbound(attempts=2, wait=lambda _: None)


@pytest.fixture
def clock() -> FixedClock:
    """Stands still."""
    return FixedClock(NOW)


@pytest.fixture
def settings(provider: Provider) -> OidcSettings:
    """The provider's settings."""
    return OidcSettings(issuer=provider.issuer, audience="interlock")


@pytest.fixture
def issuer(settings: OidcSettings, outbound: Outbound, clock: FixedClock) -> Issuer:
    """The provider as we see it."""
    return Issuer(settings, outbound, clock)
