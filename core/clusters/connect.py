"""Makes a `ClusterReader` from a URL, a kubeconfig context or the pod we run in; nothing is sent yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import yaml
from pydantic import JsonValue

from interlock.core.clusters.credentials import as_files, from_plugin, in_cluster, own_namespace
from interlock.core.clusters.http import Endpoint, HttpTransport
from interlock.core.clusters.impersonate import impersonated
from interlock.core.clusters.objects import Node
from interlock.core.clusters.permitted import PermittedTransport
from interlock.core.clusters.policed import Wall, as_it_is
from interlock.core.clusters.reader import ClusterReader
from interlock.core.clusters.settings import ClusterSettings, ClustersSettings
from interlock.core.errors import BadInput, UnknownName
from interlock.core.identity import Principal

CURRENT = "current"
"""The name of the only cluster when none is configured: the kubeconfig's current context."""


def configured(settings: ClustersSettings, environment: Mapping[str, str]) -> dict[str, ClusterSettings]:
    """The clusters by name, as settings.

    Without any configured there is one, `current`: the pod's own, or the kubeconfig's current context; none when there
    is no kubeconfig either.
    """
    if settings.named:
        return settings.named
    inside = in_cluster(environment) is not None
    if inside or kubeconfig_path("", environment.get("KUBECONFIG")).is_file():
        return {CURRENT: ClusterSettings(in_cluster=inside)}
    return {}


def connect(
    name: str,
    one: ClusterSettings,
    settings: ClustersSettings,
    *,
    principal: Principal,
    environment: Mapping[str, str],
    wall: Wall = as_it_is,
) -> ClusterReader:
    """A reader of the cluster that `one` describes, as `principal`, behind `wall`.

    Raises:
        BadInput: when the URL or kubeconfig is unusable; the message says which.
        Refused: when it wants an unlisted credential plugin, or the principal may not be impersonated.
    """
    # Who may not be impersonated is refused before a credential plugin starts.
    person = impersonated(principal, one.users) if one.impersonate else None
    endpoint, home = endpoint_of(name, one, settings.exec_plugins, environment)
    transport = HttpTransport(replace(endpoint, impersonate=person), seconds=settings.timeout_seconds)
    told = [*one.namespaces, *([home] if home else [])]
    return ClusterReader(name, PermittedTransport(wall(transport), told))


def from_url(name: str, url: str, *, seconds: float = 10.0, wall: Wall = as_it_is) -> ClusterReader:
    """A reader of the API at `url`, without credentials: a replay or a local proxy."""
    return ClusterReader(name, PermittedTransport(wall(HttpTransport(_plain(url), seconds=seconds))))


def unknown_cluster(name: str, known: Collection[str]) -> UnknownName:
    """The error for a cluster that is not configured: what is near its name, and all that are."""
    error = UnknownName("cluster", name, known)
    configured = f"configured: {', '.join(known) or 'none'}"
    error.hint = f"{error.hint} {configured}" if error.hint else configured
    return error


def kubeconfig_path(named: str, environment_value: str | None) -> Path:
    """The kubeconfig to read: the named one, $KUBECONFIG's first, or ~/.kube/config."""
    first = (environment_value or "").split(":")[0]
    return Path(named or first or "~/.kube/config").expanduser()


def endpoint_of(
    name: str, one: ClusterSettings, plugins: Collection[str], environment: Mapping[str, str]
) -> tuple[Endpoint, str]:
    """Where a cluster is and with what credential, and the namespace that it is at home in, "" when none is said.

    Raises:
        BadInput: when the URL or kubeconfig is unusable.
        Refused: when it wants an unlisted credential plugin.
    """
    if one.url:
        return _plain(one.url), ""
    if one.in_cluster:
        found = in_cluster(environment)
        if found is None:
            raise BadInput(f"cluster {name!r} is set to in_cluster, but this process runs in none")
        return found, own_namespace()
    path = kubeconfig_path(one.kubeconfig, environment.get("KUBECONFIG"))
    document = _document(path)
    return _from_kubeconfig(document, one.context, path, plugins), _home(Node(document), one.context)


