"""A small world of code: Terraform with two modules, Terragrunt, a chart, manifests, an overlay, pipelines, alerts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from interlock.index.code.codebase import CodeFolder
from interlock.index.code.opened import Code, OpenedCode

Write = Callable[[dict[str, str]], Path]

WORLD: dict[str, str] = {
    "modules/queue/README.md": "# Queue\n\nMakes one message queue with a dead letter queue.\n",
    "modules/queue/main.tf": (
        'resource "aws_sqs_queue" "this" {\n  name              = var.name\n  retention_seconds = var.retention\n}\n'
        '\noutput "arn" {\n  value = aws_sqs_queue.this.arn\n}\n'
    ),
    "modules/queue/variables.tf": (
        'variable "name" {}\n\nvariable "retention" {\n  description = "Seconds"\n  default     = 345600\n}\n'
    ),
    "live/orders/main.tf": (
        'locals {\n  team = "orders"\n}\n\nmodule "orders" {\n  source    = "../../modules/queue"\n  name      = "orders"\n'
        '  retention = 600\n}\n\nmodule "remote" {\n  source = "git::https://example.com/org/infra.git//vpc?ref=v1"\n}\n'
        '\nresource "aws_iam_policy" "read" {\n  name   = "${local.team}-read"\n  policy = jsonencode({ Resource = module.orders.arn })\n}\n'
    ),
    "live/orders/prod.tfvars": 'region = "eu-west-1"\n',
    "live/orders/variables.tf": 'variable "region" {\n  default = "us-east-1"\n}\n',
    "live/orders/kube.tf": (
        'variable "worker" {\n  default = "order-worker"\n}\n\nresource "kubernetes_deployment_v1" "worker" {\n  metadata {\n'
        '    name      = var.worker\n    namespace = "orders"\n  }\n}\n'
        '\nresource "helm_release" "cache" {\n  name      = "cache"\n  chart     = "redis"\n  namespace = "orders"\n}\n'
    ),
    "grunt/root.hcl": 'remote_state {\n  backend = "s3"\n}\n',
    "grunt/common/db.hcl": 'inputs = {\n  instance_class = "db.small"\n}\n',
    "grunt/prod/db/terragrunt.hcl": (
        'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n\ninclude "common" {\n'
        '  path = "${dirname(find_in_parent_folders("root.hcl"))}/common/db.hcl"\n}\n\ninputs = {\n  instance_class = "db.large"\n}\n'
    ),
    "grunt/stage/db/terragrunt.hcl": 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n',
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.4.0\n",
    "charts/web/values.yaml": "image:\n  repository: registry.example.com/web\n  tag: v3\nreplicas: 2\n",
    "charts/web/templates/deployment.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  replicas: {{ .Values.replicas }}\n"
        "  template:\n    spec:\n      containers:\n        - name: web\n          {{- if .Values.debug }}\n          args: [x]\n          {{- end }}\n"
        '          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n'
    ),
    "manifests/api.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\n  namespace: shop\nspec:\n  replicas: 3\n  template:\n    spec:\n"
        "      serviceAccountName: api\n      containers:\n      - name: api\n        image: registry.example.com/team/api:v7\n        envFrom:\n"
        "        - configMapRef:\n            name: api-config\n        - secretRef:\n            name: api-secret\n      - name: proxy\n"
        "        image: registry.example.com/proxy@sha256:abc\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: api-config\n  namespace: shop\n"
        "data:\n  settings: |\n    kind: Deployment\n    image: not/an-image:1\n"
    ),
    "manifests/list.yaml": (
        "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: one\n    namespace: shop\n"
        "- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: two\n    namespace: shop\nkind: ConfigMapList\n"
    ),
    "manifests/rules.yaml": (
        "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: shop\nspec:\n  groups:\n  - name: shop\n    rules:\n"
        "    - alert: ApiDown\n      expr: up == 0\n      annotations:\n        runbook_url: https://runbooks.example.com/apidown\n"
        "    - alert: ApiSlow\n      expr: latency > 1\n"
    ),
    "runbooks/api-down.md": "# ApiDown\n\nLook at the pods of the api first.\n",
    "base/kustomization.yaml": "resources:\n- ../manifests/api.yaml\n",
    "overlays/prod/kustomization.yaml": "namePrefix: prod-\nresources:\n- ../../base\n",
    ".github/workflows/release.yml": (
        "name: release\non: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    container:\n      image: registry.example.com/builder:2\n"
        "    env:\n      TF_VAR_region: eu-north-1\n    steps:\n    - uses: actions/checkout@v4\n"
    ),
    ".gitlab-ci.yml": "stages: [test]\nunit:\n  stage: test\n  image: python:3.11\n  script:\n  - make test\n",
    "Dockerfile": "FROM --platform=linux/amd64 golang:1.22 AS build\nRUN make\nFROM scratch\nCOPY --from=build /app /app\n",
    "Jenkinsfile": "pipeline {\n  agent { docker { image 'maven:3.9' } }\n  stages {\n    stage('Build') {\n      steps { sh 'mvn' }\n    }\n  }\n}\n",
    "dashboards/shop.json": '{\n  "title": "Shop",\n  "uid": "shop",\n  "panels": []\n}\n',
    "json/main.tf.json": '{\n  "module": {\n    "jobs": {\n      "source": "../modules/queue",\n      "name": "${var.jobs}"\n    }\n  }\n}\n',
    "lib/alerts.libsonnet": "{\n  alert: 'DiskFull',\n  annotations: {\n    runbook_url: 'https://runbooks.example.com/diskfull',\n  },\n}\n",
}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files into a folder."""

    def into(files: dict[str, str]) -> Path:
        root = tmp_path / "code"
        for name, text in files.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return root

    return into


@pytest.fixture
def world(write: Write) -> Path:
    """The small world on disk."""
    return write(WORLD)


@pytest.fixture
def code(world: Path) -> Code:
    """The small world, read with a redactor that finds nothing."""
    return OpenedCode([CodeFolder(world)], clean=str, rules="none").now()
