"""Which reader a file name stands for. A new format is one line here and one function from text to `Facts`."""

from __future__ import annotations

import re
from collections.abc import Callable
from posixpath import basename

from interlock.index.code import documents, kube, pipelines, terraform
from interlock.index.code.model import Facts

Reader = Callable[[str, str], Facts]

_BY_NAME: dict[str, Reader] = {
    "chart.yaml": documents.chart,
    "kustomization.yaml": documents.kustomization,
    "kustomization.yml": documents.kustomization,
    ".gitlab-ci.yml": pipelines.gitlab,
    ".gitlab-ci.yaml": pipelines.gitlab,
    "jenkinsfile": pipelines.jenkinsfile,
}
_BY_ENDING: dict[str, Reader] = {
    ".tf": terraform.facts,
    ".tofu": terraform.facts,
    ".tfvars": terraform.facts,
    ".hcl": terraform.facts,
    ".yaml": kube.facts,
    ".yml": kube.facts,
    ".json": documents.json_file,
    ".jsonnet": documents.jsonnet,
    ".libsonnet": documents.jsonnet,
    ".md": documents.page,
}
_TEMPLATE = re.compile(r"\.ya?ml\.(?:tpl|tmpl|tftpl|j2|gotmpl)$")


def reader_of(path: str) -> Reader | None:
    """The reader of a file by its name; None for what holds no infrastructure code."""
    name = basename(path).lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name.startswith(("dockerfile", "containerfile")) or name.endswith(".dockerfile"):
        return pipelines.dockerfile
    if "/.github/workflows/" in f"/{path}" and name.endswith((".yml", ".yaml")):
        return pipelines.workflow
    if name.startswith("jenkinsfile"):
        return pipelines.jenkinsfile
    if _TEMPLATE.search(name):
        return kube.facts
    return next((reader for ending, reader in _BY_ENDING.items() if name.endswith(ending)), None)


def read_code(path: str, text: str) -> Facts | None:
    """What a file says; None when its name is of no format that is read."""
    reader = reader_of(path)
    return reader(path, text) if reader else None
