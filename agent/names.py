"""Finds the objects a question names by looking them up: a word is a name only when the cluster has it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from interlock.agent.intent import vocabulary
from interlock.agent.turn import Asked, Named, Names, Read, Use
from interlock.core.errors import nearest

LIST = "kubernetes_list"
FIRST_KINDS = ("namespaces", "deployments", "statefulsets", "daemonsets", "services", "nodes")
MORE_KINDS = ("pods", "jobs", "cronjobs", "persistentvolumeclaims", "horizontalpodautoscalers", "configmaps")
MOST = 1000
_TOKEN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?")
_KIND_WORDS = {
    "pod": "pods",
    "deployment": "deployments",
    "deploy": "deployments",
    "statefulset": "statefulsets",
    "daemonset": "daemonsets",
    "replicaset": "replicasets",
    "service": "services",
    "svc": "services",
    "node": "nodes",
    "namespace": "namespaces",
    "job": "jobs",
    "cronjob": "cronjobs",
    "event": "events",
    "configmap": "configmaps",
    "secret": "secrets",
    "ingress": "ingresses",
    "quota": "resourcequotas",
    "resourcequota": "resourcequotas",
    "volume": "persistentvolumes",
    "pv": "persistentvolumes",
    "pvc": "persistentvolumeclaims",
    "claim": "persistentvolumeclaims",
    "persistentvolumeclaim": "persistentvolumeclaims",
    "persistentvolume": "persistentvolumes",
    "hpa": "horizontalpodautoscalers",
    "autoscaler": "horizontalpodautoscalers",
    "endpoint": "endpoints",
    "serviceaccount": "serviceaccounts",
    "networkpolicy": "networkpolicies",
    "pdb": "poddisruptionbudgets",
    "storageclass": "storageclasses",
}
SINGULAR = {
    "deployments": "Deployment",
    "statefulsets": "StatefulSet",
    "daemonsets": "DaemonSet",
    "services": "Service",
    "nodes": "Node",
    "namespaces": "Namespace",
    "pods": "Pod",
    "jobs": "Job",
    "cronjobs": "CronJob",
    "persistentvolumeclaims": "PersistentVolumeClaim",
    "horizontalpodautoscalers": "HorizontalPodAutoscaler",
    "configmaps": "ConfigMap",
}
ROLLED_OUT = ("Deployment", "StatefulSet", "DaemonSet")
WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod")


def lookups(asked: Asked) -> list[Use]:
    """The lists still to be read before the names in the question are known."""
    first = asked.fresh(_names_of(kind) for kind in FIRST_KINDS)
    if first:
        return first
    found = resolve(asked.text, asked.reads)
    return asked.fresh(_names_of(kind) for kind in MORE_KINDS) if found.unknown else []


def _names_of(kind: str) -> Use:
    return Use.of(LIST, kind=kind, limit=MOST, names_only=True)


def meant(asked: Asked) -> Names:
    """What the question is about: what it names, else what the conversation was about just before."""
    names = resolve(asked.text, asked.reads)
    if names.objects or names.namespaces or names.unknown:
        return names
    for said in reversed(asked.before):
        earlier = resolve(said, asked.reads)
        workloads = tuple(item for item in earlier.objects if item.kind in ROLLED_OUT) or earlier.objects
        if workloads or earlier.namespaces:
            return replace(names, objects=workloads[:1], namespaces=earlier.namespaces)
    return names


def resolve(words: str, reads: Iterable[Read]) -> Names:
    """What `words` name among the objects that were listed."""
    known = known_objects(reads)
    tokens = _tokens(words)
    spaces = _namespaces(known)
    namespaces, objects, unknown = [], [], []
    for before, token in tokens:
        here = [item for item in known if item.name == token and item.kind != "Namespace"]
        if token in spaces and (before == "namespace" or not here or before in ("in", "of")):
            namespaces.append(token)
        elif here or (here := _partly(token, known)):
            objects += here
        elif _looks_like_a_name(token):
            unknown.append(token)
    objects = _preferred(objects, namespaces)
    near = [name for token in unknown for name in nearest(token, {item.name for item in known})]
    return Names(
        tuple(dict.fromkeys(namespaces)),
        tuple(dict.fromkeys(objects)),
        _kind(words),
        tuple(dict.fromkeys(unknown)),
        tuple(dict.fromkeys(near))[:3],
    )


def known_names(reads: Iterable[Read]) -> set[str]:
    """Every name that was listed."""
    return {item.name for item in known_objects(reads)} | _namespaces(known_objects(reads))


def known_objects(reads: Iterable[Read]) -> list[Named]:
    """Everything that was listed."""
    return [
        Named(SINGULAR[kind], row.text("namespace"), row.text("name"))
        for read in reads
        if read.use.tool == LIST and (kind := str(read.use.args.get("kind"))) in SINGULAR
        for row in read.rows
    ]


def _namespaces(known: Iterable[Named]) -> set[str]:
    return {item.namespace or item.name for item in known if item.namespace or item.kind == "Namespace"}


def _tokens(words: str) -> list[tuple[str, str]]:
    """Words that could be names, each with the word before it; `ns/name` counts as both."""
    found: list[tuple[str, str]] = []
    before = ""
    for token in _TOKEN.findall(words):
        for part in token.lower().split("/"):
            if part and _singular(part) not in _KIND_WORDS:
                found.append((before, part))
            before = _singular(part)
    return found


def _singular(word: str) -> str:
    word = word.lower()
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("s", "")):
        stem = word[: -len(ending)] + instead
        if word.endswith(ending) and stem in _KIND_WORDS:
            return stem
    return word


def _kind(words: str) -> str:
    return next(
        (
            _KIND_WORDS[w]
            for t in _TOKEN.findall(words)
            if (w := _singular(t)) in _KIND_WORDS and w != "namespace"
        ),
        "",
    )


def _looks_like_a_name(token: str) -> bool:
    return len(token) > 3 and "-" in token.strip("-") and not token.replace("-", "").isdigit()


def _partly(token: str, known: Sequence[Named]) -> list[Named]:
    """The only workload that has `token` as one of the parts of its name."""
    if len(token) < 4 or token in vocabulary():
        return []
    found = {item for item in known if item.kind in WORKLOADS and token in re.split(r"[-.]", item.name)}
    workloads = {item for item in found if item.kind not in ("Pod", "Job")}
    return list(workloads) if len(workloads) == 1 else []


def _preferred(objects: Sequence[Named], namespaces: Sequence[str]) -> list[Named]:
    """A Deployment before the Service of its name; only objects of the named namespaces, when any is there."""
    here = [item for item in objects if item.namespace in namespaces] or list(objects)
    order = {kind: place for place, kind in enumerate(WORKLOADS)}
    best: dict[tuple[str, str], Named] = {}
    for item in sorted(here, key=lambda item: order.get(item.kind, len(order))):
        best.setdefault((item.namespace, item.name), item)
    return list(best.values())
