"""Secrets planted where people leave them, and the ways in which one may be written."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

from cluster.harness import KubeCluster

Object = dict[str, Any]
GROUP = "ops.example.com"
PASSWORD = "tr0ub4dor-and-3-horses"
PLANTED = {
    "a Secret's value": "k9-Vx72-plain-secret-value",
    "the environment": PASSWORD,
    "an argument": "Zq8-argument-pw-4411",
    "a connection string": "s3cr3t-in-url-77",
    "a key of a cloud": "AKIAZ5XQ7WPLM3KD2VNT",
    "a token of a forge": "ghp_a8Kq2Lm9Zx4Vb7Nc1Qw5Er3Ty6Ui0OpAsDf",
    "a bearer token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvcHMifQ.dGhpc2lzbm90YXJlYWxzaWduYXR1cmU",
    "a status": "st4tus-pw-in-url-90",
    "a set that managedFields repeat": "ghp_Zz9Yy8Xx7Ww6Vv5Uu4Tt3Ss2Rr1Qq0PpOoNn",
}
WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: payments, namespace: NS, annotations: {note: "the key is CLOUD"}}
spec:
  replicas: 0
  selector: {matchLabels: {app: payments}}
  template:
    metadata: {labels: {app: payments}}
    spec:
      containers:
      - name: api
        image: registry.test/payments:1
        args: ["--user=app", "--password=ARGUMENT"]
        env: [{name: DB_PASSWORD, value: ENVIRONMENT}, {name: GITHUB_TOKEN, value: FORGE}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: payments, namespace: NS}
data:
  DATABASE_URL: postgresql://app:URLPASS@db.test:5432/app
  settings.yaml: "db:\n  password: ENVIRONMENT\n  host: db.test\n"
  plain: left-in-sight
---
apiVersion: v1
kind: Secret
metadata: {name: payments, namespace: NS}
stringData: {value: VALUE, .dockerconfigjson: '{"auths":{"r.test":{"password":"VALUE"}}}'}
"""
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: backups.ops.example.com}
spec:
  group: ops.example.com
  scope: Namespaced
  names: {plural: backups, singular: backup, kind: Backup, shortNames: [bk]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    additionalPrinterColumns:
    - {name: Phase, type: string, jsonPath: .status.phase}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        description: A backup of a database.
        properties:
          spec:
            type: object
            properties:
              schedule: {type: string, description: When it runs.}
              tokens: {type: array, x-kubernetes-list-type: set, items: {type: string}}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
"""


def plant(cluster: KubeCluster, namespace: str, *, custom: bool) -> None:
    """Leave every secret of `PLANTED` in the namespace; those of custom resources only where the server holds them."""
    text = WORKLOAD.replace("NS", namespace)
    for mark, where in (
        ("CLOUD", "a key of a cloud"),
        ("ARGUMENT", "an argument"),
        ("ENVIRONMENT", "the environment"),
        ("FORGE", "a token of a forge"),
        ("URLPASS", "a connection string"),
        ("VALUE", "a Secret's value"),
    ):
        text = text.replace(mark, PLANTED[where])
    cluster.kubectl("apply", "-f", "-", stdin=text, check=True)  # it leaves a copy in an annotation
    _plant_keys(cluster, namespace)
    line = f"2026-01-02T03:04:05Z Authorization: Bearer {PLANTED['a bearer token']}\n2026-01-02T03:04:06Z left-in-sight\n"
    cluster.write_log(namespace, "starting", "one", line)
    if custom:
        _plant_custom(cluster, namespace)


def _plant_keys(cluster: KubeCluster, namespace: str) -> None:
    """A real private key, as a TLS Secret and as somebody's ConfigMap."""
    pair = {name: (cluster.root / "pki" / f"admin.{name}").read_text() for name in ("crt", "key")}
    head = {"apiVersion": "v1", "metadata": {"name": "tls", "namespace": namespace}}
    data = {f"tls.{name}": base64.b64encode(text.encode()).decode() for name, text in pair.items()}
    cluster.apply([
        {**head, "kind": "Secret", "type": "kubernetes.io/tls", "data": data},
        {**head, "kind": "ConfigMap", "data": {"bundle.pem": pair["crt"] + pair["key"]}},
    ])  # fmt: skip


def _plant_custom(cluster: KubeCluster, namespace: str) -> None:
    cluster.apply(DEFINITION)
    served = f"/apis/{GROUP}/v1"
    cluster.wait_for(lambda: cluster.request("GET", f"{served}/backups")[0] == 200, "the custom kind")
    spec = {"schedule": "0 1 * * *", "tokens": [PLANTED["a set that managedFields repeat"]]}
    head = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Backup",
        "metadata": {"name": "nightly", "namespace": namespace},
    }
    cluster.apply({**head, "spec": spec})
    said = f"cannot reach postgresql://app:{PLANTED['a status']}@db.test/app"
    status = {"phase": "Failed", "conditions": [{"type": "Ready", "status": "False", "message": said}]}
    cluster.patch_status(f"{GROUP}/v1", "Backup", namespace, "nightly", status)


def private_lines(cluster: KubeCluster) -> list[str]:
    """The lines of the planted private key."""
    lines = (cluster.root / "pki" / "admin.key").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("-----")]


def spellings(secret: str) -> set[str]:
    """How a secret may be written: plain, in JSON, in a URL, in hex, in base64 at each of its three offsets."""
    raw = secret.encode()
    found = {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), raw.hex()}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw)
        inner = encoded[[0, 2, 3][offset] : -4 if len(encoded) > 8 else None].decode()
        found |= {inner, inner.replace("+", "-").replace("/", "_")}
    return {each for each in found if len(each) > 6}