def _home(config: Node, context: str) -> str:
    chosen = context or config.text("current-context")
    held = (c for c in config.nodes("contexts") if c.text("name") == chosen)
    return next((c.text("context", "namespace") for c in held), "")


def _plain(url: str) -> Endpoint:
    if not url.startswith(("http://", "https://")):
        raise BadInput(f"{url!r} is not a cluster URL", hint="it starts with http:// or https://")
    return Endpoint(url)


def _document(path: Path) -> dict[str, JsonValue]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(
            f"cannot read the kubeconfig {path}: {error.strerror}",
            hint="name one in interlock.yaml, or use --replay DIR",
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise BadInput(f"the kubeconfig {path} is not valid YAML") from None
    if not isinstance(document, dict):
        raise BadInput(f"the kubeconfig {path} is not a mapping")
    return document


def _from_kubeconfig(
    document: dict[str, JsonValue], context: str, path: Path, plugins: Collection[str]
) -> Endpoint:
    config = Node(document)
    chosen = context or config.text("current-context")
    names = [c.text("name") for c in config.nodes("contexts")]
    if chosen not in names:
        if not context:
            raise BadInput(
                f"the kubeconfig {path} has no current context", hint="name one under clusters.named"
            )
        raise UnknownName(f"context in {path}:", chosen, names)
    plugin = _plugin(config, chosen)
    # The loader of the Kubernetes client would start the program itself, past our allow-list.
    loaded = _loaded(_without_exec(document), chosen, path)
    return _with_plugin(loaded, from_plugin(plugin, plugins)) if plugin else loaded


def _loaded(document: Mapping[str, JsonValue], context: str, path: Path) -> Endpoint:
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException
    from kubernetes.config.kube_config import KubeConfigLoader

    configuration = Configuration()
    try:
        loader = KubeConfigLoader(  # type: ignore[no-untyped-call]
            document, active_context=context, config_base_path=str(path.parent)
        )
        loader.load_and_set(configuration)  # type: ignore[no-untyped-call]
    except (ConfigException, KeyError, TypeError) as error:
        raise BadInput(f"the kubeconfig {path} cannot be used: {error}") from None
    held = configuration.api_key or {}
    bearer = held.get("authorization") or held.get("BearerToken")
    cert, key = configuration.cert_file, configuration.key_file
    return Endpoint(
        url=configuration.host,
        ca_file=configuration.ssl_ca_cert,
        client_cert=(cert, key) if cert and key else None,
        token=bearer.removeprefix("Bearer ") if bearer else None,
        verify=bool(configuration.verify_ssl),
    )


def _plugin(config: Node, context: str) -> Node:
    user = next(
        (c.text("context", "user") for c in config.nodes("contexts") if c.text("name") == context), ""
    )
    entry = next((u for u in config.nodes("users") if u.text("name") == user), Node({}))
    if entry.value("user", "auth-provider"):
        raise BadInput(f"context {context!r} uses an auth-provider, which Kubernetes removed in 1.26")
    return entry.node("user", "exec")


def _without_exec(document: dict[str, JsonValue]) -> dict[str, JsonValue]:
    users = document.get("users")
    kept = [_user_without_exec(user) for user in users] if isinstance(users, list) else []
    return {**document, "users": kept}


def _user_without_exec(user: JsonValue) -> JsonValue:
    held = user.get("user") if isinstance(user, dict) else None
    if not isinstance(user, dict) or not isinstance(held, dict):
        return user
    return {**user, "user": {key: value for key, value in held.items() if key != "exec"}}


def _with_plugin(endpoint: Endpoint, status: Node) -> Endpoint:
    certificate, key = status.text("clientCertificateData"), status.text("clientKeyData")
    return replace(
        endpoint,
        token=status.text("token") or endpoint.token,
        client_cert=as_files(certificate, key) if certificate and key else endpoint.client_cert,
    )
