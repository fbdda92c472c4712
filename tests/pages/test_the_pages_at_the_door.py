"""The pages without a browser: headers, forms that were not ours, reading without effect, words on every failure."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def bo(house: Any) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.url, trust_env=False, timeout=60) as client:
        yield signed_in(client, house, "bo")


def signed_in(client: httpx.Client, house: Any, name: str, **claims: Any) -> httpx.Client:
    house.signs_in_as(name, **claims)
    query = dict(
        parse_qsl(urlsplit(client.get("/login", params={"fresh": "true"}).headers["location"]).query)
    )
    client.get("/login/callback", params={"state": query["state"], "code": house.provider.authorize(query)})
    return client


def field(text: str, name: str) -> str:
    return text.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


def fields(client: httpx.Client, change: Any, **more: str) -> dict[str, str]:
    text = client.get(f"/changes/{change.id}").text
    read = {name: field(text, name) for name in ("csrf", "digest")}
    return {**read, "verdict": "approve", "reason": "x", **more}


def test_the_policy_of_the_page_allows_its_own_style_and_forms_and_nothing_else(
    house: Any, bo: httpx.Client
) -> None:
    for path in ("/changes", f"/changes/{house.asked().id}", "/changes/chg-000000000000"):
        answer = bo.get(path)
        rules = dict(
            part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
        )
        assert rules.pop("style-src").startswith("'sha256-")
        assert rules == {
            "default-src": "'none'",
            "form-action": "'self'",
            "frame-ancestors": "'none'",
            "base-uri": "'none'",
        }
        assert answer.headers["x-frame-options"] == "DENY" and answer.headers["cache-control"] == "no-store"
        assert (
            "<script" not in answer.text
            and "javascript:" not in answer.text
            and " on" + "click" not in answer.text
        )


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(house: Any) -> None:
    with httpx.Client(base_url=house.url, trust_env=False) as client:
        answer = client.get(f"/changes/{house.asked().id}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?back=/changes/chg-")


def test_looking_decides_nothing(house: Any, bo: httpx.Client) -> None:
    change = house.asked()
    for path in ("decisions", "revoke", "settle"):
        where = f"/changes/{change.id}/{path}"
        assert bo.get(where, params=fields(bo, change)).status_code == 405
    assert house.runtime.approvals.desk.change(change.id).decisions == ()


@pytest.mark.parametrize("origin", ["null", "https://evil.example.com", "http://localhost"])
def test_a_form_of_another_origin_reaches_nothing(house: Any, bo: httpx.Client, origin: str) -> None:
    change = house.asked()
    answer = bo.post(f"/changes/{change.id}/decisions", data=fields(bo, change), headers={"origin": origin})
    assert answer.status_code == 403
    assert house.runtime.approvals.desk.change(change.id).decisions == ()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"csrf": "0" * 64}, "load the page again"),
        ({"csrf": ""}, "load the page again"),
        ({"digest": "0" * 64}, "load the page again"),
        ({"verdict": "maybe"}, "one of the two buttons"),
        ({"reason": "  "}, "say why"),
    ],
)
def test_a_form_that_is_not_whole_decides_nothing_and_says_why(
    house: Any, bo: httpx.Client, more: dict[str, str], said: str
) -> None:
    change = house.asked()
    answer = bo.post(f"/changes/{change.id}/decisions", data=fields(bo, change, **more))
    assert answer.status_code in (400, 403) and said in answer.text and 'role="alert"' in answer.text
    assert house.runtime.approvals.desk.change(change.id).decisions == ()


def test_the_form_of_one_change_decides_no_other(house: Any, bo: httpx.Client) -> None:
    one, other = house.asked(), house.asked(annotations={"note": "another"})
    answer = bo.post(f"/changes/{other.id}/decisions", data=fields(bo, one))
    assert answer.status_code == 403
    mixed = bo.post(f"/changes/{other.id}/decisions", data={**fields(bo, one), "digest": other.digest})
    assert mixed.status_code == 403
    assert house.runtime.approvals.desk.change(other.id).decisions == ()


def test_a_form_loaded_before_a_fresh_login_is_void(house: Any, bo: httpx.Client) -> None:
    change = house.asked()
    old = fields(bo, change)
    signed_in(bo, house, "bo")
    assert bo.post(f"/changes/{change.id}/decisions", data=old).status_code == 403
    assert bo.post(f"/changes/{change.id}/decisions", data=fields(bo, change)).status_code == 303


def test_json_and_multipart_are_no_forms(house: Any, bo: httpx.Client) -> None:
    change = house.asked()
    where, said = f"/changes/{change.id}/decisions", fields(bo, change)
    assert bo.post(where, json=said).status_code == 403
    assert bo.post(where, files={name: (None, value) for name, value in said.items()}).status_code == 403
    assert bo.post(where, content=b"\xff\xfe=1&" * 3, headers=FORM).status_code == 403
    assert bo.post(where, content=b"&".join(b"a%d=1" % n for n in range(40)), headers=FORM).status_code == 403


def test_a_bearer_token_reads_the_page_and_is_offered_no_form(house: Any) -> None:
    change = house.asked()
    token = house.provider.token(sub="bo", auth_time=int(time.time()))
    with httpx.Client(
        base_url=house.url, trust_env=False, headers={"authorization": f"Bearer {token}"}
    ) as client:
        text = client.get(f"/changes/{change.id}").text
        assert "<form" not in text and "Sign in to decide" in text
        said = {"csrf": "", "digest": change.digest, "verdict": "approve", "reason": "x"}
        assert client.post(f"/changes/{change.id}/decisions", data=said).status_code == 403


def test_what_is_not_there_is_a_page_too(house: Any, bo: httpx.Client) -> None:
    for name in ("chg-000000000000", "..", "<b>"):
        answer = bo.get(f"/changes/{name}")
        assert answer.status_code == 404 and "<b>" not in answer.text


def test_who_asked_takes_it_back_on_the_page_and_others_are_not_offered_to(
    house: Any, bo: httpx.Client
) -> None:
    change = house.asked()
    assert "Take the change back" not in bo.get(f"/changes/{change.id}").text
    with httpx.Client(base_url=house.url, trust_env=False, timeout=60) as client:
        signed_in(client, house, "ana")
        text = client.get(f"/changes/{change.id}").text
        assert "Take the change back" in text
        said = {"csrf": field(text, "csrf"), "reason": "mended"}
        assert client.post(f"/changes/{change.id}/revoke", data={**said, "csrf": ""}).status_code == 403
        assert client.post(f"/changes/{change.id}/revoke", data=said).status_code == 303
        assert "REVOKED" in client.get(f"/changes/{change.id}").text


def test_who_asked_is_refused_even_with_a_form_they_made_themselves(house: Any) -> None:
    change = house.asked()
    with httpx.Client(base_url=house.url, trust_env=False, timeout=60) as client:
        signed_in(client, house, "ana")
        text = client.get(f"/changes/{change.id}").text
        assert 'value="approve"' not in text
        said = {"csrf": field(text, "csrf"), "digest": change.digest, "verdict": "approve", "reason": "x"}
        answer = client.post(f"/changes/{change.id}/decisions", data=said)
    assert answer.status_code == 403 and "own-request" in answer.text


def test_signing_in_again_is_offered_only_where_it_would_help(house: Any) -> None:
    change, old = house.asked(), int(time.time()) - 10 * 3600
    where = f"/changes/{change.id}"
    for name, claims, offered in (
        ("bo", {"auth_time": old}, True),
        ("dee", {}, False),
        ("dee", {"auth_time": old}, False),
    ):
        with httpx.Client(base_url=house.url, trust_env=False, timeout=60) as client:
            signed_in(client, house, name, **claims)
            text = client.get(where).text
            assert "Your approval would be refused now" in text
            assert ("Sign in again" in text) is offered, (name, claims)
            answer = client.post(f"{where}/decisions", data=fields(client, change))
            assert answer.status_code in (401, 403)
            assert ("Sign in again" in answer.text) is offered, (name, claims)


def test_who_decided_already_is_not_sent_to_sign_in(house: Any, bo: httpx.Client) -> None:
    change = house.asked()
    assert bo.post(f"/changes/{change.id}/decisions", data=fields(bo, change)).status_code == 303
    text = bo.get(f"/changes/{change.id}").text
    assert "decided on this already" in text and "Sign in again" not in text


def test_a_halt_is_said_above_the_list(house: Any, bo: httpx.Client) -> None:
    office = house.runtime.approvals.office
    office.halt(house.runtime.parts.principal, "odd <requests>")
    try:
        assert "Changes are halted: odd &lt;requests&gt;" in bo.get("/changes").text
    finally:
        from datetime import UTC, datetime

        from interlock.approvals.decisions import Decider
        from interlock.core.identity import Principal
        from interlock.core.identity.people import Identified

        who = Identified(Principal("person:bo"), True, "oidc:bo")
        office.resume(Decider(who, datetime.now(UTC), "", "web"), "fine")
