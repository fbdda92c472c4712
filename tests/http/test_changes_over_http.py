"""Changes over the API: anybody who may asks, only people who signed in decide, and what they decide is what they were shown."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jsonschema
import pytest
from fakes.changing import ARGS, bundle, sections
from fakes.changing_kube import ChangingKube, changing_kube
from fakes.identity_provider import Provider, running_provider

from interlock.core.clock import SystemClock
from interlock.core.identity import Principal
from interlock.core.identity.tokens import Tokens

Serve = Callable[..., Any]
CHANGES = "/api/v1/changes"
ASKED = {"action": "annotate", "args": ARGS, "reason": "the page is wrong"}


@pytest.fixture(scope="module")
def kube() -> Iterator[ChangingKube]:
    with changing_kube() as api:
        yield api


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as server:
        yield server


class Desk:
    """A service where changes are on, and people at it."""

    def __init__(self, service: Any, provider: Any, kube: ChangingKube) -> None:
        self.service = service
        self.provider = provider
        self.kube = kube

    def as_person(self, name: str, **claims: Any) -> httpx.Client:
        """A client with the provider's token of somebody who signed in just now."""
        token = self.provider.token(sub=name, **{"auth_time": int(time.time()), **claims})
        client: httpx.Client = self.service.client(headers={"authorization": f"Bearer {token}"})
        return client

    def asked(self, by: str = "ana", **more: Any) -> dict[str, Any]:
        with self.as_person(by) as client:
            answer = client.post(CHANGES, json={**ASKED, **more})
            assert answer.status_code == 201, answer.text
            return dict(answer.json())

    def decide(
        self, by: str, change: dict[str, Any], verdict: str = "approve", **more: Any
    ) -> httpx.Response:
        said = {"digest": change["digest"], "verdict": verdict, "reason": "read it", **more}
        with self.as_person(by) as client:
            return client.post(f"{CHANGES}/{change['id']}/decisions", json=said)

    def ended(self, change: dict[str, Any]) -> dict[str, Any]:
        """The change once the worker is through with it."""
        end = time.monotonic() + 60
        with self.as_person("dee") as client:
            while True:
                now = client.get(f"{CHANGES}/{change['id']}").json()
                if now["state"] not in ("PROPOSED", "APPROVED", "CLAIMED"):
                    return dict(now)
                assert time.monotonic() < end, now
                time.sleep(0.02)


@pytest.fixture(scope="module")
def open_desk(
    serve: Serve, provider: Provider, kube: ChangingKube, tmp_path_factory: pytest.TempPathFactory
) -> Any:
    @contextmanager
    def opened(*, quorum: int = 1, **more: Any) -> Iterator[Desk]:
        made = sections(kube.url, bundle(tmp_path_factory.mktemp("policy"), quorum=quorum), **more)
        made["identity"]["oidc"] = {
            "issuer": provider.issuer, "audience": "interlock", "client_id": "interlock", "client_secret": "s",
        }  # fmt: skip
        kube.add("shop", "web", note="before")
        kube.writes.clear()
        with serve({"public_url": "http://localhost"}, replay=None, **made) as service:
            yield Desk(service, provider, kube)

    return opened


@pytest.fixture(scope="module")
def shared(open_desk: Any) -> Iterator[Desk]:
    with open_desk() as opened:
        yield opened


@pytest.fixture
def desk(shared: Desk) -> Desk:
    """One service for all who leave it as it was, the cluster as at first."""
    shared.kube.add("shop", "web", note="before")
    shared.kube.writes.clear()
    return shared


def test_a_request_comes_back_with_its_card_and_nothing_changed(desk: Desk) -> None:
    made = desk.asked()
    assert (made["state"], made["requesters"]) == ("PROPOSED", ["person:ana"])
    assert 'metadata.annotations.note: "before" -> "after"' in made["card"]["diff"][0]
    assert made["digest"][:12] in made["text"]
    assert desk.kube.real_writes == []


def test_an_approval_by_somebody_else_makes_the_change_and_shows_its_outcome(desk: Desk) -> None:
    made = desk.asked()
    assert desk.decide("bo", made).status_code == 200
    ended = desk.ended(made)
    assert ended["state"] == "SUCCEEDED" and ended["outcome"]["verified"]
    assert desk.kube.annotations("shop", "web")["note"] == "after"
    assert len(desk.kube.real_writes) == 1
    with desk.as_person("dee") as client:
        events = [each["event"] for each in client.get(f"{CHANGES}/{made['id']}/history").json()["history"]]
    assert events[0] == "request" and events[-3:] == ["approve", "claim", "succeed"]


