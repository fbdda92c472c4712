"""No canary leaves the product: not to a model, an embedder, a caller, a record, a log, a file.

Planted: every object of a recorded cluster (annotations, nested JSON, base64, conditions, events, env, args, config
maps, Secrets), pod logs, the log store, monitors, code, runbooks, the alert, the question, the error
bodies of an API server, a kubeconfig, the environment. Driven: ask, triage, search and every tool, through the runtime,
the HTTP service and the command line, with the built-in model and with a scripted one that reads all it can and
repeats it. Looked through: what the model and the embedder were sent, what callers got, Python's logging, and every
file below the state and cache folders (database, write-ahead log, audit, conversations, evidence, index). Raw, in any case,
URL-encoded, in base64 at any alignment. Not looked through: the inputs themselves, and the credentials on
the wire to their own servers, where they belong.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes.embedding_server import serving_embeddings
from fakes.openai_server import Reply, ToolCall, serving
from fakes.scripted_api import Answer, Request, scripted
from fastapi.testclient import TestClient

from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.errors import InterlockError
from interlock.core.identity import Principal
from interlock.core.settings import Settings
from interlock.surfaces.cli.main import run
from interlock.surfaces.http.app import create_app
from interlock.surfaces.http.settings import ServeSettings

ANA = Principal("local:ana")
FORM = "gh" + "p_{}"


class Capture(logging.Handler):
    """Everything that anybody logs, as a handler would write it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def logged() -> Iterator[Capture]:
    """Logging of everything at the level people run with, and of the product down to debug."""
    capture, levels = Capture(), {"": logging.INFO, "interlock": logging.DEBUG}
    before = {name: logging.getLogger(name).level for name in levels}
    logging.getLogger().addHandler(capture)
    try:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        yield capture
    finally:
        logging.getLogger().removeHandler(capture)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def told(error: InterlockError) -> str:
    """An error as any surface tells it."""
    return f"{error.message} {error.hint}"


def gullible(reads: Any) -> Callable[[dict[str, Any]], Reply]:
    """A model that reads all it may, a few calls at a time, and then repeats everything that it was told."""
    rest = list(reads)

    def script(request: dict[str, Any]) -> Reply:
        if "tools" not in request or not rest:
            said = [str(m.get("content")) for m in request["messages"] if m["role"] in ("tool", "user")]
            return Reply("\n".join(said)[-200_000:] or "done")
        calls = tuple(ToolCall(name, json.dumps(args)) for name, args in rest[:6])
        del rest[:6]
        return Reply(calls=calls)

    return script


@contextmanager
def product(
    world: Any, folder: Path, section: dict[str, Any], environment: dict[str, str], **more: Any
) -> Iterator[Runtime]:
    """The product over the planted recording, with state and cache below `folder`."""
    with open_runtime(
        Settings(section), principal=ANA, state_dir=folder / "state", cache_dir=folder / "cache",
        environment=environment, knowledge=[world.plain_runbooks], **more,
    ) as runtime:  # fmt: skip
        yield runtime


def answered(runtime: Runtime, question: str, alert: Any = None) -> str:
    """Every event of a question, as a surface gets them."""
    try:
        events = runtime.triage(alert, text=question) if alert else runtime.ask(question)
        return "\n".join(event.model_dump_json() for event in events)
    except InterlockError as error:
        return told(error)


def test_neither_model_nor_embedder_nor_caller_nor_record_nor_file_sees_a_canary(
    world: Any, every_read: Any, files_under: Any, tmp_path: Path
) -> None:
    canaries, seen = world.canaries, {}
    key = canaries.value("own key")

    def look(where: str, blob: bytes | str) -> None:
        if found := canaries.seen(blob):
            seen.setdefault(where, set()).update(found)

    section = {
        "agent": {
            "model": "openai:m",
            "max_model_calls": 100,
            "max_tool_calls": 200,
            "max_tokens": 9_000_000,
        },
        "knowledge": {"embedder": {"provider": "ollama", "model": "m1"}},
    }
    with logged() as log, serving_embeddings() as embeddings, serving(gullible(every_read[::2])) as model:
        section["agent"]["base_url"], section["knowledge"]["embedder"]["url"] = model.url, embeddings.url
        with product(world, tmp_path, section, {"OPENAI_API_KEY": key}, replay=world.replay) as runtime:
            asked = "why does tool-router fail? I tried " + canaries.text("question") + " and " + key
            look("ask", answered(runtime, asked))
            look("triage", answered(runtime, canaries.text("triage words"), world.alert))
            look("search", repr(runtime.search("tool router errors session cache", 20)))
            look("doctor", repr(runtime.doctor()))
            with TestClient(
                create_app(runtime, ServeSettings()).app, base_url="http://localhost:8080"
            ) as client:
                for body in (
                    {"question": asked},
                    {"question": "x", "cluster": canaries.text("unknown cluster", FORM)},
                ):
                    for accept in ("application/json", "text/event-stream"):
                        look(
                            "http ask", client.post("/api/v1/ask", json=body, headers={"accept": accept}).text
                        )
                look("http triage", client.post("/api/v1/triage", json={"alert": world.alert}).text)
            records = list(runtime.audit.since())
            for record in records:
                look("audit", repr(record))
        assert len(records) > 100
        for sent in model.requests:
            look("model", json.dumps(sent))
        for text in embeddings.texts:
            look("embedder", text)
    assert len(model.requests) > 10
    assert len(embeddings.texts) > 20
    look("logging", "\n".join(log.lines))
    names = []
    for name, raw in files_under(tmp_path):
        names.append(name)
        look(f"file {name}", raw)
    assert any(name.endswith((".db", ".sqlite", ".sqlite3")) for name in names), names
    assert seen == {}


