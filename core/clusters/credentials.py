"""Credentials that are not written in a kubeconfig: exec plugins by allow-list, and the pod's own ServiceAccount.

Threat: a kubeconfig that somebody handed us starts a program of its choice. Mechanism: only programs that the operator
listed by name start, found on PATH and never by a path from the file, through core/process; variables from the file that
decide which code a program loads or which settings it obeys are refused. Format: ExecCredential of
client.authentication.k8s.io/v1 and v1beta1 (kubernetes.io, "client-go credential plugins").
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from interlock.core.clusters.http import Endpoint
from interlock.core.clusters.objects import Node
from interlock.core.errors import BadInput, Refused, Unreachable
from interlock.core.process import run

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_SECONDS = 20.0
# Loaders, shells and interpreters; where a program looks for other programs and for settings that name programs.
_LOADS_CODE = re.compile(
    r"(?i)(LD_|DYLD_|PYTHON|PERL|RUBY|NODE_|JAVA_|_JAVA|JDK_|GIT_|BASH|ENV$|IFS$|PATH$|HOME$|GCONV_PATH|XDG_|CLOUDSDK_PYTHON"
    r"|CLOUDSDK_CONFIG|CLOUDSDK_ROOT_DIR|AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE|AWS_DATA_PATH|AZURE_CONFIG_DIR)"
)


def from_plugin(plugin: Node, allowed: Collection[str]) -> Node:
    """The `status` of the ExecCredential that a kubeconfig's `exec` entry gives.

    Raises:
        Refused: when the program is not on the operator's list, or named by a path.
        BadInput: when it is not installed or the entry is of an unknown version.
        Unreachable: when it fails, hangs or answers with anything else.
    """
    command = plugin.text("command")
    if command not in allowed or "/" in command:
        raise Refused(
            f"the kubeconfig wants to start {command!r} for its credentials",
            rule="exec-plugins",
            hint="list it under clusters.exec_plugins in interlock.yaml, by name, if you trust it",
        )
    program = shutil.which(command)
    if program is None:
        raise BadInput(f"the credential plugin {command!r} is not installed")
    if plugin.text("apiVersion") not in _VERSIONS:
        raise BadInput(
            f"the credential plugin {command!r} uses {plugin.text('apiVersion')!r}, which is too old"
        )
    variables = {e.text("name"): e.text("value") for e in plugin.nodes("env")}
    if loading := next(filter(_LOADS_CODE.match, variables), ""):
        raise Refused(
            f"the kubeconfig wants to set {loading!r} for {command!r}, which can make it run other code",
            rule="exec-plugins",
            hint="take it out of the kubeconfig; list a program of your own that sets it, if it is needed",
        )
    asked = {
        "apiVersion": plugin.text("apiVersion"),
        "kind": "ExecCredential",
        "spec": {"interactive": False},
    }
    environment = {**variables, "KUBERNETES_EXEC_INFO": json.dumps(asked)}
    done = run([program, *plugin.names("args")], environment=environment, seconds=_SECONDS, limit=1_000_000)
    if done.code:
        # What a plugin prints may hold a token; its exit code is enough to go and look.
        raise Unreachable(f"the credential plugin {command!r} failed with exit code {done.code}")
    return _status(done.out, command)


def in_cluster(environment: Mapping[str, str], folder: Path = SERVICE_ACCOUNT) -> Endpoint | None:
    """The API server of the pod we run in, with its ServiceAccount token; None outside a cluster."""
    host, port = environment.get("KUBERNETES_SERVICE_HOST"), environment.get("KUBERNETES_SERVICE_PORT")
    token = folder / "token"
    if not host or not port or not token.is_file():
        return None
    address = f"[{host}]" if ":" in host else host
    return Endpoint(
        f"https://{address}:{port}",
        ca_file=str(folder / "ca.crt"),
        token=token.read_text(encoding="utf-8").strip(),
    )


def own_namespace(folder: Path = SERVICE_ACCOUNT) -> str:
    """The namespace of the pod we run in, '' when it is not told."""
    file = folder / "namespace"
    return file.read_text(encoding="utf-8").strip() if file.is_file() else ""


def as_files(certificate: str, key: str) -> tuple[str, str]:
    """A client certificate and key as owner-only files, which is the only form the TLS library takes."""
    folder = Path(tempfile.mkdtemp(prefix="interlock-"))
    pair = (folder / "client.crt", folder / "client.key")
    for path, text in zip(pair, (certificate, key), strict=True):
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    return str(pair[0]), str(pair[1])


def _status(out: bytes, command: str) -> Node:
    try:
        loaded = json.loads(out)
    except ValueError:
        loaded = None
    answer = Node(loaded if isinstance(loaded, dict) else {})
    if answer.text("kind") != "ExecCredential" or not answer.node("status"):
        raise Unreachable(f"the credential plugin {command!r} answered with no ExecCredential")
    return answer.node("status")
