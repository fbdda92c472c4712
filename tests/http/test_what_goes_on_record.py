"""Logins, failed sign-ins, evidence, settings and a record that does not hold: what the service itself puts on record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from fakes.collector import Endpoint, collecting
from pydantic import JsonValue
from sqlalchemy import text

from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.audit import configuration
from interlock.core.clock import FixedClock, SystemClock
from interlock.core.identity import Principal
from interlock.core.settings import Settings
from interlock.surfaces.http.app import create_app
from interlock.surfaces.http.background import Background, record_problem
from interlock.surfaces.http.metrics import Counts
from interlock.surfaces.http.settings import ServeSettings
from interlock.surfaces.http.signins import MOST, SignIns

Serve = Callable[..., Any]
WHO = "/api/v1/whoami"
GUESS = {"authorization": "Bearer guess.of.a-token"}
AT = datetime(2026, 4, 18, 10, 50, tzinfo=UTC)


def kinds(runtime: Runtime, *wanted: str) -> list[Any]:
    return [record for record in runtime.audit.since() if record.kind in wanted]


def oidc(provider: Any) -> dict[str, Any]:
    login = {"client_id": "interlock", "client_secret": "s3cr3t-of-the-client"}
    return {
        "oidc": {"issuer": provider.issuer, "audience": "interlock", **login},
        "people": {"person:ana": ["oidc:ana"]},
    }


@pytest.fixture
def login(serve: Serve, provider: Any) -> Any:
    return serve({"public_url": "http://localhost"}, identity=oidc(provider))


def sign_in(client: httpx.Client, provider: Any, **changed: str) -> httpx.Response:
    query = dict(parse_qsl(urlsplit(client.get("/login").headers["location"]).query))
    asked = {"state": query["state"], "code": provider.authorize(query), **changed}
    return client.get("/login/callback", params=asked)


def test_a_login_is_on_record_under_a_pseudonym_and_its_use_is_not(login: Any, provider: Any) -> None:
    with login as service, service.client() as client:
        assert sign_in(client, provider).status_code == 303
        for _ in range(3):
            assert client.get(WHO).status_code == 200
        (record,) = kinds(service.runtime, "signin")
        assert record.body["way"] == "login"
        assert service.runtime.audit.names()[record.body["principal"]] == "person:ana"


def test_what_does_not_hold_is_on_record_without_what_was_presented(login: Any, provider: Any) -> None:
    with login as service, service.client() as client:
        assert client.get(WHO).status_code == 401  # tried nothing
        assert client.get(WHO, headers=GUESS).status_code == 401
        assert client.get(WHO, headers={"cookie": "interlock_session=made-up"}).status_code == 401
        assert sign_in(client, provider, state="another").status_code == 401
        failed = kinds(service.runtime, "signin.failed")
        assert [record.body["way"] for record in failed] == ["token", "session", "login"]
        assert "guess" not in json.dumps([record.body for record in failed])


def test_a_flood_of_guesses_is_counted_and_not_copied_into_the_record(login: Any) -> None:
    with login as service, service.client() as client:
        for _ in range(MOST + 7):
            client.get(WHO, headers=GUESS)
        assert len(kinds(service.runtime, "signin.failed")) == MOST
        assert kinds(service.runtime, "signins.failed") == []


def test_each_minute_of_guesses_ends_in_one_record_with_their_number() -> None:
    noted: list[tuple[str, Any]] = []

    class Moving:
        at = AT

        def now(self) -> datetime:
            return self.at

    clock = Moving()
    signins = SignIns(lambda kind, body: noted.append((kind, body)), clock, most=2)
    for _ in range(5):
        signins.failed("token", "no")
    clock.at += timedelta(seconds=59)
    signins.settle()
    assert [kind for kind, _ in noted] == ["signin.failed"] * 2
    clock.at += timedelta(seconds=1)
    signins.settle()
    signins.settle()
    assert noted[2:] == [("signins.failed", {"more": 3, "since": AT.isoformat()})]
    signins.failed("token", "no")
    assert noted[-1][0] == "signin.failed"
    signins.settle(ending=True)
    assert len(noted) == 4


@pytest.fixture
def collector() -> Iterator[Endpoint]:
    with collecting() as server:
        yield server


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Runtime]]:
    """Opens runtimes on one state directory, without a server."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def call(**sections: Any) -> Runtime:
            return stack.enter_context(
                open_runtime(
                    Settings(sections),
                    principal=Principal("local:ops"),
                    state_dir=tmp_path / "state",
                    cache_dir=tmp_path / "cache",
                    environment={},
                )
            )

        yield call


