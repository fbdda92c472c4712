"""The one list of what may be written: verb, kind and, for patches, the fields.

Threat: a bug or a crafted argument that turns an approved change into another one. Mechanism: each body is held against
this table before it becomes a request, and each request's method and path against the patterns made of it. Guarantee:
what is not on the list does not leave, whichever action asked for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import JsonValue

from interlock.approvals.errors import NotSent
from interlock.approvals.normal import STAMP
from interlock.approvals.patches import leaves, parts
from interlock.core.clusters.objects import Node

Verb = Literal["patch", "create", "delete", "evict"]
RECONCILE = "reconcile.fluxcd.io/requestedAt"
RESTARTED = "kubectl.kubernetes.io/restartedAt"
_LABELS = ("metadata", "labels", "*")
_ANNOTATIONS = ("metadata", "annotations", "*")
_STAMPED = ("metadata", "annotations", STAMP)
_RESERVED = re.compile(
    r"(^|\.)(kubernetes\.io|k8s\.io|interlock\.io|argoproj\.io|fluxcd\.io|helm\.sh|openshift\.io|crossplane\.io)$"
)
_NAME = r"[A-Za-z0-9._:~%-]+"
_FLUX = (("metadata", "annotations", RECONCILE),)
FLUX_KINDS = (
    "kustomizations.kustomize.toolkit.fluxcd.io",
    "helmreleases.helm.toolkit.fluxcd.io",
    "gitrepositories.source.toolkit.fluxcd.io",
    "helmrepositories.source.toolkit.fluxcd.io",
    "ocirepositories.source.toolkit.fluxcd.io",
)


@dataclass(frozen=True)
class Permit:
    """One verb on one kind; for a patch the places it may touch, where `*` stands for one unreserved key."""

    verb: Verb
    kind: str
    places: tuple[tuple[str, ...], ...] = ()


PERMITS: tuple[Permit, ...] = (
    Permit(
        "patch",
        "deployments.apps",
        (("spec", "replicas"), ("spec", "paused"), ("spec", "template"), _LABELS, _ANNOTATIONS),
    ),
    Permit("patch", "statefulsets.apps", (("spec", "replicas"), ("spec", "template"), _LABELS, _ANNOTATIONS)),
    Permit("patch", "daemonsets.apps", (("spec", "template"), _LABELS, _ANNOTATIONS)),
    Permit("patch", "cronjobs.batch", (("spec", "suspend"), _LABELS, _ANNOTATIONS)),
    Permit("patch", "nodes", (("spec", "unschedulable"), _LABELS, _ANNOTATIONS)),
    Permit("patch", "pods", (_LABELS, _ANNOTATIONS)),
    Permit(
        "patch",
        "horizontalpodautoscalers.autoscaling",
        (("spec", "minReplicas"), ("spec", "maxReplicas"), _LABELS, _ANNOTATIONS),
    ),
    Permit("patch", "applications.argoproj.io", (("operation",),)),
    *(Permit("patch", kind, _FLUX) for kind in FLUX_KINDS),
    Permit("create", "jobs.batch"),
    Permit("delete", "pods"),
    Permit("delete", "jobs.batch"),
    Permit("evict", "pods"),
)
_METHODS: Mapping[Verb, str] = {"patch": "PATCH", "create": "POST", "delete": "DELETE", "evict": "POST"}
_OPERATIONS = frozenset({"add", "replace", "remove"})
_CLUSTER_WIDE = frozenset({"nodes"})


def reserved(key: str) -> bool:
    """True for a label or annotation key that belongs to Kubernetes, a GitOps tool, Helm or us."""
    prefix, slash, _ = key.rpartition("/")
    return bool(slash) and bool(_RESERVED.search(prefix.lower()))


def permit(verb: Verb, kind: str, permits: Sequence[Permit] = PERMITS) -> Permit:
    """The permit for a verb on a kind.

    Raises:
        NotSent: when there is none.
    """
    for each in permits:
        if (each.verb, each.kind) == (verb, kind):
            return each
    raise NotSent(f"{verb} of {kind} is not on the list of what may be written")


def check_patch(kind: str, body: JsonValue) -> None:
    """Let a patch pass whose every place is permitted.

    Raises:
        NotSent: naming the place that is not.
    """
    allowed = (_STAMPED, *permit("patch", kind).places)
    touched = _touched(body)
    if not touched:
        raise NotSent(f"a patch of {kind} that touches nothing is not sent")
    for place in touched:
        if not any(_within(place, each) for each in allowed):
            raise NotSent(f"/{'/'.join(place)} of {kind} is not on the list of what may be written")


def check_job(body: Mapping[str, JsonValue]) -> None:
    """Let a Job pass that a CronJob owns and that is stamped: no other object is ever created.

    Raises:
        NotSent: for any other body.
    """
    job = Node(body)
    owners = [owner.text("kind") for owner in job.nodes("metadata", "ownerReferences")]
    stamp = job.strings("metadata", "annotations").get(STAMP)
    if job.text("kind") != "Job" or owners != ["CronJob"] or not stamp:
        raise NotSent("only a stamped Job of a CronJob may be created")


def check_request(method: str, path: str, query: Mapping[str, str], *, dry: bool) -> None:
    """The last look at a request, whoever made it.

    Raises:
        NotSent: unless method and path are on the list, and a dry run is one.
    """
    if not any(m == method and pattern.fullmatch(path) for m, pattern in _patterns()) or ".." in path:
        raise NotSent(f"{method} {path} is not on the list of what may be sent")
    if dry and query.get("dryRun") != "All":
        raise NotSent("a preview that is no dry run is not sent")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((_METHODS[each.verb], _pattern(each)) for each in PERMITS)


def _pattern(each: Permit) -> re.Pattern[str]:
    plural, _, group = each.kind.partition(".")
    base = rf"/apis/{re.escape(group)}/v[0-9a-z]+" if group else "/api/v1"
    space = "" if each.kind in _CLUSTER_WIDE else f"/namespaces/{_NAME}"
    tail = {"create": "", "evict": f"/{_NAME}/eviction"}.get(each.verb, f"/{_NAME}")
    return re.compile(rf"{base}{space}/{plural}{tail}")


def _touched(body: JsonValue) -> list[tuple[str, ...]]:
    if isinstance(body, list):
        changes = [each for each in body if not isinstance(each, dict) or each.get("op") != "test"]
        return [_place(each) for each in changes]
    return leaves(body) if body else []


def _place(each: JsonValue) -> tuple[str, ...]:
    if not isinstance(each, dict) or each.get("op") not in _OPERATIONS:
        raise NotSent("a JSON patch may add, replace, remove and test, and nothing else")
    place = tuple(parts(str(each.get("path", ""))))
    # The empty parent that a stamp needs; with content it would be a way past the keys.
    return (*place, STAMP) if place == ("metadata", "annotations") and each.get("value") == {} else place


def _within(place: tuple[str, ...], allowed: Iterable[str]) -> bool:
    pattern = tuple(allowed)
    if len(place) < len(pattern):
        return False
    if pattern[-1] == "*":
        return (
            place[: len(pattern) - 1] == pattern[:-1]
            and len(place) == len(pattern)
            and not reserved(place[-1])
        )
    return place[: len(pattern)] == pattern
