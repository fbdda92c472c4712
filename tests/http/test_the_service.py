"""Questions over HTTP: the same answers as everywhere, as one JSON object or as a stream; and the door in front."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from interlock.core.clock import SystemClock
from interlock.surfaces.http.background import Background
from interlock.surfaces.http.metrics import Counts
from interlock.surfaces.http.signins import SignIns

Serve = Callable[..., Any]
ASK = "/api/v1/ask"
QUESTION = {"question": "how many pods are in ml-platform?"}


def events(text: str) -> list[tuple[str, Any]]:
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for kind, data in blocks]


@pytest.fixture(scope="module")
def running(serve: Serve) -> Any:
    with serve({"questions_per_minute": 1000}) as service, service.client() as client:
        yield client, service.runtime


def test_an_answer_is_the_documented_object_and_the_stream_ends_in_the_same(running: Any) -> None:
    client, _ = running
    whole = client.post(ASK, json=QUESTION).json()
    assert whole["claims"][0] == {
        **whole["claims"][0],
        "text": "pods in namespace ml-platform: 2",
        "verified": True,
    }
    streamed = client.post(ASK, json=QUESTION, headers={"accept": "text/event-stream"})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    seen = events(streamed.text)
    assert [kind for kind, _ in seen][-3:] == ["tool_started", "tool_finished", "answer"]
    assert seen[-1][1]["answer"]["claims"] == whole["claims"]


def test_an_alert_is_triaged(running: Any, repo_root: Any) -> None:
    client, _ = running
    alert = json.loads((repo_root / "evals" / "replays" / "demo" / "alert.json").read_text())
    said = client.post("/api/v1/triage", json={"alert": alert}).json()
    assert said["verdict"]["category"] == "resource_exhaustion"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"question": ""}, "empty"),
        ({"question": "x" * 20_001}, "question"),
        ({"question": "x", "shell": "rm"}, "shell"),
        ({"question": "x", "cluster": "nowhere"}, "nowhere"),
        ([], "body"),
    ],
)
def test_bad_input_is_400_and_says_what(running: Any, body: Any, said: str) -> None:
    client, _ = running
    answer = client.post(ASK, json=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_a_stream_that_fails_ends_in_an_error_event(running: Any) -> None:
    client, _ = running
    body = {"question": "x", "cluster": "nowhere"}
    seen = events(client.post(ASK, json=body, headers={"accept": "text/event-stream"}).text)
    assert seen[-1][0] == "error" and "nowhere" in seen[-1][1]["error"]


@pytest.mark.parametrize("host", ["evil.example.com", "localhost.evil.example.com", "127.0.0.1.nip.io", ""])
def test_another_host_name_reaches_nothing(running: Any, host: str) -> None:
    client, _ = running
    assert client.get("/healthz", headers={"host": host}).status_code in {400, 421}


def test_a_configured_host_name_is_ours(serve: Serve) -> None:
    with serve({"allowed_hosts": ["interlock.corp"]}) as service, service.client() as client:
        assert client.get("/healthz", headers={"host": "Interlock.corp:8080"}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", "http://localhost"])
def test_a_page_of_another_origin_may_not_ask(running: Any, origin: str) -> None:
    client, _ = running
    assert client.post(ASK, json=QUESTION, headers={"origin": origin}).status_code == 403


def test_our_own_page_may_ask(running: Any) -> None:
    client, _ = running
    own = f"http://localhost:{client.base_url.port}"
    assert client.post(ASK, json=QUESTION, headers={"origin": own}).status_code == 200


def test_a_huge_body_is_refused_however_it_is_sent(serve: Serve) -> None:
    with serve({"max_body_bytes": 2_000}) as service, service.client() as client:
        big = json.dumps({"question": "x" * 5_000}).encode()
        assert client.post(ASK, content=big).status_code == 413

        def pieces() -> Any:
            for start in range(0, len(big), 500):
                yield big[start : start + 500]

        headers = {"content-type": "application/json"}
        assert client.post(ASK, content=pieces(), headers=headers).status_code >= 400


def test_one_principal_may_not_ask_without_end(serve: Serve) -> None:
    with serve({"questions_per_minute": 2}) as service, service.client() as client:
        codes = [client.post(ASK, json=QUESTION).status_code for _ in range(3)]
        assert codes == [200, 200, 429]
        assert client.post(ASK, json=QUESTION).headers["retry-after"] == "60"


def test_every_answer_carries_the_headers_a_browser_heeds(running: Any) -> None:
    client, _ = running
    headers = client.get("/healthz").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in headers


def test_evidence_is_read_on_by_its_owner_and_that_is_on_record(running: Any) -> None:
    client, runtime = running
    missing = client.get("/api/v1/evidence/more_nothing")
    assert missing.status_code == 404
    whole = client.post(ASK, json={"question": "list the events in ml-platform"}).json()
    handles = [e["handle"] for e in whole["evidence"] if e["handle"]]
    for handle in handles:
        assert client.get(f"/api/v1/evidence/{handle}").json()["text"]
    assert runtime.audit.verify().intact


def test_metrics_count_questions_and_name_nobody(running: Any) -> None:
    client, _ = running
    client.post(ASK, json=QUESTION)
    text = client.get("/metrics").text
    assert 'interlock_questions_total{kind="ask",outcome="answered"}' in text
    assert "tester" not in text and "ml-platform" not in text


def test_the_service_seals_the_record_by_itself(serve: Serve) -> None:
    with serve() as service, service.client() as client:
        client.post(ASK, json=QUESTION)
        signins = SignIns(service.runtime.audit.note, SystemClock())
        work = Background(service.runtime, SystemClock(), Counts(), signins)
        work.once()
        from interlock.core.audit.opened import read_checkpoints
        from interlock.core.audit.settings import AuditSettings

        seals, problems = read_checkpoints(AuditSettings(), service.runtime.parts.state_dir)
        assert problems == []
        assert service.runtime.audit.verify(seals).intact


def test_a_lost_database_is_not_ready_but_alive(serve: Serve) -> None:
    with serve() as service, service.client() as client:
        assert client.get("/readyz").status_code == 200
        service.runtime.parts.store.engine.dispose()
        # The service's own jobs may open the database again in between.
        while not (service.runtime.parts.state_dir / "interlock.db").is_dir():
            for file in service.runtime.parts.state_dir.glob("interlock.db*"):
                file.unlink(missing_ok=True)
            with suppress(FileExistsError):
                (service.runtime.parts.state_dir / "interlock.db").mkdir()
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("path", "hint"),
    [("/", "/api/v1"), ("/api/v1/chnages", "/changes"), ("/login?fresh=true", "identity.oidc")],
)
def test_an_address_that_does_not_exist_says_what_does(running: Any, path: str, hint: str) -> None:
    client, _ = running
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"] == f"there is nothing at {path.partition('?')[0]}"
    assert hint in answer.json()["hint"]


def test_a_method_that_an_address_does_not_take_is_told_so_in_the_one_shape(running: Any) -> None:
    client, _ = running
    answer = client.get(ASK)
    assert (answer.status_code, set(answer.json())) == (405, {"error", "hint"})
    assert answer.headers["allow"] == "POST"


def test_a_body_that_is_not_said_to_be_json_is_told_which_header_is_missing(running: Any) -> None:
    client, _ = running
    answer = client.post(ASK, content=json.dumps(QUESTION))
    assert answer.status_code == 400
    assert "content-type: application/json" in answer.json()["hint"]


def test_a_token_of_nobody_says_where_tokens_come_from(running: Any) -> None:
    client, _ = running
    answer = client.post(ASK, json=QUESTION, headers={"authorization": "Bearer nonsense"})
    assert answer.status_code == 401
    assert "interlock token create" in answer.json()["hint"]


def test_alone_on_a_toy_the_page_says_that_the_terminal_decides(serve: Serve) -> None:
    with serve(approvals={"enabled": True, "solo": True}) as service, service.client() as client:
        args = {
            "cluster": "replay",
            "namespace": "ml-platform",
            "kind": "Deployment",
            "name": "feature-store",
        }
        asked = {"action": "rollout-undo", "args": {**args, "revision": 1}, "reason": "x"}
        made = client.post("/api/v1/changes", json=asked).json()["id"]
        assert f"decide at the terminal: interlock approve {made}" in client.get(f"/changes/{made}").text
        missing = client.get("/changes/chg-000000000000")
        assert missing.status_code == 404
        assert "signed in" not in missing.text
