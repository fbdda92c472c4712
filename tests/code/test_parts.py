"""What each format is read into, and that every line cited holds what is cited."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.index.code import kube, terraform
from interlock.index.code.model import Facts, Part
from interlock.index.code.opened import Code
from interlock.index.code.reading import read_code


def part(facts: Facts, kind: str, name: str = "") -> Part:
    return next(p for p in facts.parts if p.kind == kind and name in p.name)


def test_every_setting_is_cited_by_the_line_that_sets_it(code: Code, world: Path) -> None:
    for path, facts in code.base.files.items():
        lines = (world / path).read_text().split("\n")
        for held in facts.parts:
            assert 1 <= held.start <= held.end <= len(lines), (path, held)
            for value in held.values:
                assert value.key in lines[value.line - 1] or value.text[:10] in lines[value.line - 1], (
                    path,
                    value,
                )


def test_every_file_of_the_world_is_read_soundly(code: Code, world: Path) -> None:
    assert {p.relative_to(world).as_posix() for p in world.rglob("*") if p.is_file()} == set(code.base.files)
    assert all(facts.sound for facts in code.base.files.values())


def test_nested_blocks_and_objects_in_calls_are_settings_with_their_path() -> None:
    facts = terraform.facts(
        "a.tf",
        'resource "a" "b" {\n  metadata {\n    name = "x"\n  }\n  values = [yamlencode({\n    size = 2\n  })]\n}\n',
    )
    found = part(facts, "resource")
    assert (found.text("metadata.name"), found.line("metadata.name")) == ("x", 3)
    assert (found.text("values.size"), found.line("values.size")) == ("2", 6)


def test_a_broken_file_keeps_the_blocks_around_the_break() -> None:
    facts = terraform.facts("a.tf", 'resource "a" "b" {\n  x = {\n\n}\n\nresource "c" "d" {\n}\n')
    assert not facts.sound
    assert [(p.kind, p.name, p.start) for p in facts.parts] == [
        ("resource", "a.b", 1),
        ("resource", "c.d", 6),
    ]


def test_references_in_comments_count_for_nothing_and_in_templates_for_something() -> None:
    found = list(terraform.references(["# var.no", 'x = "${var.yes}-${module.m.out}"', "y = local.z"]))
    assert [(r.kind, r.name, r.line) for r in found] == [
        ("variable", "yes", 2),
        ("output", "m.out", 2),
        ("local", "z", 3),
    ]


def test_each_item_of_a_list_is_an_object_with_its_own_lines(code: Code) -> None:
    facts = code.base.files["manifests/list.yaml"]
    assert [(p.name, p.start, p.end) for p in facts.parts] == [
        ("ConfigMap shop/one", 3, 7),
        ("ConfigMap shop/two", 8, 12),
    ]


def test_text_inside_a_block_scalar_declares_nothing(code: Code) -> None:
    facts = code.base.files["manifests/api.yaml"]
    assert [p.name for p in facts.parts] == ["Deployment shop/api", "ConfigMap shop/api-config"]
    assert not [v for p in facts.parts for v in p.values if "not/an-image" in v.text]


def test_a_helm_template_is_read_around_its_actions(code: Code) -> None:
    facts = code.base.files["charts/web/templates/deployment.yaml"]
    assert part(facts, "object").text("kind") == "Deployment"
    assert {r.name for r in facts.refs} == {"replicas", "debug", "image.repository", "image.tag"}


@pytest.mark.parametrize(
    ("path", "kind", "name", "values"),
    [
        ("Dockerfile", "build", "build", {"image": "golang:1.22"}),
        ("Jenkinsfile", "workflow", "Jenkinsfile", {"image": "maven:3.9"}),
        ("Jenkinsfile", "stage", "Build", {}),
        (
            ".github/workflows/release.yml",
            "job",
            "build",
            {"container.image": "registry.example.com/builder:2"},
        ),
        (".gitlab-ci.yml", "job", "unit", {"image": "python:3.11"}),
        ("dashboards/shop.json", "dashboard", "Shop", {"title": "Shop"}),
        ("json/main.tf.json", "module", "jobs", {"source": "../modules/queue"}),
        (
            "lib/alerts.libsonnet",
            "alert",
            "DiskFull",
            {"annotations.runbook_url": "https://runbooks.example.com/diskfull"},
        ),
        ("charts/web/Chart.yaml", "chart", "web", {"version": "1.4.0"}),
        (
            "manifests/rules.yaml",
            "alert",
            "ApiDown",
            {"annotations.runbook_url": "https://runbooks.example.com/apidown"},
        ),
    ],
)
def test_each_format_is_read_into_its_parts(
    code: Code, path: str, kind: str, name: str, values: dict[str, str]
) -> None:
    found = part(code.base.files[path], kind, name)
    assert {key: found.text(key) for key in values} == values


def test_a_file_of_no_known_format_is_not_code() -> None:
    assert read_code("notes.docx", "x") is None


@pytest.mark.parametrize(
    "path", ["a.tf", "Dockerfile", "Jenkinsfile", "a.yaml", "a.json", ".gitlab-ci.yml", "a.md", "a.libsonnet"]
)
@pytest.mark.parametrize(
    "text", ["", "\n", "{", "}", '"', "- - -", "a: |", "\t", "- ", "{{", "items:\n- ", "stage('", "FROM"]
)
def test_scraps_are_read_without_harm(path: str, text: str) -> None:
    assert read_code(path, text) is not None


def test_a_schema_is_read_only_near_its_margin() -> None:
    deep = "".join(f"{' ' * n}k{n}:\n" for n in range(2, 40, 2))
    facts = kube.facts(
        "crd.yaml",
        f"kind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\nspec:\n{deep}      x: 1\n",
    )
    assert part(facts, "object").name == "CustomResourceDefinition things.example.com"
    assert "x" not in {v.key for v in facts.parts[0].values}
