"""Makes a `ClusterReader` from a URL or a kubeconfig context. Exec credential plugins are refused here for now."""

from __future__ import annotations

from pathlib import Path

import yaml

from interlock.core.clusters.reader import ClusterReader
from interlock.core.clusters.settings import ClusterSettings
from interlock.core.clusters.transport import Endpoint, HttpTransport
from interlock.core.errors import BadInput, UnknownName


def connect(name: str, settings: ClusterSettings, *, seconds: float = 10.0) -> ClusterReader:
    """A reader of the cluster that `settings` describe; nothing is sent yet.

    Raises:
        BadInput: when the URL or kubeconfig is unusable; the message says which.
    """
    if settings.url:
        return from_url(name, settings.url, seconds=seconds)
    return ClusterReader(name, HttpTransport(_from_kubeconfig(settings), seconds=seconds))


def from_url(name: str, url: str, *, seconds: float = 10.0) -> ClusterReader:
    """A reader of the API at `url`, without credentials: a replay or a local proxy."""
    if not url.startswith(("http://", "https://")):
        raise BadInput(f"{url!r} is not a cluster URL", hint="it starts with http:// or https://")
    return ClusterReader(name, HttpTransport(Endpoint(url), seconds=seconds))


def kubeconfig_path(named: str, environment_value: str | None) -> Path:
    """The kubeconfig to read: the named one, $KUBECONFIG's first, or ~/.kube/config."""
    first = (environment_value or "").split(":")[0]
    return Path(named or first or "~/.kube/config").expanduser()


def _from_kubeconfig(settings: ClusterSettings) -> Endpoint:
    import os

    path = kubeconfig_path(settings.kubeconfig, os.environ.get("KUBECONFIG"))
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(
            f"cannot read the kubeconfig {path}: {error.strerror}",
            hint="name one in interlock.yaml, or use --replay DIR",
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise BadInput(f"the kubeconfig {path} is not valid YAML") from None
    return _endpoint(document, settings.context, path)


def _endpoint(document: object, context: str, path: Path) -> Endpoint:
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException
    from kubernetes.config.kube_config import KubeConfigLoader

    if not isinstance(document, dict):
        raise BadInput(f"the kubeconfig {path} is not a mapping")
    names = [str(c.get("name")) for c in document.get("contexts") or [] if isinstance(c, dict)]
    if context and context not in names:
        raise UnknownName(f"context in {path}:", context, names)
    _refuse_exec(document, context or str(document.get("current-context")), path)
    configuration = Configuration()
    try:
        loader = KubeConfigLoader(  # type: ignore[no-untyped-call]
            document, active_context=context or None, config_base_path=str(path.parent)
        )
        loader.load_and_set(configuration)  # type: ignore[no-untyped-call]
    except (ConfigException, KeyError, TypeError) as error:
        raise BadInput(f"the kubeconfig {path} cannot be used: {error}") from None
    bearer = (configuration.api_key or {}).get("authorization") or (configuration.api_key or {}).get(
        "BearerToken"
    )
    cert = (
        (configuration.cert_file, configuration.key_file)
        if configuration.cert_file and configuration.key_file
        else None
    )
    return Endpoint(
        url=configuration.host,
        ca_file=configuration.ssl_ca_cert,
        client_cert=cert,
        token=bearer.removeprefix("Bearer ") if bearer else None,
        verify=bool(configuration.verify_ssl),
    )


def _refuse_exec(document: dict[str, object], context: str, path: Path) -> None:
    contexts, users = document.get("contexts"), document.get("users")
    user = next((_at(c, "context", "user") for c in _listed(contexts) if c.get("name") == context), None)
    for entry in _listed(users):
        if entry.get("name") == user and (_at(entry, "user", "exec") or _at(entry, "user", "auth-provider")):
            raise BadInput(
                f"context {context!r} in {path} gets its credentials from a program, which is not supported yet",
                hint="use a context with a token or a client certificate",
            )


def _listed(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _at(entry: dict[str, object], outer: str, inner: str) -> object:
    held = entry.get(outer)
    return held.get(inner) if isinstance(held, dict) else None
