"""Canaries: secrets of no use, planted in everything the product reads, and a look for them in everything it writes."""

from __future__ import annotations

import base64
import json
import random
import shutil
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import interlock
from interlock.core.redaction import Cleaned, JsonValue
from interlock.core.untrusted import CleanText, Untrusted

SOURCE = Path(interlock.__file__).parent / "evals" / "replays" / "session_lookups"
MARK = "Zq9Canary7Kx"
"""Stands in the middle of every canary, so that one look finds any of them."""
FORMS = (
    "password={}",
    "Authorization: Bearer {}",
    "postgres://app:{}@db.internal:5432/ledger",
    '{{"client_secret":"{}"}}',
    "run --api-key {} --verbose",
    "api_token: {}",
    "redis://:{}@cache.internal:6379/0",
    "gh" + "p_{}",
)


@dataclass
class Canaries:
    """Makes canaries and finds them."""

    slots: dict[str, str] = field(default_factory=dict)
    _source: random.Random = field(default_factory=lambda: random.Random(20261123))

    def value(self, slot: str, size: int = 36) -> str:
        """A new canary for this place."""
        rest = "".join(self._source.choices(string.ascii_letters + string.digits, k=size - len(MARK)))
        made = rest[:8] + MARK + rest[8:]
        self.slots[made] = slot
        return made

    def text(self, slot: str, form: str = "") -> str:
        """A canary as such text holds one."""
        form = form or FORMS[len(self.slots) % len(FORMS)]
        return form.format(self.value(slot))

    def seen(self, blob: bytes | str) -> set[str]:
        """The places whose canary shows in `blob`: raw, in another case, URL-encoded, in base64 at any alignment."""
        raw = blob.encode() if isinstance(blob, str) else blob
        if not any(core in text for core, text in _looks(MARK, raw)):
            return set()
        found = {
            slot for value, slot in self.slots.items() if any(c in text for c, text in _looks(value, raw))
        }
        return found or {"a part of one"}