def test_settings_are_on_record_once_for_each_change_as_digests(opened: Callable[..., Runtime]) -> None:
    for most in (30, 30, 60):
        create_app(opened(), ServeSettings(questions_per_minute=most))
    first, second = kinds(opened(), "configuration.changed")
    assert first.body["first"] is True
    assert second.body["changed"] == ["serve"]
    assert second.body["digest"] != first.body["digest"]


def test_a_changed_secret_is_no_changed_configuration(opened: Callable[..., Runtime]) -> None:
    runtime = opened()

    def with_secret(secret: str) -> dict[str, JsonValue]:
        push = {"push": {"url": "https://siem.example.com", "token": secret}}
        shown = Settings({"audit": push}).shown()
        return {**shown, "store": {"url": f"postgresql+psycopg://interlock:{secret}@db/interlock"}}

    parts = runtime.parts
    assert configuration.record(with_secret("hunter2"), parts.store, runtime.audit)
    assert not configuration.record(with_secret("hunter3"), parts.store, runtime.audit)
    assert "hunter" not in json.dumps([record.body for record in runtime.audit.since()])


@pytest.mark.parametrize("wrong", ["{}", "no JSON", '{"seq":2,"at":"never","kind":"turn","body":{}}'])
@pytest.mark.parametrize("form", ["jsonl", "ocsf", "cef"])
def test_a_broken_record_raises_one_alarm_everywhere_and_reads_go_on(
    opened: Callable[..., Runtime], collector: Endpoint, wrong: str, form: str
) -> None:
    runtime = opened(audit={"push": {"url": collector.url, "format": form}})
    signins = SignIns(runtime.audit.note, FixedClock(AT))
    work = Background(runtime, SystemClock(), Counts(), signins)
    work.once()
    for number in range(3):  # the SIEM has none of these yet
        runtime.audit.append("turn", {"n": number})
    store = runtime.parts.store
    with store.write() as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("UPDATE audit SET body = :wrong WHERE seq = 2"), {"wrong": wrong})
    for _ in range(2):
        with store.write() as connection:
            connection.execute(text("UPDATE job SET due_at = '2000' WHERE name = 'verify'"))
        assert "verify" in work.once()
    (alarm,) = [line for line in _lines(collector) if "audit.broken" in line]
    assert "record 2 was changed after it was written" in alarm
    assert record_problem(store) == "record 2 was changed after it was written"
    assert runtime.audit.note("turn", {"n": 4})


def _lines(collector: Endpoint) -> list[str]:
    return [line for body in collector.bodies for line in body.decode().splitlines()]


def test_metrics_say_whether_the_record_holds_and_the_service_stays_ready(serve: Serve) -> None:
    from interlock.core.store import noted
    from interlock.surfaces.http.background import PROBLEM

    with serve() as service, service.client() as client:
        assert "interlock_record_intact 1.0" in client.get("/metrics").text
        noted.write(service.runtime.parts.store, PROBLEM, "record 2 was changed after it was written")
        assert "interlock_record_intact 0.0" in client.get("/metrics").text
        assert client.get("/readyz").status_code == 200
        noted.write(service.runtime.parts.store, PROBLEM, "")
        assert "interlock_record_intact 1.0" in client.get("/metrics").text
