"""Which cluster and Alertmanager may be changed with what credential: what is missing is said with the setting that it is."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from acting.stage import Around
from fakes.changing import sections

from interlock.approvals.errors import Answered
from interlock.approvals.mutator import HttpMutator
from interlock.approvals.reach import Reach
from interlock.approvals.service import Approvals, open_approvals
from interlock.core.audit import AuditLog
from interlock.core.clock import SystemClock
from interlock.core.clusters.http import Endpoint
from interlock.core.errors import BadInput, InterlockError, UnknownName, Unreachable
from interlock.core.redaction import Redactor
from interlock.core.settings import Settings
from interlock.core.store import open_default

NOWHERE = "http://127.0.0.1:1"
TOKEN = "a-token-of-ours"
SILENCE = dict.fromkeys(("matchers", "startsAt", "endsAt", "createdBy", "comment"), "")


@contextmanager
def opened(folder: Path, *, deciding: bool = True, **approvals: Any) -> Iterator[Approvals]:
    """The approvals, as settings say."""
    store, clock = open_default(folder), SystemClock()
    made = open_approvals(
        Settings(sections(NOWHERE, None, **approvals)),
        store=store,
        audit=AuditLog(store, clock),
        clock=clock,
        redactor=Redactor(),
        surroundings=lambda reads: Around(),
        environment={},
        state_dir=folder,
        deciding=deciding,
    )
    with closing(store), closing(made):
        yield made


def reach(held: Approvals) -> Reach:
    assert held.reach is not None
    return held.reach


def test_a_process_that_may_only_ask_executes_nothing_and_says_who_does(tmp_path: Path) -> None:
    with opened(tmp_path, deciding=False) as held, pytest.raises(InterlockError) as refused:
        held.execute("chg-0123456789ab")
    assert refused.value.hint == "`interlock approvals` does"


def test_a_cluster_that_may_only_be_previewed_is_not_written_to(tmp_path: Path) -> None:
    with opened(tmp_path, clusters={"toy": {"preview": {"url": NOWHERE}}}) as held:
        with pytest.raises(BadInput, match="no credential for changes") as refused:
            reach(held).endpoint("toy")
        assert refused.value.hint == "set approvals.clusters.toy.write"


def test_a_cluster_that_is_not_named_for_changes_is_not_reached_though_it_may_be_read(tmp_path: Path) -> None:
    with opened(tmp_path, clusters={"other": {"write": {"url": NOWHERE}}}) as held:
        with pytest.raises(UnknownName, match="cluster for changes") as refused:
            reach(held).open("toy")
        assert refused.value.hint == "set approvals.clusters.toy"


def test_a_cluster_without_any_credential_is_refused_when_the_settings_are_read(tmp_path: Path) -> None:
    with (
        pytest.raises(BadInput, match="name a credential"),
        opened(tmp_path, clusters={"toy": {"read": {"url": NOWHERE}}}),
    ):
        pass


def test_an_alertmanager_is_read_and_changed_with_its_own_token_and_nobody_elses(tmp_path: Path) -> None:
    with alertmanager() as url:
        configured = {"url": url, "token": TOKEN}
        with opened(tmp_path / "one", alertmanager=configured) as held:
            assert reach(held).open("toy").sight.alertmanager.silences() == [{"id": "one"}]
            endpoint = reach(held).alertmanager()
            assert endpoint is not None
            with closing(HttpMutator(Endpoint(NOWHERE), alertmanager=endpoint)) as mutator:
                assert mutator.create_silence(SILENCE) == {"id": "one"}
        with opened(tmp_path / "two", alertmanager={"url": url}) as held:
            with pytest.raises(Unreachable, match="HTTP 401"):
                reach(held).open("toy").sight.alertmanager.silences()
            endpoint = reach(held).alertmanager()
            with (
                closing(HttpMutator(Endpoint(NOWHERE), alertmanager=endpoint)) as mutator,
                pytest.raises(Answered) as said,
            ):
                mutator.create_silence(SILENCE)
            assert said.value.status == 401


@contextmanager
def alertmanager() -> Iterator[str]:
    """One that answers only to its token."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer([{"id": "one"}])

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self._answer({"id": "one"})

        def _answer(self, said: list[Mapping[str, str]] | Mapping[str, str]) -> None:
            let = self.headers.get("authorization") == f"Bearer {TOKEN}"
            body = json.dumps(said if let else {"message": "who are you?"}).encode()
            self.send_response(200 if let else 401)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
