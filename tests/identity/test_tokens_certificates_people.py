"""Service tokens, certificates, aliases and the directory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from interlock.core.clock import FixedClock
from interlock.core.errors import BadInput, NotSignedIn, Unreachable
from interlock.core.identity import Principal
from interlock.core.identity.certificates import principal_of
from interlock.core.identity.directory import ScimDirectory
from interlock.core.identity.people import People
from interlock.core.identity.settings import DirectorySettings
from interlock.core.identity.tokens import Tokens
from interlock.core.store import Store

DAY = timedelta(days=1)
NOW = datetime(2026, 4, 18, 10, 50, tzinfo=UTC)


@pytest.fixture
def tokens(either_store: Store, clock: FixedClock) -> Tokens:
    return Tokens(either_store, clock)


def test_a_token_is_its_principal_and_is_kept_only_as_a_hash(tokens: Tokens, either_store: Store) -> None:
    secret, kept = tokens.create("svc:grafana", scopes=["read"], lasting=DAY)
    who, found = tokens.verified(secret, "http")
    assert (who, found.scopes) == (Principal("svc:grafana", kind="service", surface="http"), ("read",))
    with either_store.read() as connection:
        rows = str(connection.execute(text("SELECT * FROM token")).all())
    assert secret.rsplit("_", 1)[1] not in rows
    assert kept == found


@pytest.mark.parametrize("change", ["", "x", "ilk_000000000000_" + "A" * 43])
def test_what_is_no_token_of_ours_is_refused(tokens: Tokens, change: str) -> None:
    with pytest.raises(NotSignedIn):
        tokens.verified(change, "http")


def test_a_token_with_one_letter_changed_is_refused(tokens: Tokens) -> None:
    secret, _ = tokens.create("svc:grafana", scopes=[], lasting=DAY)
    for position in (5, len(secret) - 1, len(secret) - 20):
        other = "0" if secret[position] != "0" else "1"
        with pytest.raises(NotSignedIn):
            tokens.verified(secret[:position] + other + secret[position + 1 :], "http")


def test_a_token_ends_by_time_and_by_hand(either_store: Store, tokens: Tokens) -> None:
    secret, kept = tokens.create("svc:x", scopes=[], lasting=DAY)
    with pytest.raises(NotSignedIn, match="expired"):
        Tokens(either_store, FixedClock(NOW + DAY)).verified(secret, "http")
    tokens.revoke(kept.id)
    with pytest.raises(NotSignedIn, match="revoked"):
        tokens.verified(secret, "http")
    with pytest.raises(BadInput, match="no token"):
        tokens.revoke(kept.id)
    assert [(t.id, t.revoked) for t in tokens.all()] == [(kept.id, True)]


@pytest.mark.parametrize("lasting", [timedelta(0), timedelta(days=-1), timedelta(days=367)])
def test_no_token_is_without_an_end(tokens: Tokens, lasting: timedelta) -> None:
    with pytest.raises(BadInput, match="at most"):
        tokens.create("svc:x", scopes=[], lasting=lasting)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((("email", "ana@corp"),), Principal("cert:email:ana@corp", surface="mtls")),
        ((("DNS", "h"), ("URI", "spiffe://c/ide")), Principal("cert:uri:spiffe://c/ide", kind="service", surface="mtls")),
    ],
)  # fmt: skip
def test_a_certificates_vouched_names_are_the_principal(names: tuple[Any, ...], expected: Principal) -> None:
    assert (
        principal_of({"subjectAltName": names, "subject": ((("commonName", "root"),),)}, "mtls") == expected
    )


@pytest.mark.parametrize(
    "certificate", [None, {}, {"subject": ((("commonName", "admin"),),)}, {"subjectAltName": ()}]
)
def test_a_common_name_alone_is_nobody(certificate: Any) -> None:
    with pytest.raises(NotSignedIn):
        principal_of(certificate, "mtls")


def test_one_person_is_one_id_whatever_they_come_by() -> None:
    people = People({"oidc:ana": ("slack:T1/U2", "local:ana"), "oidc:bo": ()})
    seen = [people.identified(Principal(alias)) for alias in ("oidc:ana", "slack:T1/U2", "local:ana")]
    assert {each.principal.id for each in seen} == {"oidc:ana"}
    assert all(each.known for each in seen)
    stranger = people.identified(Principal("slack:T1/U9"))
    assert (stranger.principal.id, stranger.known) == ("slack:T1/U9", False)


def test_an_alias_of_two_people_is_refused_at_start() -> None:
    with pytest.raises(BadInput, match="slack:U2 belongs to oidc:ana and to oidc:bo"):
        People({"oidc:ana": ("slack:U2",), "oidc:bo": ("slack:U2",)})
    with pytest.raises(BadInput):
        People({"oidc:ana": ("oidc:bo",), "oidc:bo": ()})


@pytest.fixture
def directory_settings(provider: Any) -> DirectorySettings:
    provider.users = [
        {"id": str(n), "userName": name, "active": name != "gone"}
        for n, name in enumerate(["ana", "bo", "cy", "gone", "eve"])
    ]
    provider.groups = [
        {"displayName": "sre", "members": [{"value": "0"}, {"value": "1"}, {"value": "3"}]},
        {"displayName": "ml", "members": [{"value": "0"}]},
        {"displayName": "empty"},
    ]
    return DirectorySettings(scim_url=provider.issuer + "/scim/v2", token="t", refresh_seconds=60)


def test_groups_come_from_every_page_of_the_directory_and_the_inactive_are_in_none(
    directory_settings: DirectorySettings, outbound: Any, clock: FixedClock
) -> None:
    directory = ScimDirectory(directory_settings, outbound, clock)
    assert directory.groups_of("oidc:ana") == {"sre", "ml"}
    assert directory.groups_of("oidc:gone") == frozenset()
    assert directory.groups_of("oidc:nobody") == frozenset()


class Moving:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


def test_somebody_who_left_a_group_leaves_it_here_and_a_silent_directory_ends_in_nobody(
    directory_settings: DirectorySettings, outbound: Any, provider: Any
) -> None:
    clock = Moving()
    directory = ScimDirectory(directory_settings, outbound, clock)
    assert "sre" in directory.groups_of("oidc:bo")
    provider.groups[0]["members"] = [{"value": "0"}]
    clock.at += timedelta(seconds=61)
    assert directory.groups_of("oidc:bo") == frozenset()
    provider.down = True
    clock.at += timedelta(minutes=30)
    assert "sre" in directory.groups_of("oidc:ana")
    clock.at += timedelta(minutes=31)
    with pytest.raises(Unreachable, match="nobody's groups"):
        directory.groups_of("oidc:ana")


def test_the_store_keeps_tokens_across_a_restart(tmp_path: Path, clock: FixedClock) -> None:
    from interlock.core.store import open_default

    first = open_default(tmp_path / "s")
    secret, _ = Tokens(first, clock).create("svc:x", scopes=["read"], lasting=DAY)
    first.close()
    again = open_default(tmp_path / "s")
    assert Tokens(again, clock).verified(secret, "http")[0].id == "svc:x"
    again.close()
