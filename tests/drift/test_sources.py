"""Which objects a folder declares: plain files, kustomizations rendered by kubectl in the sandbox, charts."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from interlock.core.errors import NotFound
from interlock.tools.knowledge.drift.sources import declared
from interlock.tools.knowledge.folders import Folder

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  a: '1'\n"
with_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="not run: no kubectl on PATH")


def write(root: Path, **files: str) -> Path:
    """Write files (`a__b` is a/b); the folder."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_yaml", ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_plain_manifests_are_read_wherever_they_lie(tmp_path: Path) -> None:
    root = write(tmp_path, a_yaml=CONFIG, deep__b_yaml=CONFIG.replace("one", "two"), values_yaml="x: 1\n")
    found = declared(Folder(root), "", "")
    assert sorted((m.name, m.path) for m in found.manifests) == [("one", "a.yaml"), ("two", "deep/b.yaml")]
    assert [m.name for m in declared(Folder(root), "deep", "").manifests] == ["two"]
    assert [m.name for m in declared(Folder(root), "a.yaml", "").manifests] == ["one"]


@pytest.mark.parametrize("path", ["../other", "/etc", "nope"])
def test_what_lies_outside_or_is_not_there_is_not_found(path: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        declared(Folder(tmp_path), path, "")


@with_kubectl
def test_an_overlay_is_rendered_once_and_its_objects_lead_to_the_file_they_come_from(tmp_path: Path) -> None:
    root = write(
        tmp_path / "code",
        base__one_yaml="# first line\n" + CONFIG,
        base__kustomization_yaml="resources: [one.yaml]\n",
        over__kustomization_yaml="resources:\n- ../base\nnamePrefix: prod-\n",
    )
    for path in ("", "over"):
        found = declared(Folder(root), path, "")
        assert [m.name for m in found.manifests] == ["prod-one"]
        assert (found.manifests[0].path, found.manifests[0].line(("data", "a"))) == ("base/one.yaml", 7)
        assert found.notes == ()


@with_kubectl
def test_a_remote_base_is_not_fetched_and_that_is_said(tmp_path: Path) -> None:
    root = write(tmp_path / "code", kustomization_yaml="resources:\n- https://example.invalid/base?ref=v1\n")
    found = declared(Folder(root), "", "")
    assert found.manifests == ()
    assert "not rendered" in found.notes[0]
    assert "there is no network here" in found.notes[0]


@with_kubectl
def test_a_kustomization_cannot_read_beside_the_folder_nor_run_anything(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("canary-5512")
    root = write(
        tmp_path / "code",
        reads__kustomization_yaml="configMapGenerator:\n- name: x\n  files: [../../secret.txt]\n",
        runs__kustomization_yaml="generators: [gen.yaml]\n",
        runs__gen_yaml="apiVersion: v1\nkind: Gen\nmetadata:\n  name: g\n  annotations:\n"
        f"    config.kubernetes.io/function: |\n      exec:\n        path: {tmp_path}/run\n",
        helm__kustomization_yaml="helmCharts:\n- name: x\n  repo: https://example.invalid\n",
    )
    (tmp_path / "run").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "run").chmod(0o755)
    found = declared(Folder(root), "", "")
    assert found.manifests == ()
    assert len(found.notes) == 3
    assert "canary" not in str(found)
    assert not (tmp_path / "ran").exists()


def test_a_chart_without_helm_is_said_and_its_templates_are_not_taken_for_manifests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    root = write(
        tmp_path / "code",
        **{
            "app__Chart.yaml": "name: app\nversion: 1.0.0\n",
            "app__templates__cm_yaml": CONFIG,
            "b_yaml": CONFIG,
        },
    )
    found = declared(Folder(root), "", "")
    assert [m.path for m in found.manifests] == ["b.yaml"]
    assert found.notes == ("app/Chart.yaml: not rendered: helm is not installed",)


@pytest.fixture
def stand_in_helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called helm that prints its arguments as an object: what it may not do, the sandbox decides."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = '#!/bin/sh\nprintf \'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: said}\\ndata: {args: "%s"}\\n\' "$*"\n'
    (folder / "helm").write_text(script)
    (folder / "helm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def test_a_chart_is_rendered_with_its_own_values(tmp_path: Path, stand_in_helm: Path) -> None:
    root = write(
        tmp_path / "code", **{"app__Chart.yaml": "name: app\n", "app__charts__sub__Chart.yaml": "name: s\n"}
    )
    found = declared(Folder(root), "", "shop")
    [rendered] = found.manifests
    assert rendered.value["data"] == {"args": f"template release {root}/app --namespace shop --skip-tests"}
    assert "rendered with the chart's own values" in found.notes[0]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "other", x_yaml=CONFIG)
    root = write(tmp_path / "code", a_yaml=CONFIG)
    (root / "link").symlink_to(tmp_path / "other")
    (root / "file.yaml").symlink_to(tmp_path / "other" / "x.yaml")
    assert [m.path for m in declared(Folder(root), "", "").manifests] == ["a.yaml"]


def test_what_a_source_leaves_out_is_not_read_under_any_path(tmp_path: Path) -> None:
    root = write(tmp_path, a_yaml=CONFIG, theirs__b_yaml=CONFIG.replace("one", "two"), c_yaml=CONFIG)
    source = Folder(root, exclude=("theirs/", "c.yaml"))
    assert [m.path for m in declared(source, "", "").manifests] == ["a.yaml"]
    for path in ("theirs", "theirs/b.yaml", "./theirs/../theirs/b.yaml", "c.yaml"):
        with pytest.raises(NotFound):
            declared(source, path, "")
    assert [m.path for m in declared(Folder(root, include=("theirs/",)), "", "").manifests] == [
        "theirs/b.yaml"
    ]


@with_kubectl
def test_a_kustomization_cannot_show_what_its_source_leaves_out(tmp_path: Path) -> None:
    root = write(
        tmp_path / "code",
        theirs__deep__one_yaml=CONFIG,
        theirs__kustomization_yaml="resources: [deep/one.yaml]\n",
        ours__two_yaml=CONFIG.replace("one", "two"),
        ours__kustomization_yaml="resources: [../theirs, two.yaml]\n",
        good__three_yaml=CONFIG.replace("one", "three"),
        good__kustomization_yaml="resources: [three.yaml]\n",
    )
    assert {m.name for m in declared(Folder(root), "", "").manifests} == {"one", "two", "three"}
    found = declared(Folder(root, exclude=("theirs/",)), "", "")
    assert {m.name for m in found.manifests} == {"three"}
    assert "ours/kustomization.yaml: not rendered" in found.notes[0]


def test_a_pipe_among_the_manifests_holds_nobody_up(tmp_path: Path) -> None:
    root = write(tmp_path, a_yaml=CONFIG)
    os.mkfifo(root / "b.yaml")
    (root / "huge.yaml").write_bytes(b"#" * 2_000_001)
    found = declared(Folder(root), "", "")
    assert [m.path for m in found.manifests] == ["a.yaml"]
    assert found.notes == ("b.yaml: not read: not a regular file", "huge.yaml: not read: larger than 1 MB")
