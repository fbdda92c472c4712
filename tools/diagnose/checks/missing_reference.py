"""ConfigMaps, Secrets, keys and ServiceAccounts that a pod names and that do not exist.

Detects: CreateContainerConfigError, FailedMount, FailedCreate and FailedToRetrieveImagePullSecret messages that say so; and, only where those kinds were
read, references of waiting pods to names that are not there.
Source: Kubernetes API, EnvVarSource, EnvFromSource, Volume; kubelet message `configmap "x" not found`.
Example: Error: secret "db-credentials" not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.tools.diagnose.activity import pod_state
from interlock.tools.diagnose.check import Check
from interlock.tools.diagnose.model import Finding, Statement, the_object
from interlock.tools.diagnose.phrases import live
from interlock.tools.diagnose.scene import Scene
from interlock.tools.diagnose.spoken import finding, heard
from interlock.tools.diagnose.views import Pod

PATTERN = re.compile(
    r"(?P<kind>configmap|secret|serviceaccount)s? \\?[\"'](?P<name>[^\"'\\]+)\\?[\"'] (is )?not found"
    r"|couldn'?t find key (?P<key>[\w.-]+) in (?P<kind2>ConfigMap|Secret) (?P<name2>[\w./-]*[\w])"
    r"|references non-existent (?P<kind3>config|secret) key: (?P<key3>[\w.-]+)"
    r"|error looking up service account \S*?/(?P<account>[\w.-]+)"
    r"|Unable to retrieve some image pull secrets \((?P<pull>[\w.-]+)[^)]*\)",
    re.IGNORECASE,
)
PULL = "image pull Secret"
_NAMES = {
    "configmap": "ConfigMap",
    "config": "ConfigMap",
    "secret": "Secret",
    "serviceaccount": "ServiceAccount",
}


def _what(match: re.Match[str]) -> str:
    if match["pull"]:
        return f"{PULL} {match['pull']}"
    kind = _NAMES[(match["kind"] or match["kind2"] or match["kind3"] or "serviceaccount").lower()]
    name = (match["name"] or match["name2"] or match["account"] or "").rsplit("/", 1)[-1]
    key = match["key"] or match["key3"]
    return f"key {key} in {kind} {name}".strip() if key else f"{kind} {name}"


def find(scene: Scene) -> Iterator[Finding]:
    """Missing references by pod."""
    named = set()
    for what in heard(scene, PATTERN, _what):
        named.add(what.about)
        pull = what.key.startswith(PULL)
        said = f"cannot retrieve its {what.key}" if pull else f"cannot start: {what.key} was not found"
        yield finding(
            scene, "missing_reference", "configuration_error", what,
            f"{what.about} {said}", facts={"missing": what.key, "pull": "yes" if pull else ""},
        )  # fmt: skip
    for pod in scene.pods:
        if pod.ref not in named and pod.phase == "Pending" and pod_state(scene, pod) == "active":
            yield from _not_there(scene, pod)


def _not_there(scene: Scene, pod: Pod) -> Iterator[Finding]:
    for kind, plural, name in _references(pod):
        there = scene.within(plural, pod.raw.namespace)
        if there is not None and name not in there:
            text = f"{pod.ref} names the {kind} {name}"
            absent = Statement(
                f"No {kind} {name} exists in namespace {pod.raw.namespace}: {len(there)} {plural} were read"
            )
            yield Finding(
                "missing_reference", "configuration_error", pod.ref, pod.workload,
                Statement(text, (the_object(pod.ref),)), since=pod.raw.created, details=(absent,),
                facts={"missing": f"{kind} {name}", "key": f"{kind} {name}", "hash": pod.template_hash},
            )  # fmt: skip


def _references(pod: Pod) -> Iterator[tuple[str, str, str]]:
    for container in pod.containers:
        for source in container.spec.nodes("envFrom"):
            yield from _one(
                source.text("configMapRef", "name"), source.flag("configMapRef", "optional"), "ConfigMap"
            )
            yield from _one(source.text("secretRef", "name"), source.flag("secretRef", "optional"), "Secret")
        for variable in container.spec.nodes("env"):
            for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
                ref = variable.node("valueFrom", field)
                yield from _one(ref.text("name"), ref.flag("optional"), kind)
    for volume in pod.raw.nodes("spec", "volumes"):
        yield from _one(volume.text("configMap", "name"), volume.flag("configMap", "optional"), "ConfigMap")
        yield from _one(volume.text("secret", "secretName"), volume.flag("secret", "optional"), "Secret")


def _one(name: str, optional: bool | None, kind: str) -> Iterator[tuple[str, str, str]]:
    if name and not optional:
        yield kind, kind.lower() + "s", name


def clear(scene: Scene) -> str:
    """Pods that got their configuration."""
    pods = live(scene)
    good = sum(not any("ConfigError" in c.waiting for c in pod.containers) for pod in pods)
    return f"no missing reference: {good} of {len(pods)} pods do not wait for configuration" if pods else ""


CHECK = Check(find, clear)
