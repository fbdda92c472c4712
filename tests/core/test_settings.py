"""Settings come from file, environment and flags; mistakes are named with the nearest valid name."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.clusters.settings import ClustersSettings
from interlock.core.errors import BadInput, UnknownName
from interlock.core.settings import SECTIONS, load_settings
from interlock.core.store.settings import StoreSettings


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "interlock.yaml"
    path.write_text(text)
    return path


def test_flags_win_over_environment_and_environment_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "store: {url: 'sqlite:///file', retention_days: 1}\nclusters: {default: a}\n")
    environment = {"INTERLOCK_STORE__URL": "sqlite:///env", "INTERLOCK_STORE__RETENTION_DAYS": "2"}
    found = load_settings(path, environment=environment, flags={"store": {"retention_days": 3}})
    assert found.section(StoreSettings) == StoreSettings(url="sqlite:///env", retention_days=3)
    assert found.section(ClustersSettings).default == "a"


def test_an_unknown_key_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    found = load_settings(written(tmp_path, "store: {retention_day: 1}\n"), environment={})
    with pytest.raises(UnknownName, match="retention_day") as raised:
        found.check()
    assert "retention_days" in str(raised.value.hint)


def test_an_unknown_section_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(UnknownName) as raised:
        load_settings(written(tmp_path, "stor: {}\n"), environment={})
    assert "'store'" in str(raised.value.hint)


def test_an_unknown_environment_variable_is_refused() -> None:
    with pytest.raises(UnknownName, match="INTERLOCK_STORRE__URL"):
        load_settings(environment={"INTERLOCK_STORRE__URL": "x", "HOME": "/nonexistent"})


def test_a_wrong_value_is_named_with_its_place(tmp_path: Path) -> None:
    found = load_settings(written(tmp_path, "store: {retention_days: many}\n"), environment={})
    with pytest.raises(BadInput, match=r"store\.retention_days"):
        found.section(StoreSettings)


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [1\n", "\tx: 1\n"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput, match=r"interlock\.yaml"):
        load_settings(written(tmp_path, text), environment={})


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot read settings"):
        load_settings(tmp_path / "nothing.yaml", environment={})


def test_without_any_file_the_defaults_hold(tmp_path: Path) -> None:
    found = load_settings(environment={"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)})
    assert found.section(StoreSettings) == StoreSettings()
    assert set(found.shown()) == set(SECTIONS)


@pytest.mark.parametrize(
    ("text", "setting", "meant"),
    [
        ("knowledge: {embedder: {modell: x}}", "'knowledge.embedder': 'modell'", "'model'"),
        ("knowledge: {sources: [{path: a, reader: [x]}]}", "'knowledge.sources.0': 'reader'", "'readers'"),
        ("clusters: {named: {prod: {kubeconfg: x}}}", "'clusters.named.prod': 'kubeconfg'", "'kubeconfig'"),
    ],
)
def test_a_slip_deep_in_a_section_is_named_with_its_place_and_what_was_meant(
    text: str, setting: str, meant: str, tmp_path: Path
) -> None:
    file = tmp_path / "interlock.yaml"
    file.write_text(text)
    with pytest.raises(UnknownName, match=setting) as raised:
        load_settings(file, environment={}).check()
    assert meant in (raised.value.hint or "")


def test_a_password_in_a_url_is_not_shown(tmp_path: Path) -> None:
    hidden = "hunter2" + "@x/y"
    environment = {"INTERLOCK_STORE__URL": f"postgresql://interlock:{hidden}@db.example.com/interlock"}
    shown = load_settings(environment=environment).shown()["store"]
    assert shown["url"] == "postgresql://interlock:********@db.example.com/interlock"


def test_where_clients_take_a_token_from_is_no_unknown_setting() -> None:
    load_settings(None, environment={"INTERLOCK_TOKEN": "ilk_x"}).check()


def test_a_variable_for_a_key_within_a_key_says_how_to_give_it() -> None:
    with pytest.raises(BadInput, match="goes too deep") as raised:
        load_settings(None, environment={"INTERLOCK_IDENTITY__OIDC__ISSUER": "https://id"})
    assert "INTERLOCK_IDENTITY__OIDC='{" in str(raised.value.hint)


def test_a_file_that_is_not_yaml_is_refused_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"not valid YAML: line 3: "):
        load_settings(written(tmp_path, "serve:\n  host: [a\nport: 1\n"), environment={})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INTERLOCK_SERVICE_HOST", "10.0.0.1"),
        ("INTERLOCK_SERVICE_PORT", "8080"),
        ("INTERLOCK_SERVICE_PORT_HTTP", "8080"),
        ("INTERLOCK_PORT", "tcp://10.0.0.1:8080"),
        ("INTERLOCK_APPROVALS_PORT", "tcp://[fd00::1]:8081"),
        ("INTERLOCK_APPROVALS_PORT_8081_TCP", "tcp://10.0.0.1:8081"),
        ("INTERLOCK_APPROVALS_PORT_8081_TCP_ADDR", "10.0.0.1"),
        ("INTERLOCK_APPROVALS_PORT_8081_TCP_PORT", "8081"),
        ("INTERLOCK_APPROVALS_PORT_53_UDP_PROTO", "udp"),
    ],
)
def test_what_kubernetes_says_of_a_service_beside_us_is_no_setting(
    tmp_path: Path, name: str, value: str
) -> None:
    load_settings(environment={"HOME": str(tmp_path), name: value}).check()


@pytest.mark.parametrize("name", ["INTERLOCK_SERVE_PORT", "INTERLOCK_SERVE_HOST", "INTERLOCK_PORT"])
def test_a_setting_with_an_underscore_too_few_is_still_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownName, match=name):
        load_settings(environment={"HOME": str(tmp_path), name: "8080"})


def test_a_port_is_a_setting_like_any_other(tmp_path: Path) -> None:
    found = load_settings(environment={"HOME": str(tmp_path), "INTERLOCK_SERVE__PORT": "8090"})
    assert found.shown()["serve"]["port"] == 8090