def test_the_built_in_model_and_the_command_line_show_no_canary(
    world: Any,
    files_under: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name in ("INTERLOCK_MODEL", "INTERLOCK_CONFIG", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
    for name, folder in {"INTERLOCK_STATE_DIR": "state", "INTERLOCK_CACHE_DIR": "cache", "HOME": "."}.items():
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.chdir(tmp_path)
    here, alert = (
        ["--replay", str(world.replay), "--knowledge", str(world.plain_runbooks)],
        tmp_path / "in" / "alert.json",
    )
    alert.parent.mkdir()
    alert.write_text(json.dumps(world.alert))
    words = world.canaries.text("question on the command line")
    seen: dict[str, set[str]] = {}
    for args in (
        ["ask", *here, f"what is wrong in agents? {words}"], ["ask", *here, "--json", "show the logs of tool-router"],
        ["ask", *here, "show configmap planner"], ["triage", *here, "--json", str(alert)], ["triage", *here],
        ["search", *here[2:], "tool router errors", "--json"], ["ask", *here, "--json", "which runbook covers tool router errors?"],
        ["ask", "--replay", str(tmp_path / "nowhere"), "x"],
    ):  # fmt: skip
        code = run(args)
        said = capfd.readouterr()
        assert code in (0, 1, 2, 3, 4), said.err
        if found := world.canaries.seen(said.out + said.err):
            seen[" ".join(args[:1])] = found
    alert.unlink()
    for name, raw in files_under(tmp_path):
        if found := world.canaries.seen(raw):
            seen[name] = found
    assert seen == {}


def hostile(canaries: Any, token: str, status: int) -> Callable[[Request], Answer]:
    """An API server that puts secrets into everything it says, the caller's own token among them."""

    def answer(request: Request) -> Answer:
        if request.path == "/version":
            return Answer({"major": "1", "minor": "31", "gitVersion": "v1.31.0"})
        message = f"admission webhook denied: invalid bearer token {token} for {canaries.text('error body')}"
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": canaries.text("reason"),
                "code": status, "details": {"causes": [{"message": canaries.text("cause")}]}}  # fmt: skip
        return Answer(body, status, {"Warning": f'299 - "{canaries.text("warning")}"'})

    return answer


@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_an_api_server_that_says_secrets_in_its_errors_is_not_repeated(
    world: Any, files_under: Any, tmp_path: Path, status: int
) -> None:
    canaries, seen = world.canaries, {}
    token, password = canaries.value("kubeconfig token"), canaries.value("kubeconfig password")

    def look(where: str, blob: bytes | str) -> None:
        if found := canaries.seen(blob):
            seen.setdefault(where, set()).update(found)

    with scripted(hostile(canaries, token, status)) as (url, asked), logged() as log:
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": url}}],
            "users": [{"name": "u", "user": {"token": token, "password": password}}],
        }  # fmt: skip
        (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
        with product(world, tmp_path / "out", {}, {"KUBECONFIG": str(tmp_path / "kubeconfig")}) as runtime:
            for name, args in HOSTILE:
                look(name, called(runtime, name, args))
            look("ask", answered(runtime, "what is wrong in shop?"))
            look("doctor", repr(runtime.doctor()))
    assert any(one.path != "/version" for one in asked)
    look("logging", "\n".join(log.lines))
    for name, raw in files_under(tmp_path / "out"):
        look(f"file {name}", raw)
    assert seen == {}


def called(runtime: Runtime, name: str, args: dict[str, Any]) -> str:
    """All of a tool's result, or its error."""
    try:
        return repr(runtime.call_tool(name, args))
    except InterlockError as error:
        return told(error)


HOSTILE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("kubernetes_list", {"kind": "pods", "namespace": "shop"}), ("kubernetes_get", {"kind": "pod", "name": "a", "namespace": "shop"}),
    ("pod_logs", {"namespace": "shop", "pod": "a"}), ("kubernetes_events", {"namespace": "shop"}), ("kubernetes_kinds", {}),
    ("kubernetes_summary", {"namespace": "shop"}), ("diagnose", {"namespace": "shop"}), ("recent_changes", {"namespace": "shop"}),
    ("rollout_history", {"name": "a", "namespace": "shop"}), ("kubernetes_query", {"kind": "pods"}),
)  # fmt: skip