def test_a_change_is_the_documented_object_at_every_stage(desk: Desk, repo_root: Path) -> None:
    page = (repo_root / "docs" / "json.md").read_text()
    (block,) = re.findall(r"```json schema=change\n(.*?)```", page, re.DOTALL)
    schema = json.loads(block)
    jsonschema.Draft202012Validator.check_schema(schema)
    made = desk.asked()
    desk.decide("bo", made)
    for document in (made, desk.ended(made)):
        jsonschema.Draft202012Validator(schema).validate(document)
        assert {*document} == {*schema["properties"]}
    card = schema["properties"]["card"]["oneOf"][1]
    assert {*card["required"]} == {*made["card"]}


def test_who_asked_is_refused_and_so_is_who_may_not_decide(desk: Desk) -> None:
    made = desk.asked()
    for who, rule in (("ana", "own-request"), ("dee", "no-permit")):
        answer = desk.decide(who, made)
        assert answer.status_code == 403 and rule in answer.json()["error"]
    assert desk.kube.real_writes == []


def test_a_person_nobody_vouches_for_neither_asks_nor_decides(desk: Desk) -> None:
    made = desk.asked()
    assert desk.decide("stranger", made).status_code == 403
    with desk.as_person("stranger") as client:
        assert client.post(CHANGES, json=ASKED).status_code == 403


def test_two_people_are_two_people(open_desk: Any) -> None:
    with open_desk(quorum=2) as desk:
        made = desk.asked()
        first = desk.decide("bo", made).json()
        assert (first["state"], first["note"]) == ("PROPOSED", "1 of 2 approvals are there")
        again = desk.decide("bo", made)
        assert again.status_code in (403, 409)
        assert desk.decide("cy", made).status_code == 200
        assert desk.ended(made)["state"] == "SUCCEEDED"


def test_one_deny_ends_it(open_desk: Any) -> None:
    with open_desk(quorum=2) as desk:
        made = desk.asked()
        desk.decide("bo", made)
        assert desk.decide("cy", made, "deny").json()["state"] == "DENIED"
        late = desk.decide("bo", made)
        assert late.status_code == 409 and "DENIED" in late.json()["error"]
        assert desk.kube.real_writes == []


def test_another_digest_than_the_shown_one_decides_nothing(desk: Desk) -> None:
    made = desk.asked()
    other = desk.decide("bo", {**made, "digest": "0" * 64})
    assert other.status_code == 403 and "digest" in other.json()["error"]
    short = desk.decide("bo", {**made, "digest": made["digest"][:12]})
    assert short.status_code == 400


@pytest.mark.parametrize("claims", [{"auth_time": int(time.time()) - 9 * 3600}, {"auth_time": None}])
def test_an_old_login_or_one_without_its_time_is_asked_to_sign_in_again(desk: Desk, claims: Any) -> None:
    made = desk.asked()
    said = {"digest": made["digest"], "verdict": "approve", "reason": "x"}
    with desk.as_person("bo", **claims) as client:
        answer = client.post(f"{CHANGES}/{made['id']}/decisions", json=said)
    assert answer.status_code == 401 and "sign in again" in answer.json()["hint"]


def test_a_token_of_ours_may_ask_where_its_scope_says_so_and_never_decides(desk: Desk) -> None:
    tokens = Tokens(desk.service.runtime.parts.store, SystemClock())
    both, _ = tokens.create("svc:bot", scopes=["read", "request"], lasting=timedelta(days=1))
    reads, _ = tokens.create("svc:bot", scopes=["read"], lasting=timedelta(days=1))
    person, _ = tokens.create(
        "person:bo", scopes=["read", "request", "decide"], lasting=timedelta(days=1), kind="person"
    )
    made = desk.asked()
    with desk.service.client() as client:
        lacks = client.post(CHANGES, json=ASKED, headers={"authorization": f"Bearer {reads}"})
        assert lacks.status_code == 403 and "token-scope" in lacks.json()["error"]
        asked = client.post(CHANGES, json=ASKED, headers={"authorization": f"Bearer {both}"}).json()
        assert asked["automated"] is True and "2 people" in asked["card"]["quorum"]
        said = {"digest": made["digest"], "verdict": "approve", "reason": "x"}
        for token in (both, person):
            answer = client.post(
                f"{CHANGES}/{made['id']}/decisions", json=said, headers={"authorization": f"Bearer {token}"}
            )
            assert answer.status_code == 403, answer.text
    assert desk.kube.real_writes == []


