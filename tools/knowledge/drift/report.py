"""Compares what the code declares with a cluster, object by object, and says so as data.

Guarantees: no value of a Secret, and none whose name announces a secret, is in the report: only that it differs. What
could not be compared is a limit, never "no drift".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from pydantic import JsonValue

from interlock.core.clusters.objects import KubeObject
from interlock.core.clusters.shapes import SECRET_VALUE
from interlock.core.redaction.names import Says, says
from interlock.tools.knowledge.drift.compare import Difference, compare
from interlock.tools.knowledge.drift.live import Live
from interlock.tools.knowledge.drift.manifests import Manifest
from interlock.tools.knowledge.drift.owners import Edit, added, author, edits, restarted

SHOWN = 200
_SECRET = "Secret"  # noqa: S105 - a kind
_LABELS = (
    "app.kubernetes.io/instance",
    "app.kubernetes.io/part-of",
    "argocd.argoproj.io/instance",
    "kustomize.toolkit.fluxcd.io/name",
    "app.kubernetes.io/managed-by",
)


@dataclass(frozen=True)
class Change:
    """A field that differs, where the code says so, and by which command it was changed by hand, when known."""

    difference: Difference
    line: int
    edit: Edit | None


@dataclass(frozen=True)
class Compared:
    """An object of the code and what became of it: `item` is None when the cluster does not have it."""

    manifest: Manifest
    namespace: str
    item: KubeObject | None
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """same, differs or missing."""
        return "missing" if self.item is None else "differs" if self.changes else "same"

    def __str__(self) -> str:
        where = f"{self.namespace}/" if self.namespace else ""
        return f"{self.manifest.kind} {where}{self.manifest.name}"


@dataclass
class Report:
    """Every object that was compared, objects only the cluster has, and what was not compared."""

    compared: list[Compared] = field(default_factory=list)
    beside: list[KubeObject] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)


def examined(manifests: Iterable[Manifest], live: Live) -> Report:
    """Compare all of them. Of several declarations of one object the nearest counts, and that is said."""
    report = Report()
    ordered = sorted(manifests, key=lambda m: _key(m, live))
    for _, same in groupby(ordered, key=lambda m: _key(m, live)):
        declared = list(same)
        results = [_one(manifest, live, report.limits) for manifest in declared]
        known = [result for result in results if result is not None]
        if known:
            best = min(known, key=lambda result: len(result.changes))
            others = [m.path for m in declared if m is not best.manifest]
            said = (f"also declared in {', '.join(dict.fromkeys(others))}",) if others else ()
            report.compared.append(replace(best, notes=(*best.notes, *said)))
    if any(result.manifest.kind == _SECRET for result in report.compared):
        report.limits.append("values of Secrets are not read: only the names of their keys are compared")
    return report


def _key(manifest: Manifest, live: Live) -> tuple[str, str, str, str]:
    return manifest.group, manifest.kind, live.namespace(manifest), manifest.name


def _one(manifest: Manifest, live: Live, limits: list[str]) -> Compared | None:
    found = live.find(manifest)
    if found.limit:
        limits.append(f"{manifest.kind} {manifest.name} ({manifest.path}) not compared: {found.limit}")
        return None
    if found.item is None:
        return Compared(manifest, found.namespace, None)
    code, held = _comparable(manifest, found.item)
    made = edits(found.item)
    differences = [*compare(code, held), *added(made, code, held)]
    notes = list(_notes(manifest, found.item))
    if scaler := _scaled(differences, found.item, live):
        differences = [one for one in differences if one.path != "spec.replicas"]
        notes.append(f"spec.replicas is set by HorizontalPodAutoscaler {scaler}: not drift")
    changes = tuple(
        Change(_hidden(one, manifest.kind), manifest.line(_code_spot(one)), author(made, held, one.live_at))
        for one in _distinct(differences)
    )
    return Compared(manifest, found.namespace, found.item, changes, tuple(notes))


def _comparable(manifest: Manifest, item: KubeObject) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
    code, live = dict(manifest.value), dict(item.raw)
    if manifest.kind == _SECRET:
        keys = [
            key for part in ("data", "stringData") if isinstance(held := code.get(part), dict) for key in held
        ]
        code.pop("stringData", None)
        if keys:
            code["data"] = dict.fromkeys(keys, SECRET_VALUE)
    return code, live


def _code_spot(difference: Difference) -> tuple[str | int, ...]:
    return difference.code_at


def _notes(manifest: Manifest, item: KubeObject) -> Iterator[str]:
    if manifest.note:
        yield manifest.note
    if at := restarted(item):
        yield f"restarted at {at} by kubectl rollout restart: not drift"


def _scaled(differences: list[Difference], item: KubeObject, live: Live) -> str:
    return live.autoscaler(item) if any(one.path == "spec.replicas" for one in differences) else ""


def _distinct(differences: list[Difference]) -> Iterator[Difference]:
    """Each field once: what was added by hand is often an entry that the comparison found already."""
    seen: set[tuple[str | int, ...]] = set()
    for one in differences:
        prefixes = (one.live_at[:n] for n in range(len(one.live_at) + 1))
        if one.what != "not in the code" or not any(prefix in seen for prefix in prefixes):
            yield one
        if one.what == "not in the code":
            seen.add(one.live_at)


def _hidden(one: Difference, kind: str) -> Difference:
    """The difference without values that are secret, or whose name says that they may be."""
    if kind == _SECRET or _announces(one):
        hide: JsonValue = "(not shown)"
        return replace(one, code=None if one.code is None else hide, live=None if one.live is None else hide)
    return one


def _announces(one: Difference) -> bool:
    path = one.path
    named = path.rpartition(".env[")[2].partition("]")[0] if ".env[" in path else ""
    last = path.rpartition("[")[2].rstrip("]") if path.endswith("]") else path.rpartition(".")[2]
    is_value = any(part in path for part in (".env[", "data.", "data[", "annotations"))
    return is_value and (says(named) is not Says.NO or says(last) is Says.SURE)


def beside(report: Report, live: Live, listed: Iterable[KubeObject]) -> list[KubeObject]:
    """Objects that carry the labels the code gives its own, and that the code does not declare."""
    declared = {(one.manifest.kind, one.namespace, one.manifest.name) for one in report.compared}
    return [
        item
        for item in listed
        if (item.kind, item.namespace, item.name) not in declared and item.controller is None
    ]


def shared_labels(manifests: Iterable[Manifest]) -> dict[str, str]:
    """The labels by which tools and people mark what belongs together, as far as all manifests agree on them."""
    labels = [_labels(manifest) for manifest in manifests]
    return {
        key: values.pop()
        for key in _LABELS
        if labels and len(values := {found.get(key, "") for found in labels}) == 1 and "" not in values
    }


def _labels(manifest: Manifest) -> Mapping[str, str]:
    metadata = manifest.value.get("metadata")
    held = metadata.get("labels") if isinstance(metadata, dict) else None
    return {k: v for k, v in held.items() if isinstance(v, str)} if isinstance(held, dict) else {}


def shown(value: JsonValue) -> str:
    """A value on one line, cut where it is long."""
    if value is None:
        return "(not set)"
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    text = " ".join(text.split()) or '""'
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text)} characters)"
