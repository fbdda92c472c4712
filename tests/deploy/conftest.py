"""The manifests as documents, and as credentials on the session's real API server."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from cluster.control_plane import write_kubeconfig
from cluster.harness import KubeCluster

Json = dict[str, Any]
SPLIT = ("namespace", "reads", "writes", "chat", "approvals")
OPTIONAL = ("optional/preview", "optional/impersonation", "optional/impersonation-reads-only")


@dataclass(frozen=True)
class Manifests:
    """The files under `deploy/kubernetes`."""

    folder: Path

    def documents(self, *names: str) -> list[Json]:
        """The documents of these files."""
        return [
            one for name in names for one in yaml.safe_load_all((self.folder / f"{name}.yaml").read_text())
        ]

    def one(self, name: str, kind: str, called: str = "") -> Json:
        """The one document of this kind in a file."""
        found = [one for one in self.documents(name) if one["kind"] == kind]
        return next(one for one in found if not called or one["metadata"]["name"] == called)


@dataclass(frozen=True)
class Held:
    """A service account's own credential, used without any code of ours."""

    cluster: KubeCluster
    token: str

    def send(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Json]:
        """One request; the status and what the API server said."""
        context = ssl.create_default_context(cafile=str(self.cluster.ca_file))
        url = urlsplit(self.cluster.url)
        connection = http.client.HTTPSConnection(url.hostname or "", url.port, timeout=30, context=context)
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": kind, **(headers or {})}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        try:
            said = json.loads(text)
        except ValueError:
            said = {"message": text.decode(errors="replace")}
        return answer.status, said if isinstance(said, dict) else {"message": str(said)}


@pytest.fixture(scope="session")
def manifests(repo_root: Path) -> Manifests:
    """The manifests."""
    return Manifests(repo_root / "deploy" / "kubernetes")


@pytest.fixture(scope="session")
def installed(kube_cluster: KubeCluster, manifests: Manifests) -> KubeCluster:
    """The session's cluster with the split mode installed as the documentation says.

    It stays installed: other workers of this session may stand on it, too.
    """
    kube_cluster.apply(manifests.documents(*SPLIT, *OPTIONAL))
    return kube_cluster


@pytest.fixture(scope="session")
def held(installed: KubeCluster) -> Callable[[str], Held]:
    """The credential of one of the accounts."""

    @cache
    def credential(account: str) -> Held:
        path = f"/api/v1/namespaces/interlock/serviceaccounts/{account}/token"
        spec = {"expirationSeconds": 3600, "audiences": [installed.url]}
        wanted = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        return Held(installed, installed.must("POST", path, wanted)["status"]["token"])

    return credential


@pytest.fixture
def configured(held: Callable[[str], Held], installed: KubeCluster, tmp_path: Path) -> Callable[[str], str]:
    """A kubeconfig of one of the accounts, as the product is given one."""

    def written(account: str) -> str:
        path, pki = tmp_path / f"{account}.kubeconfig", installed.root / "pki"
        return str(write_kubeconfig(path, installed.ports["api"], pki, account, token=held(account).token))

    return written
