"""Who uses what, with both ends of each edge."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.index.code.catalog import described, modules_named, users
from interlock.index.code.modules import resolved
from interlock.index.code.opened import Code


def uses(code: Code, kind: str, name: str) -> list[tuple[str, str]]:
    return [(str(edge.at), str(edge.defined or "")) for edge in users(code.graph, kind, name)]


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (
            "module",
            "modules/queue",
            [
                ("json/main.tf.json:3-5", "modules/queue/main.tf:1-4"),
                ("live/orders/main.tf:5-9", "modules/queue/main.tf:1-4"),
            ],
        ),
        ("module", "vpc", [("live/orders/main.tf:11-13", "")]),
        ("output", "arn", [("live/orders/main.tf:17", "modules/queue/main.tf:6-8")]),
        ("local", "team", [("live/orders/main.tf:16", "live/orders/main.tf:2")]),
        ("resource", "aws_sqs_queue.this", [("modules/queue/main.tf:7", "modules/queue/main.tf:1-4")]),
        ("image", "api", [("manifests/api.yaml:13", "")]),
        ("image", "proxy", [("manifests/api.yaml:20", "")]),
        ("image", "builder", [(".github/workflows/release.yml:7", "")]),
        ("configmap", "api-config", [("manifests/api.yaml:16", "manifests/api.yaml:22-30")]),
        ("secret", "api-secret", [("manifests/api.yaml:18", "")]),
        ("serviceaccount", "api", [("manifests/api.yaml:10", "")]),
        ("value", "image.tag", [("charts/web/templates/deployment.yaml:14", "charts/web/values.yaml:3")]),
        ("file", "common/db.hcl", [("grunt/prod/db/terragrunt.hcl:5-7", "grunt/common/db.hcl:1-3")]),
        (
            "file",
            "base/kustomization.yaml",
            [("overlays/prod/kustomization.yaml:3", "base/kustomization.yaml:1")],
        ),
        ("runbook", "apidown", [("manifests/rules.yaml:12", "")]),
    ],
)
def test_each_use_leads_to_its_line_and_to_the_definition(
    code: Code, kind: str, name: str, expected: list[tuple[str, str]]
) -> None:
    assert sorted(uses(code, kind, name)) == sorted(expected)


def test_a_variable_is_set_by_callers_tfvars_and_read_where_it_is_used(code: Code) -> None:
    assert {e.how for e in users(code.graph, "variable", "retention")} == {"sets it to 600", "reads it"}
    assert "sets it to eu-west-1" in {e.how for e in users(code.graph, "variable", "region")}


def test_root_hcl_is_included_by_every_environment(code: Code) -> None:
    assert len(uses(code, "file", "grunt/root.hcl")) == 2


def test_every_edge_cites_a_line_that_names_what_is_used(code: Code, world: Path) -> None:
    for edges in code.graph.edges.values():
        for edge in edges:
            lines = (world / edge.at.path).read_text().split("\n")[edge.at.start - 1 : edge.at.end]
            assert edge.used.replace("/", ".").split(".")[-1 if edge.kind != "file" else -2] in "\n".join(
                lines
            ) or edge.kind in ("file", "module"), edge


def test_a_module_is_described_by_its_page_and_what_it_holds(code: Code) -> None:
    found = described(code.base, "modules/queue")
    assert found.described and found.described[0] == "Makes one message queue with a dead letter queue."
    assert (found.variables, found.outputs, found.resources) == (
        ("name", "retention"),
        ("arn",),
        ("aws_sqs_queue",),
    )


def test_a_module_name_means_the_folder_that_is_called_first(code: Code) -> None:
    assert modules_named(code.base, code.graph, "queue")[0] == "modules/queue"
    assert modules_named(code.base, code.graph, "no_such_module") == []


@pytest.mark.parametrize(
    ("written", "folder", "remote"),
    [
        ("../../modules/x", "modules/x", ""),
        ("./y", "live/a/y", ""),
        ("terraform-aws-modules/eks/aws", "", "terraform-aws-modules/eks/aws"),
        (
            "terraform-aws-modules/eks/aws//modules/karpenter",
            "",
            "terraform-aws-modules/eks/aws//modules/karpenter",
        ),
        ("git::https://example.com/org/infra.git//vpc?ref=v1", "", "example.com/org/infra//vpc"),
        ("git@example.com:org/infra.git", "", "example.com:org/infra"),
    ],
)
def test_a_source_leads_to_a_folder_or_to_an_address_without_its_version(
    written: str, folder: str, remote: str
) -> None:
    found = resolved("live/a", written)
    assert (found.folder, found.remote) == (folder, remote)