@pytest.mark.parametrize("claims", [{"scope": "interlock:read"}, {"scp": ["read"]}])
def test_an_access_token_which_an_ide_holds_asks_and_never_decides(desk: Desk, claims: Any) -> None:
    made = desk.asked()
    said = {"digest": made["digest"], "verdict": "approve", "reason": "x"}
    with desk.as_person("bo", **claims) as client:
        answer = client.post(f"{CHANGES}/{made['id']}/decisions", json=said)
        assert client.get(f"{CHANGES}/{made['id']}").json()["state"] == "PROPOSED"
    assert answer.status_code == 403 and "access token" in answer.json()["error"]
    assert desk.kube.real_writes == []


def sign_in(client: httpx.Client, provider: Any, name: str, **claims: Any) -> None:
    """Walks through the login as a browser does."""
    provider.claims = {"sub": name, "auth_time": int(time.time()), **claims}
    query = dict(
        parse_qsl(urlsplit(client.get("/login", params={"fresh": "true"}).headers["location"]).query)
    )
    done = client.get("/login/callback", params={"state": query["state"], "code": provider.authorize(query)})
    assert done.status_code == 303


def test_a_session_decides_with_the_token_of_its_page_and_not_without(desk: Desk) -> None:
    made = desk.asked()
    said = {"digest": made["digest"], "verdict": "approve", "reason": "x"}
    where = f"{CHANGES}/{made['id']}"
    with desk.service.client() as client, desk.service.client() as other:
        sign_in(client, desk.provider, "bo")
        sign_in(other, desk.provider, "bo")
        good = client.get(where).headers["x-csrf-token"]
        foreign = other.get(where).headers["x-csrf-token"]
        another = client.get(f"{CHANGES}/{desk.asked()['id']}").headers["x-csrf-token"]
        for wrong in ("", "0" * 64, foreign, another):
            answer = client.post(f"{where}/decisions", json=said, headers={"x-csrf-token": wrong})
            assert answer.status_code == 403 and "csrf" in answer.json()["error"]
        assert client.post(f"{where}/decisions", json=said, headers={"x-csrf-token": good}).status_code == 200
    assert desk.ended(made)["decisions"][0]["channel"] == "web"


def test_a_session_whose_provider_does_not_tell_the_time_of_the_login_decides_nothing(desk: Desk) -> None:
    made = desk.asked()
    with desk.service.client() as client:
        sign_in(client, desk.provider, "bo", auth_time=None)
        token = client.get(f"{CHANGES}/{made['id']}").headers["x-csrf-token"]
        said = {"digest": made["digest"], "verdict": "approve", "reason": "x"}
        answer = client.post(f"{CHANGES}/{made['id']}/decisions", json=said, headers={"x-csrf-token": token})
    assert answer.status_code == 401


def test_who_asked_takes_it_back_and_a_bystander_does_not(desk: Desk) -> None:
    made = desk.asked()
    where = f"{CHANGES}/{made['id']}/revoke"
    with desk.as_person("dee") as client:
        assert client.post(where, json={"reason": "no"}).status_code == 403
    with desk.as_person("ana") as client:
        assert client.post(where, json={"reason": "mended"}).json()["state"] == "REVOKED"
        assert client.post(where, json={"reason": "mended"}).status_code == 409


