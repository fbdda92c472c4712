"""`recorded.json`: what our recorder says it recorded, and what it could not.

Its form is version 1; an older or newer one is refused rather than guessed at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from interlock.core.errors import BadInput
from interlock.core.replay.kinds import READ_WRITE, Kind, PrinterColumn
from interlock.core.replay.paths import read_plain

RECORDED = "recorded.json"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Recorded:
    """The recorder's own account. `scopes`: namespaces listed one by one, None where all were listed at once."""

    version: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[Kind, ...] = ()
    scopes: Mapping[tuple[str, str], frozenset[str] | None] = field(default_factory=dict)
    namespaces: frozenset[str] = frozenset()
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    groups: tuple[dict[str, Any], ...] = ()
    resource_lists: tuple[dict[str, Any], ...] = ()
    aggregated: tuple[str, ...] = ()
    """The versions of aggregated discovery that the server had; it came with 1.26."""
    openapi: str = ""
    """The file of the OpenAPI definitions, '' where none were recorded."""
    log_refusals: Mapping[str, str] = field(default_factory=dict)
    """What the server said of logs that cannot be had (400), by their files."""


def read_recorded(folder: Path) -> Recorded | None:
    """The account in `folder`, or None when it was not made by our recorder.

    Raises:
        BadInput: it is there but unreadable or of another format version.
    """
    path = folder / RECORDED
    if not path.exists() and not path.is_symlink():
        return None
    try:
        value = json.loads(read_plain(path))
        return _account(path, value)
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path} is not a recorder's account: {error!r}", hint="record again") from error


def _account(path: Path, value: dict[str, Any]) -> Recorded:
    if value.get("formatVersion") != FORMAT_VERSION:
        raise BadInput(
            f"{path} has format version {value.get('formatVersion')!r}, this reads {FORMAT_VERSION}"
        )
    resources = value.get("resources") or []
    kinds = [_kind(r) for r in resources]
    kinds += [_kind(r, further=True) for r in value.get("furtherVersions") or []]
    scopes = map(_scope, [*resources, *(value.get("furtherVersions") or [])])
    discovery = value.get("discovery") or {}
    groups, lists = _discovery(discovery)
    return Recorded(
        version=value.get("version") or {},
        kinds=tuple(kinds),
        scopes=dict(zip((kind.slot for kind in kinds), scopes, strict=True)),
        namespaces=frozenset(value.get("namespaces") or ()),
        refused=dict(_refusals(value.get("notRecorded") or [])),
        groups=groups,
        resource_lists=lists,
        aggregated=tuple(discovery.get("aggregated") or ()),
        openapi=str((value.get("openapi") or {}).get("file") or ""),
        log_refusals=dict(value.get("logRefusals") or {}),
    )


def _scope(resource: dict[str, Any]) -> frozenset[str] | None:
    namespaces = resource.get("namespaces")
    return None if namespaces is None else frozenset(namespaces)


def _kind(r: dict[str, Any], *, further: bool = False) -> Kind:
    columns = r.get("printerColumns")
    return Kind(
        group=r.get("group") or "",
        version=r["version"],
        kind=r["kind"],
        plural=r["plural"],
        singular=r.get("singular") or "",
        namespaced=bool(r["namespaced"]),
        short_names=tuple(r.get("shortNames") or ()),
        categories=tuple(r.get("categories") or ()),
        verbs=tuple(r.get("verbs") or READ_WRITE),
        columns=None if columns is None else tuple(map(_column, columns)),
        further=further,
    )


def _column(c: dict[str, Any]) -> PrinterColumn:
    return PrinterColumn(
        name=c["name"],
        type=c.get("type") or "string",
        json_path=c.get("jsonPath") or c["JSONPath"],
        format=c.get("format") or "",
        description=c.get("description") or "",
        priority=int(c.get("priority") or 0),
    )


def _refusals(entries: list[dict[str, Any]]) -> Iterable[tuple[tuple[str, str], str]]:
    for entry in entries:
        yield (entry["resource"], entry.get("namespace") or ""), str(entry.get("why") or "")


def _discovery(value: dict[str, Any]) -> tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]:
    """The APIGroup and the APIResourceList documents, in whichever list they were put."""
    core = value.get("core") or []
    documents = [*(core if isinstance(core, list) else [core]), *(value.get("groups") or [])]
    documents += value.get("resources") or []
    groups = tuple(d for d in documents if "versions" in d)
    return groups, tuple(d for d in documents if "groupVersion" in d and "resources" in d)
