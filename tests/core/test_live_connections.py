"""A live cluster is reached as the asking person, with listed credential programs only."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from interlock.core.clusters.connect import configured, connect
from interlock.core.clusters.reader import ClusterReader
from interlock.core.clusters.settings import ClusterSettings, ClustersSettings
from interlock.core.errors import BadInput, Refused, UnknownName, Unreachable
from interlock.core.identity import Principal

ANA = Principal("oidc:ana", groups=("sre", "payments"))


class Recording(http.server.BaseHTTPRequestHandler):
    """Remembers what was asked; answers from the server's script, the last answer again and again."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, list(self.headers.items())))  # type: ignore[attr-defined]
        script = self.server.script  # type: ignore[attr-defined]
        status, headers, body = script.pop(0) if len(script) > 1 else script[0]
        raw = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recording)
    listening.asked = []  # type: ignore[attr-defined]
    listening.script = [(200, {}, {"gitVersion": "v1.30.0"})]  # type: ignore[attr-defined]
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield listening
    listening.shutdown()
    listening.server_close()
    thread.join()


def url_of(server: http.server.ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def headers_of(server: http.server.ThreadingHTTPServer) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in server.asked[-1][1]]  # type: ignore[attr-defined]


def opened(
    one: ClusterSettings,
    principal: Principal = ANA,
    environment: dict[str, str] | None = None,
    **section: object,
) -> contextlib.closing[ClusterReader]:
    settings = ClustersSettings.model_validate({"named": {"prod": one.model_dump()}, **section})
    made = connect(
        "prod", settings.named["prod"], settings, principal=principal, environment=environment or {}
    )
    return contextlib.closing(made)


def kubeconfig(folder: Path, url: str, user: dict[str, object]) -> str:
    path = folder / "kubeconfig"
    document = {
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "ctx", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "ctx",
    }
    path.write_text(yaml.safe_dump(document))
    return str(path)


