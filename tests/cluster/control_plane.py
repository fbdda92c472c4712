"""Starts and stops one control plane on loopback: etcd, kube-apiserver, controller-manager, scheduler, kubelet stand-in.

Every process gets its own group and dies with this one (parent-death signal), also when this one is killed hard.
All files lie under one folder. What runs on it is `harness.KubeCluster`'s matter.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPSConnection
from pathlib import Path

from cluster.binaries import Programs

READY_SECONDS = 90.0
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)
# Off: nodelifecycle would evict the pods of nodes that send no heartbeats; the others want a cloud.
CONTROLLERS = "*,-nodelifecycle,-nodeipam,-route,-service,-cloud-node-lifecycle"


class DidNotStart(Exception):
    """A part of the control plane ended or did not get ready; the message holds the end of its log."""


@dataclass(frozen=True)
class Ports:
    """One free port for each listener."""

    api: int
    etcd: int
    peer: int
    kubelet: int


def free_ports() -> Ports:
    """Ports free at this moment, all held at once so that they differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(4)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return Ports(*(one.getsockname()[1] for one in sockets))


@dataclass
class ControlPlane:
    """The running processes, in the order of their start."""

    root: Path
    programs: Programs
    ports: Ports = field(default_factory=free_ports)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def pki(self) -> Path:
        return self.root / "pki"

    def start(self) -> None:
        """Start everything and wait until it serves; stops what was started when a part fails."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End every process, youngest first; each gets ten seconds before it is killed."""
        while self.processes:
            _, process = self.processes.popitem()
            _end(process)

    def check(self) -> None:
        """Raise when a process has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise DidNotStart(f"{name} ended with {process.returncode}: {self._tail(name)}")

    def _start(self) -> None:
        from cluster.pki import write_pki  # cryptography: loaded only where a cluster is started

        write_pki(self.pki)
        (self.root / "podlogs").mkdir(exist_ok=True)
        for user in ("admin", "controller-manager", "scheduler"):
            write_kubeconfig(self.root / f"{user}.kubeconfig", self.ports.api, self.pki, user)
        self._spawn("etcd", self._etcd())
        self._spawn("kubelet", self._kubelet())
        self._spawn("apiserver", self._apiserver())
        self._wait(lambda: _answer(self.ports.api, self.pki, "/readyz") == b"ok", "apiserver")
        self._spawn("controller-manager", self._controller_manager())
        self._spawn("scheduler", self._scheduler())
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self._wait(lambda: b'"secrets"' in _answer(self.ports.api, self.pki, account), "controller-manager")

    def _wait(self, ready: Callable[[], bool], name: str) -> None:
        end = time.monotonic() + READY_SECONDS
        while not ready():
            self.check()
            if time.monotonic() > end:
                raise DidNotStart(f"{name} is not ready after {READY_SECONDS:.0f} s: {self._tail(name)}")
            time.sleep(0.05)

    def _tail(self, name: str) -> str:
        return (self.root / f"{name}.log").read_text(errors="replace")[-800:]

    def _spawn(self, name: str, argv: list[str]) -> None:
        with (self.root / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": os.environ.get("PATH", ""), "HOME": str(self.root)},
                cwd=self.root,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509  the runner has one thread
            )

    def _etcd(self) -> list[str]:
        client, peer = f"http://127.0.0.1:{self.ports.etcd}", f"http://127.0.0.1:{self.ports.peer}"
        return [
            str(self.programs.etcd),
            "--name=test",
            f"--data-dir={self.root / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=test={peer}",
            "--unsafe-no-fsync",
        ]

    def _kubelet(self) -> list[str]:
        script = Path(__file__).with_name("kubelet.py")
        port, logs = str(self.ports.kubelet), str(self.root / "podlogs")
        return [sys.executable, str(script), "--port", port, "--logs", logs, "--pki", str(self.pki)]

    def _apiserver(self) -> list[str]:
        pki, url = self.pki, f"https://127.0.0.1:{self.ports.api}"
        return [
            str(self.programs.apiserver),
            f"--etcd-servers=http://127.0.0.1:{self.ports.etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={self.ports.api}",
            f"--tls-cert-file={pki / 'server.crt'}",
            f"--tls-private-key-file={pki / 'server.key'}",
            f"--client-ca-file={pki / 'ca.crt'}",
            "--authorization-mode=Node,RBAC",
            "--service-cluster-ip-range=10.0.0.0/24",
            f"--service-account-issuer={url}",
            f"--service-account-key-file={pki / 'service-account.key'}",
            f"--service-account-signing-key-file={pki / 'service-account.key'}",
            "--endpoint-reconciler-type=none",
            "--kubelet-preferred-address-types=InternalIP",
            f"--kubelet-certificate-authority={pki / 'ca.crt'}",
            f"--kubelet-client-certificate={pki / 'apiserver-kubelet.crt'}",
            f"--kubelet-client-key={pki / 'apiserver-kubelet.key'}",
            f"--requestheader-client-ca-file={pki / 'front-proxy-ca.crt'}",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
            f"--proxy-client-cert-file={pki / 'front-proxy.crt'}",
            f"--proxy-client-key-file={pki / 'front-proxy.key'}",
            "--profiling=false",
            "--event-ttl=24h",
        ]

    def _controller_manager(self) -> list[str]:
        pki = self.pki
        return [
            str(self.programs.controller_manager),
            *self._component("controller-manager"),
            "--use-service-account-credentials=true",
            f"--service-account-private-key-file={pki / 'service-account.key'}",
            f"--root-ca-file={pki / 'ca.crt'}",
            f"--cluster-signing-cert-file={pki / 'ca.crt'}",
            f"--cluster-signing-key-file={pki / 'ca.key'}",
            f"--controllers={CONTROLLERS}",
            "--horizontal-pod-autoscaler-sync-period=1s",  # a first look comes after one period
        ]

    def _scheduler(self) -> list[str]:
        return [str(self.programs.scheduler), *self._component("scheduler")]

    def _component(self, name: str) -> list[str]:
        config = f"--kubeconfig={self.root / f'{name}.kubeconfig'}"
        return [config, "--port=0", "--secure-port=0", "--leader-elect=false", "--profiling=false"]


def die_with_parent() -> None:
    """In a new child: be killed when the parent is gone, whatever became of it."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def client_context(pki: Path, user: str = "admin") -> ssl.SSLContext:
    """TLS as `user` towards the API server."""
    context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
    context.load_cert_chain(pki / f"{user}.crt", pki / f"{user}.key")
    return context