def test_a_halt_voids_what_is_open_and_only_a_decider_ends_it(desk: Desk) -> None:
    made = desk.asked()
    with desk.as_person("stranger") as client:
        refused = client.post("/api/v1/halt", json={"reason": "because"})
        assert refused.status_code == 403 and "unmapped" in refused.json()["error"]
    with desk.as_person("ana") as client:
        assert client.post("/api/v1/halt", json={"reason": "odd requests"}).json() == {
            "halted": "odd requests"
        }
        assert client.get(f"{CHANGES}/{made['id']}").json()["state"] == "REVOKED"
        refused = client.post(CHANGES, json=ASKED)
        assert refused.status_code == 403 and "odd requests" in refused.json()["error"]
    with desk.as_person("dee") as client:
        assert client.post("/api/v1/resume", json={"reason": "fine"}).status_code == 403
    with desk.as_person("bo") as client:
        assert client.post("/api/v1/resume", json={"reason": "fine"}).json() == {"halted": None}
    assert desk.asked()["state"] == "PROPOSED"


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"action": "restart-everything"}, "unknown action"),
        ({"args": {**ARGS, "shell": "rm"}}, "shell"),
        ({"args": {**ARGS, "name": 7}}, "name"),
        ({"reason": ""}, "reason"),
        ({"approved": True}, "approved"),
    ],
)
def test_what_makes_no_sense_is_400_and_says_what(desk: Desk, said: dict[str, Any], word: str) -> None:
    with desk.as_person("ana") as client:
        answer = client.post(CHANGES, json={**ASKED, **said})
    assert answer.status_code == 400 and word in answer.json()["error"]


def test_what_became_of_a_change_comes_into_its_conversation_for_its_owner_alone(desk: Desk) -> None:
    where = "/api/v1/conversations/cv_mine/events"
    with desk.as_person("ana") as client, desk.as_person("dee") as other:
        assert client.get(where).status_code == 404
        asked = client.post(
            "/api/v1/ask", json={"question": "list the deployments", "conversation": "cv_mine"}
        )
        assert asked.status_code == 200
        made = desk.service.runtime.approvals.desk.request(
            Principal("person:ana"), "annotate", ARGS, reason="x", conversation="cv_mine"
        )
        desk.decide("bo", {"id": made.id, "digest": made.digest}, "deny")
        events = client.get(where).json()["events"]
        told = [(each["type"], each.get("state")) for each in events]
        assert told[0] == ("answer", None) and told[-1] == ("proposal", "DENIED")
        later = client.get(where, params={"after": events[-2]["number"]}).json()["events"]
        assert later == events[-1:]
        assert other.get(where).status_code == 403


def test_an_unknown_change_is_404(desk: Desk) -> None:
    with desk.as_person("ana") as client:
        assert client.get(f"{CHANGES}/chg-000000000000").status_code == 404
        assert client.get(f"{CHANGES}/chg-000000000000/history").status_code == 404


def test_the_list_is_by_state_and_empty_when_there_is_nothing(open_desk: Any) -> None:
    with open_desk() as desk, desk.as_person("dee") as client:
        assert client.get(CHANGES).json() == {"changes": [], "halted": None}
        made = desk.asked()
        waiting = client.get(CHANGES, params={"state": "PROPOSED"}).json()["changes"]
        assert [each["id"] for each in waiting] == [made["id"]]
        assert client.get(CHANGES, params={"state": "SUCCEEDED"}).json()["changes"] == []
        assert client.get(CHANGES, params={"state": "NONSENSE"}).status_code == 400


def test_where_changes_are_off_every_route_says_so(serve: Serve) -> None:
    with serve() as service, service.client() as client:
        for answer in (client.get(CHANGES), client.post(CHANGES, json=ASKED), client.get("/api/v1/halt")):
            assert answer.status_code == 404 and answer.json()["error"] == "changes are off"
        assert "changes are off" in client.get("/changes").text


def test_the_user_of_this_machine_decides_nothing_over_http(
    serve: Serve, kube: ChangingKube, tmp_path: Path
) -> None:
    made = sections(kube.url, bundle(tmp_path / "policy"))
    made["identity"]["people"]["person:bo"] = ["local:tester"]
    with serve(replay=None, **made) as service, service.client() as client:
        asked = service.runtime.approvals.desk.request(Principal("person:ana"), "annotate", ARGS, reason="x")
        said = {"digest": asked.digest, "verdict": "approve", "reason": "x"}
        answer = client.post(f"{CHANGES}/{asked.id}/decisions", json=said)
    assert answer.status_code == 403 and "login-required" in answer.json()["error"]


def test_in_split_mode_the_chat_service_takes_requests_and_no_decisions(open_desk: Any) -> None:
    with open_desk(split=True, url="https://approvals.example.com") as desk:
        made = desk.asked()
        assert (made["state"], made["digest"]) == ("REQUESTED", "")
        refused = desk.decide("bo", {**made, "digest": "0" * 64})
        assert refused.status_code == 404 and "not taken by this service" in refused.json()["error"]
        assert made["link"] == f"https://approvals.example.com/changes/{made['id']}"
