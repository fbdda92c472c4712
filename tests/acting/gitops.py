"""The resources of Argo CD and Flux on a server that holds custom resources; their controllers are played by the tests."""

from __future__ import annotations

from typing import Any

import pytest
from acting.stage import Stage
from cluster.binaries import Programs

from interlock.approvals.permits import FLUX_KINDS

KINDS = ("Kustomization", "HelmRelease", "GitRepository", "HelmRepository", "OCIRepository")


def serve_gitops(stage: Stage, programs: Programs) -> None:
    """Let the server hold them."""
    if not programs.hold_custom_resources:
        pytest.skip("not run: this kube-apiserver holds no custom resources")
    kinds = dict(zip(FLUX_KINDS, KINDS, strict=True))
    for kind, name in {"applications.argoproj.io": "Application", **kinds}.items():
        plural, _, group = kind.partition(".")
        version = "v1alpha1" if name == "Application" else "v1"
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        served = {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
        names = {"plural": plural, "kind": name, "singular": name.lower()}
        stage.cluster.apply(
            {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {"name": kind},
                "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [served]},
            }
        )
        path = f"/apis/{group}/{version}/namespaces/{stage.namespace}/{plural}"
        stage.settle(kind, lambda at=path: stage.cluster.request("GET", at)[0] == 200)


def application(stage: Stage, **more: Any) -> str:
    """An Application named shop that was synced once; its path."""
    path = f"/apis/argoproj.io/v1alpha1/namespaces/{stage.namespace}/applications"
    spec = {
        "source": {"repoURL": "https://git.example.org/shop", "path": "."},
        "destination": {"namespace": "shop"},
    }
    status = {"sync": {"revision": "abc123"}, "operationState": {"startedAt": "2026-01-01T00:00:00Z"}}
    body = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop"},
        "spec": spec | more,
        "status": status,
    }
    stage.cluster.must("POST", path, body)
    return f"{path}/shop"


def flux(stage: Stage, kind: str) -> str:
    """An object of Flux named shop; its path."""
    plural, _, group = dict(zip(KINDS, FLUX_KINDS, strict=True))[kind].partition(".")
    base = f"/apis/{group}/v1/namespaces/{stage.namespace}/{plural}"
    body = {
        "apiVersion": f"{group}/v1",
        "kind": kind,
        "metadata": {"name": "shop"},
        "spec": {"interval": "1m"},
    }
    stage.cluster.must("POST", base, body)
    return f"{base}/shop"
