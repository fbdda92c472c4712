"""What the replay serves, told as a Kubernetes API server tells it: /api, /apis, /version, plain or aggregated.

Only recorded resources are listed, with what cannot be listed anyway (reviews, bindings) where the recorder kept it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from interlock.core.replay.dump import Dump
from interlock.core.replay.kinds import BUILT_IN, Kind

Json = dict[str, Any]
AGGREGATED = "apidiscovery.k8s.io"
SCALED = {
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("apps", "statefulsets"),
    ("", "replicationcontrollers"),
}
NO_STATUS = {"configmaps", "endpoints", "events", "limitranges", "secrets", "serviceaccounts", "podtemplates"}
_GROUP_ORDER = {group: place for place, (group, _) in enumerate(reversed(BUILT_IN))}


@dataclass(frozen=True)
class Catalogue:
    """The discovery documents of one recording."""

    groups: tuple[Json, ...]  # APIGroup, core not among them
    lists: dict[str, Json]  # groupVersion -> APIResourceList

    def aggregated(self, *, core: bool, version: str) -> Json:
        """One APIGroupDiscoveryList: of the core group (`/api`) or of all others (`/apis`)."""
        named = (
            [("", ["v1"])]
            if core
            else [(g["name"], [v["version"] for v in g["versions"]]) for g in self.groups]
        )
        items = [self._aggregated_group(group, versions) for group, versions in named]
        kind = "APIGroupDiscoveryList"
        return {"kind": kind, "apiVersion": f"{AGGREGATED}/{version}", "metadata": {}, "items": items}

    def _aggregated_group(self, group: str, versions: list[str]) -> Json:
        lists = [(v, self.lists.get(f"{group}/{v}" if group else v, {"resources": []})) for v in versions]
        found = [
            {
                "version": v,
                "freshness": "Current",
                "resources": _aggregated_resources(group, v, resources["resources"]),
            }
            for v, resources in lists
        ]
        metadata = {"name": group, "creationTimestamp": None} if group else {"creationTimestamp": None}
        return {"metadata": metadata, "versions": found}


def catalogue(dump: Dump) -> Catalogue:
    """Builds the documents for what `dump` holds."""
    lists: dict[str, Json] = {}
    kept = _kept_resources(dump)
    for group_version in {k.group_version for k in dump.all_kinds} | set(kept):
        resources = [*_resources(dump, group_version, kept.get(group_version, []))]
        resources.sort(key=lambda r: str(r["name"]))
        head = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version}
        if group_version == "v1":
            del head["apiVersion"]
        lists[group_version] = {**head, "resources": resources}
    return Catalogue(tuple(_groups(dump, lists)), lists)


def _kept_resources(dump: Dump) -> dict[str, list[Json]]:
    """From the recorded discovery: recorded resources, their subresources, and what nobody can list."""
    kept: dict[str, list[Json]] = {}
    for document in dump.recorded.resource_lists if dump.recorded else ():
        served = [r for r in document["resources"] if _is_served(dump, document["groupVersion"], r, document)]
        if served:
            kept[document["groupVersion"]] = served
    return kept


def _is_served(dump: Dump, group_version: str, resource: Json, document: Json) -> bool:
    group, _, version = group_version.rpartition("/")
    plural, _, _ = str(resource["name"]).partition("/")
    if (group, plural) in dump.kinds:
        return dump.kind_at(group, version, plural) is not None
    parent = next((r for r in document["resources"] if r["name"] == plural), resource)
    return "list" not in (parent.get("verbs") or ())


def _resources(dump: Dump, group_version: str, kept: list[Json]) -> Iterable[Json]:
    yield from kept
    named = {r["name"] for r in kept}
    for kind in dump.all_kinds:
        if kind.group_version == group_version and kind.plural not in named:
            yield _resource(kind)
            yield from (_subresource(kind, *sub) for sub in _subresources(kind))


def _resource(kind: Kind) -> Json:
    entry: Json = {"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced}
    entry |= {"kind": kind.kind, "verbs": list(kind.verbs)}
    entry |= {"shortNames": list(kind.short_names)} if kind.short_names else {}
    return entry | ({"categories": list(kind.categories)} if kind.categories else {})


def _subresources(kind: Kind) -> Iterable[tuple[str, Json, list[str]]]:
    if kind.key == ("", "pods"):
        yield "log", {"kind": "Pod"}, ["get"]
    if kind.key in SCALED:
        yield "scale", {"group": "autoscaling", "version": "v1", "kind": "Scale"}, ["get", "patch", "update"]
    if kind.key in BUILT_IN and kind.plural not in NO_STATUS:
        yield "status", {"kind": kind.kind}, ["get", "patch", "update"]


def _subresource(kind: Kind, name: str, response: Json, verbs: list[str]) -> Json:
    entry = {"name": f"{kind.plural}/{name}", "singularName": "", "namespaced": kind.namespaced}
    return {**entry, **response, "verbs": verbs}


def _groups(dump: Dump, lists: dict[str, Json]) -> Iterable[Json]:
    """APIGroups: in the recorded order, then in the order of the built-in table, then by name."""
    versions: dict[str, list[str]] = {}
    for group_version in lists:
        group, _, version = group_version.rpartition("/")
        if group:
            versions.setdefault(group, []).append(version)
    recorded = {str(g["name"]): g for g in (dump.recorded.groups if dump.recorded else ())}
    order = {name: place for place, name in enumerate(recorded)}
    for name in sorted(versions, key=lambda g: (order.get(g, len(order)), -_GROUP_ORDER.get(g, -1), g)):
        yield _group(name, versions[name], recorded.get(name))


def _group(name: str, versions: list[str], recorded: Json | None) -> Json:
    told = [v["version"] for v in recorded["versions"]] if recorded else []
    ordered = [v for v in told if v in versions] + sorted(set(versions) - set(told), key=_version_order)
    preferred = (recorded or {}).get("preferredVersion", {}).get("version")
    best = preferred if preferred in versions else ordered[0]
    entries = [{"groupVersion": f"{name}/{v}", "version": v} for v in ordered]
    return {
        "name": name,
        "versions": entries,
        "preferredVersion": {"groupVersion": f"{name}/{best}", "version": best},
    }


def _version_order(version: str) -> tuple[bool, bool, str]:
    """Stable before beta before alpha."""
    return ("alpha" in version, "beta" in version, version)


def _aggregated_resources(group: str, version: str, resources: list[Json]) -> list[Json]:
    subs: dict[str, list[Json]] = {}
    for r in resources:
        plural, slash, sub = str(r["name"]).partition("/")
        if slash:
            entry = {
                "subresource": sub,
                "responseKind": _response_kind(group, version, r),
                "verbs": r["verbs"],
            }
            subs.setdefault(plural, []).append(entry)
    return [_aggregated_resource(group, version, r, subs) for r in resources if "/" not in r["name"]]


def _aggregated_resource(group: str, version: str, r: Json, subs: dict[str, list[Json]]) -> Json:
    entry: Json = {"resource": r["name"], "responseKind": _response_kind(group, version, r)}
    entry |= {"scope": "Namespaced" if r["namespaced"] else "Cluster"}
    entry |= {"singularResource": r.get("singularName") or str(r["kind"]).lower(), "verbs": r["verbs"]}
    entry |= {key: r[key] for key in ("shortNames", "categories") if r.get(key)}
    return entry | ({"subresources": subs[r["name"]]} if r["name"] in subs else {})


def _response_kind(group: str, version: str, r: Json) -> Json:
    return {"group": r.get("group", group), "version": r.get("version", version), "kind": r["kind"]}