def plugin(folder: Path, name: str, body: str) -> dict[str, str]:
    """A credential program on a PATH of its own."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    (bin_folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (bin_folder / name).chmod(0o755)
    return {"apiVersion": "client.authentication.k8s.io/v1", "command": name, "interactiveMode": "Never"}


def test_a_read_is_made_as_the_asking_person(server: http.server.ThreadingHTTPServer) -> None:
    one = ClusterSettings(url=url_of(server), impersonate=True, users={"oidc:ana": "ana@example.com"})
    with opened(one) as reader:
        reader.version()
    sent = headers_of(server)
    assert ("impersonate-user", "ana@example.com") in sent
    assert [v for k, v in sent if k == "impersonate-group"] == ["sre", "payments"]


def test_without_impersonation_no_header_claims_to_be_somebody(
    server: http.server.ThreadingHTTPServer,
) -> None:
    with opened(ClusterSettings(url=url_of(server))) as reader:
        reader.version()
    assert not [k for k, _ in headers_of(server) if k.startswith("impersonate")]


def test_somebody_who_is_not_mapped_is_refused_before_anything_is_sent(
    server: http.server.ThreadingHTTPServer,
) -> None:
    with pytest.raises(Refused, match="not mapped"):
        opened(ClusterSettings(url=url_of(server), impersonate=True, users={"oidc:bo": "bo"}))
    assert server.asked == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("user", "groups"), [("system:admin", ()), ("ana", ("system:masters",)), ("ana", ("sre", "system:nodes"))]
)
def test_reserved_users_and_groups_are_never_sent(user: str, groups: tuple[str, ...]) -> None:
    one = ClusterSettings(url="http://127.0.0.1:9", impersonate=True, users={"oidc:ana": user})
    with pytest.raises(Refused, match="reserved to Kubernetes"):
        opened(one, Principal("oidc:ana", groups=groups))


def test_a_listed_credential_program_gives_the_token(
    server: http.server.ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"kind": "ExecCredential", "status": {"token": "from-" + "plugin"}}
    exec_entry = plugin(tmp_path, "cloud-login", f"echo '{json.dumps(answer)}'")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    config = kubeconfig(tmp_path, url_of(server), {"exec": exec_entry})
    with opened(ClusterSettings(kubeconfig=config), exec_plugins=["cloud-login"]) as reader:
        reader.version()
    assert ("authorization", "Bearer from-plugin") in headers_of(server)


def test_an_unlisted_credential_program_never_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exec_entry = plugin(tmp_path, "evil", f"touch {tmp_path}/started")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    config = kubeconfig(tmp_path, "http://127.0.0.1:9", {"exec": exec_entry})
    with pytest.raises(Refused, match="exec-plugins"):
        opened(ClusterSettings(kubeconfig=config), exec_plugins=["aws"])
    path_entry = {**exec_entry, "command": str(tmp_path / "bin" / "evil")}
    with pytest.raises(Refused):
        opened(ClusterSettings(kubeconfig=kubeconfig(tmp_path, "http://127.0.0.1:9", {"exec": path_entry})))
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("name", ["LD_PRELOAD", "PATH", "PYTHONPATH", "BASH_ENV", "AWS_CONFIG_FILE", "HOME"])
def test_a_kubeconfig_cannot_make_a_listed_program_run_other_code(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exec_entry = plugin(tmp_path, "cloud-login", f"touch {tmp_path}/started")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    entry = {**exec_entry, "env": [{"name": "AWS_PROFILE", "value": "x"}, {"name": name, "value": "x"}]}
    config = kubeconfig(tmp_path, "http://127.0.0.1:9", {"exec": entry})
    with pytest.raises(Refused, match=name):
        opened(ClusterSettings(kubeconfig=config), exec_plugins=["cloud-login"])
    assert not (tmp_path / "started").exists()
    fine = kubeconfig(tmp_path, "http://127.0.0.1:9", {"exec": {**entry, "env": entry["env"][:1]}})
    with pytest.raises(Unreachable):  # it ran, and gave no credential
        opened(ClusterSettings(kubeconfig=fine), exec_plugins=["cloud-login"])
    assert (tmp_path / "started").exists()


@pytest.mark.parametrize(
    "body", ["exit 3", "echo not json", "echo '{}'", 'echo "{\\"kind\\": \\"ExecCredential\\"}"']
)
def test_a_credential_program_that_fails_is_named_without_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    exec_entry = plugin(tmp_path, "cloud-login", f"echo SENSITIVE-WORDS >&2\n{body}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    config = kubeconfig(tmp_path, "http://127.0.0.1:9", {"exec": exec_entry})
    with pytest.raises(Unreachable, match="cloud-login") as raised:
        opened(ClusterSettings(kubeconfig=config), exec_plugins=["cloud-login"])
    assert "SENSITIVE" not in raised.value.message


def test_a_wrong_context_offers_the_right_ones(tmp_path: Path) -> None:
    config = kubeconfig(tmp_path, "http://127.0.0.1:9", {"token": "x"})
    with pytest.raises(UnknownName, match="ctxx") as raised:
        opened(ClusterSettings(kubeconfig=config, context="ctxx"))
    assert "'ctx'" in str(raised.value.hint)


@pytest.mark.parametrize("text", ["", "[]", "{", "clusters: []\n"])
def test_a_broken_kubeconfig_is_bad_input(tmp_path: Path, text: str) -> None:
    (tmp_path / "kubeconfig").write_text(text)
    with pytest.raises(BadInput, match="kubeconfig"):
        opened(ClusterSettings(kubeconfig=str(tmp_path / "kubeconfig")))


def test_without_settings_the_current_context_is_the_cluster(tmp_path: Path) -> None:
    config = kubeconfig(tmp_path, "http://127.0.0.1:9", {"token": "x"})
    assert list(configured(ClustersSettings(), {"KUBECONFIG": config})) == ["current"]
    assert configured(ClustersSettings(), {"KUBECONFIG": str(tmp_path / "none")}) == {}


def test_a_busy_server_is_asked_again_when_it_says(server: http.server.ThreadingHTTPServer) -> None:
    server.script = [(429, {"retry-after": "0"}, {}), (200, {}, {"gitVersion": "v1.30.0"})]  # type: ignore[attr-defined]
    with opened(ClusterSettings(url=url_of(server))) as reader:
        assert reader.version() == "v1.30.0"


def test_a_server_that_stays_busy_is_unreachable(server: http.server.ThreadingHTTPServer) -> None:
    server.script = [(429, {"retry-after": "0"}, {})]  # type: ignore[attr-defined]
    with opened(ClusterSettings(url=url_of(server))) as reader, pytest.raises(Unreachable, match="429"):
        reader.version()


def test_a_list_that_expired_between_two_pages_is_read_again(server: http.server.ThreadingHTTPServer) -> None:
    kinds = {"resources": [{"name": "pods", "kind": "Pod", "namespaced": True}]}
    pod = {"metadata": {"name": "a", "namespace": "n"}}
    server.script = [  # type: ignore[attr-defined]
        (200, {}, {"kind": "APIVersions", "versions": ["v1"]}),
        (200, {}, kinds),
        (200, {}, {"metadata": {"continue": "t"}, "items": [pod]}),
        (410, {}, {"kind": "Status", "code": 410, "message": "too old"}),
        (200, {}, {"metadata": {}, "items": [pod, pod]}),
    ]
    with opened(ClusterSettings(url=url_of(server))) as reader:
        listed = reader.list("pods")
    assert listed.complete
    assert len(listed.objects) == 2