def _looks(value: str, raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    yield value.lower().encode(), raw.lower()
    for shift in range(3):
        whole = base64.b64encode(b"\x00" * shift + value.encode()).decode()
        yield whole[-(-8 * shift // 6) : 8 * (shift + len(value)) // 6].encode(), raw


@dataclass(frozen=True)
class World:
    """A replay and a folder of runbooks, with a canary in every place that can hold one."""

    replay: Path
    runbooks: Path
    plain_runbooks: Path
    """The same without the one whose file name is a canary."""
    alert: dict[str, Any]
    canaries: Canaries
    objects: tuple[tuple[str, str, str], ...]
    """Kind, name and namespace of everything recorded."""
    pods: tuple[tuple[str, str], ...]
    planted: frozenset[str]
    """The places with a canary; tests plant more of their own."""


def _annotated(item: dict[str, Any], where: str, canaries: Canaries) -> None:
    notes = item.setdefault("metadata", {}).setdefault("annotations", {})
    notes["ops.example/note"] = canaries.text(f"{where}/annotation")
    notes["ops.example/nested"] = json.dumps(
        {"spec": json.dumps({"db_password": canaries.value(f"{where}/nested")})}
    )
    notes["ops.example/blob"] = base64.b64encode(
        canaries.text(f"{where}/base64", "api_token: {}\n").encode()
    ).decode()
    for condition in (item.get("status") or {}).get("conditions") or []:
        condition["message"] = f"{condition.get('message', '')} {canaries.text(f'{where}/condition')}"
    if item.get("message"):
        item["message"] += " " + canaries.text(f"{where}/message")
    for container in _containers(item):
        container["env"] = [
            *(container.get("env") or []), {"name": "DB_PASSWORD", "value": canaries.value(f"{where}/env")},
            {"name": "DATABASE_URL", "value": canaries.text(f"{where}/env-url", FORMS[2])},
        ]  # fmt: skip
        container["args"] = [*(container.get("args") or []), canaries.text(f"{where}/args", "--api-key={}")]
    if item.get("kind") == "ConfigMap":
        item["data"] = {
            **(item.get("data") or {}),
            "app.yaml": canaries.text(f"{where}/configmap", "auth:\n  password: {}\n"),
        }
    if item.get("kind") == "Secret":
        item["data"] = {"password": base64.b64encode(canaries.value(f"{where}/secret").encode()).decode()}
        item["stringData"] = {"plain": canaries.value(f"{where}/secret-plain")}


def _containers(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    spec = item.get("spec") or {}
    template = (spec.get("jobTemplate") or {}).get("spec", spec).get("template") or {}
    return [*(spec.get("containers") or []), *((template.get("spec") or {}).get("containers") or [])]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A recorded incident whose every part holds canaries."""
    folder, canaries = tmp_path_factory.mktemp("canaries") / "replay", Canaries()
    shutil.copytree(SOURCE, folder)
    objects: list[tuple[str, str, str]] = []
    for file in sorted((folder / "cluster").rglob("*.json")):
        listed = json.loads(file.read_text())
        for item in listed.get("items", []) if isinstance(listed, dict) else []:
            resource = ".".join(file.name.split(".")[:-1])
            item.setdefault("kind", "")
            meta = item["metadata"]
            _annotated(item, f"{resource}/{meta['name']}", canaries)
            objects.append((resource, meta["name"], meta.get("namespace", "")))
        file.write_text(json.dumps(listed))
    pods = _logs(folder, canaries)
    _monitors(folder / "monitors.json", canaries)
    alert = json.loads((folder / "alert.json").read_text())
    for one in (alert, *alert["alerts"]):
        one.setdefault("commonAnnotations" if one is alert else "annotations", {})["description"] = (
            canaries.text("alert")
        )
    (folder / "alert.json").write_text(json.dumps(alert))
    _code(folder / "iac", canaries)
    runbooks = _runbooks(folder.parent / "runbooks", canaries)
    plain = folder.parent / "plain"
    shutil.copytree(runbooks, plain, ignore=shutil.ignore_patterns("gh*"))
    return World(
        folder, runbooks, plain, alert, canaries, tuple(objects), pods, frozenset(canaries.slots.values())
    )


def _logs(folder: Path, canaries: Canaries) -> tuple[tuple[str, str], ...]:
    pods = []
    for file in sorted((folder / "cluster").rglob("*.log")):
        pods.append((file.parent.parent.name, file.parent.name))
        lines = file.read_text().splitlines()
        lines[-8:] = [f"{line} {canaries.text(f'log of {file.parent.name}')}" for line in lines[-8:]]
        file.write_text("\n".join(lines) + "\n")
    for file in sorted((folder / "logs").glob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        for row in rows[-40:]:
            row["message"] += " " + canaries.text("log store")
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tuple(sorted(set(pods)))


def _monitors(file: Path, canaries: Canaries) -> None:
    listed = json.loads(file.read_text())
    for monitor in listed["monitors"]:
        monitor["message"] += " " + canaries.text("monitor message")
        monitor["query"] += " " + canaries.text("monitor query", "{{token:{}}}")
    file.write_text(json.dumps(listed))


def _code(folder: Path, canaries: Canaries) -> None:
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        file.write_text(file.read_text() + f"\n# old {canaries.text('code comment', 'db_password = {}')}\n")
    (folder / "main.tf").write_text(
        f'resource "aws_db_instance" "ledger" {{\n  identifier = "ledger"\n'
        f'  password = "{canaries.value("terraform attribute")}"\n}}\n'
        f'variable "planner_token" {{\n  default = "{canaries.value("terraform default")}"\n}}\n'
    )


def _runbooks(folder: Path, canaries: Canaries) -> Path:
    folder.mkdir()
    for number, form in enumerate(FORMS):
        name = "gh" + "p_" + canaries.value("file name") if number == 0 else f"tool-router-{number}"
        (folder / f"{name}.md").write_text(
            f"# Tool router errors {number}\n\n## Diagnosis\n\nSession cache refuses: {canaries.text('runbook', form)}\n\n"
            f"```sh\nkubectl -n agents exec planner -- {canaries.text('runbook', 'login --token {}')}\n```\n\n"
            f"| setting | value |\n| --- | --- |\n| api_token | {canaries.value('runbook table')} |\n"
        )
    return folder


class PassThrough:
    """A redactor that is switched off: the positive control."""

    def clean(self, text: Untrusted) -> Cleaned:
        return Cleaned(CleanText(text._Untrusted__text), (), {})

    def clean_text(self, text: str) -> CleanText:
        return CleanText(text)

    def clean_value(self, value: JsonValue) -> tuple[JsonValue, Mapping[str, int]]:
        return value, {}


@pytest.fixture(scope="session")
def switched_off() -> Any:
    """A redactor that hides nothing."""
    return PassThrough()


@pytest.fixture(scope="session")
def every_read(world: World) -> tuple[tuple[str, dict[str, JsonValue]], ...]:
    """Calls of every tool that there is, which between them look at every place with a canary."""
    pages = sorted(p.name for p in world.runbooks.iterdir())
    reads: list[tuple[str, dict[str, JsonValue]]] = [
        ("kubernetes_get", {"kind": k, "name": n, "namespace": ns}) for k, n, ns in world.objects
    ]
    reads += [("pod_logs", {"namespace": ns, "pod": pod}) for ns, pod in world.pods]
    reads += [("runbook_read", {"path": page}) for page in pages]
    for namespace in ("agents", "observability"):
        reads += [
            ("kubernetes_events", {"namespace": namespace}),
            ("recent_changes", {"namespace": namespace, "minutes": 600}),
        ]
        reads += [("kubernetes_summary", {"namespace": namespace}), ("diagnose", {"namespace": namespace})]
        reads += [
            ("kubernetes_list", {"kind": kind, "namespace": namespace})
            for kind in ("pods", "deployments", "events", "configmaps", "secrets")
        ]
    reads += [
        ("log_search", {"since_minutes": 600, "limit": 200}), ("monitors_list", {}), ("kubernetes_kinds", {}),
        ("iac_search", {"query": "aws_db_instance ledger password", "limit": 20}), ("iac_search", {"query": "planner_token variable"}),
        ("iac_search", {"query": "session cache deployment old db_password", "limit": 20}), ("runbook_search", {"query": "tool router errors", "limit": 20}),
        ("iac_owner", {"kind": "deployment", "name": "tool-router", "namespace": "agents"}),
        ("iac_references", {"name": "planner_token"}), ("iac_drift", {}), ("iac_history", {"query": "planner"}),
        ("rollout_history", {"name": "tool-router", "namespace": "agents"}),
        ("kubernetes_uses", {"kind": "configmap", "name": "planner", "namespace": "agents"}),
        ("kubernetes_query", {"kind": "pods", "namespace": "agents"}),
        ("kubernetes_facts", {"name": "tool-router", "namespace": "agents"}),
        ("diagnose", {"alert": None, "namespace": "agents", "kind": "deployment", "name": "tool-router"}),
    ]  # fmt: skip
    return tuple(reads)


@pytest.fixture
def files_under() -> Callable[[Path], Iterator[tuple[str, bytes]]]:
    """Every file below a folder, its name too."""

    def walk(folder: Path) -> Iterator[tuple[str, bytes]]:
        for path in sorted(folder.rglob("*")):
            yield f"name of {path.name}", path.name.encode()
            if path.is_file():
                yield str(path.relative_to(folder)), path.read_bytes()

    return walk
