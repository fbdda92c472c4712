"""The manifests as documents, and as credentials on the session's real API server."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
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
def installed(kube_cluster: KubeCluster, manifests: Manifests) -> Iterator[KubeCluster]:
    """The session's cluster with the split mode installed as the documentation says."""
    documents = manifests.documents(*SPLIT, *OPTIONAL)
    kube_cluster.apply(documents)
    yield kube_cluster
    for one in documents:
        if one["kind"].startswith("ClusterRole"):
            path = kube_cluster.kind(one["apiVersion"], one["kind"]).path(None, one["metadata"]["name"])
            kube_cluster.request("DELETE", path)


@pytest.fixture(scope="session")
def held(installed: KubeCluster) -> Callable[[str], Held]:
    """The credential of one of the accounts."""

    def credential(account: str) -> Held:
        config = yaml.safe_load(installed.service_account_kubeconfig("interlock", account).read_text())
        return Held(installed, config["users"][0]["user"]["token"])

    return credential