def write_kubeconfig(path: Path, port: int, pki: Path, user: str, *, token: str | None = None) -> Path:
    """A kubeconfig for one client certificate, or for a token."""
    login = (
        f"token: {token}" if token else f"client-certificate: {pki / user}.crt, client-key: {pki / user}.key"
    )
    path.touch(mode=0o600)
    path.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\n"
        f'clusters: [{{name: test, cluster: {{server: "https://127.0.0.1:{port}", certificate-authority: {pki}/ca.crt}}}}]\n'
        f"users: [{{name: {user}, user: {{{login}}}}}]\n"
        f"contexts: [{{name: test, context: {{cluster: test, user: {user}}}}}]\n"
    )
    return path


def _answer(port: int, pki: Path, path: str) -> bytes:
    connection = HTTPSConnection("127.0.0.1", port, timeout=5, context=client_context(pki))
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    except (OSError, HTTPException):
        return b""
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
            return


@contextlib.contextmanager
def started(root: Path, programs: Programs, *, tries: int = 3) -> Iterator[ControlPlane]:
    """A running control plane; started again on other ports when one was taken in between."""
    for left in reversed(range(tries)):
        plane = ControlPlane(root, programs)
        try:
            plane.start()
            break
        except DidNotStart as error:
            if not left or "address already in use" not in str(error):
                raise
    try:
        yield plane
    finally:
        plane.stop()
