"""Kubernetes Secrets (also in lists, without a kind, under a template), kubeconfig, docker config, container env."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interlock.core.redaction.judging import hides
from interlock.core.redaction.names import kind_of
from interlock.core.redaction.shapes import Hit, Shape

_TYPES = ("Opaque", "kubernetes.io/", "helm.sh/", "bootstrap.kubernetes.io/")
_PARTS = ("data", "stringData")


def secret(node: Mapping[str, object]) -> Iterator[Hit]:
    """Every value of `data` and `stringData`; keys stay."""
    if node.get("kind") == "SecretList":
        items = node.get("items")
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, Mapping):
                yield from ((("items", index, part), "secret-data") for part in _PARTS if part in item)
    elif node.get("kind") == "Secret" or _typed(node):
        yield from (((part,), "secret-data") for part in _PARTS if part in node)


def _typed(node: Mapping[str, object]) -> bool:
    """A Secret whose `kind` was left out, as in the items of a list or the body of a patch."""
    if "kind" not in node and "stringData" in node:
        return True
    kind = node.get("type")
    return "kind" not in node and isinstance(kind, str) and kind.startswith(_TYPES)


def kubeconfig(node: Mapping[str, object]) -> Iterator[Hit]:
    """Credentials of `users`, with the environment and arguments of exec plugins that look secret."""
    users = node.get("users")
    if not isinstance(users, list):
        return
    for index, entry in enumerate(users):
        user = entry.get("user") if isinstance(entry, Mapping) else None
        if not isinstance(user, Mapping):
            continue
        for key in ("token", "password", "client-key-data"):
            if key in user:
                yield ("users", index, "user", key), "kubeconfig"
        yield from _plugin(("users", index, "user"), user)


def _plugin(path: tuple[str | int, ...], user: Mapping[str, object]) -> Iterator[Hit]:
    plugin = user.get("exec")
    env = plugin.get("env") if isinstance(plugin, Mapping) else None
    for index, pair in enumerate(env if isinstance(env, list) else ()):
        if isinstance(pair, Mapping) and "value" in pair:
            yield (*path, "exec", "env", index, "value"), "kubeconfig"
    provider = user.get("auth-provider")
    config = provider.get("config") if isinstance(provider, Mapping) else None
    for key in config if isinstance(config, Mapping) else ():
        if str(key).endswith(("token", "secret")):
            yield (*path, "auth-provider", "config", key), "kubeconfig"


def docker_config(node: Mapping[str, object]) -> Iterator[Hit]:
    """Registry logins: `auths` of config.json and the older form without it."""
    auths = node.get("auths")
    for host, entry in auths.items() if isinstance(auths, Mapping) else ():
        for key in ("auth", "password", "identitytoken", "registrytoken"):
            if isinstance(entry, Mapping) and key in entry:
                yield ("auths", host, key), "registry-auth"


def environment(node: Mapping[str, object]) -> Iterator[Hit]:
    """`value` beside a `name` or `key` that looks secret, in either order."""
    for name, value in (("name", "value"), ("key", "value"), ("Name", "Value"), ("Key", "Value"),
                        ("ParameterKey", "ParameterValue"), ("path", "value")):  # fmt: skip
        label, content = node.get(name), node.get(value)
        label = label.rpartition("/")[2] if name == "path" and isinstance(label, str) else label
        if isinstance(label, str) and isinstance(content, str) and hides(label, content):
            yield (value,), kind_of(label)


SHAPES: tuple[Shape, ...] = (
    Shape(
        "secret", "Kubernetes API: Secret v1", ('"Secret', '"stringData', "Opaque", "kubernetes.io/", "helm.sh/"), secret,
        {"kind": "Secret", "data": {"k": "U0VDUkVULTE="}}, "U0VDUkVULTE=",
    ),
    Shape(
        "kubeconfig", "client-go: clientcmd v1 Config", ('"users',), kubeconfig,
        {"users": [{"name": "a", "user": {"token": "SECRET-1"}}]}, "SECRET-1",
    ),
    Shape(
        "docker-config", "docker: config.json", ('"auths',), docker_config,
        {"auths": {"r.io": {"auth": "U0VDUkVULTE="}}}, "U0VDUkVULTE=",
    ),
    Shape(
        "environment", "Kubernetes API: EnvVar v1; CloudFormation, ECS, Helm parameters", ('"value', '"Value', "ParameterValue"),
        environment, {"value": "SECRET-1", "name": "DB_PASSWORD"}, "SECRET-1", copies=False,
    ),
)  # fmt: skip
