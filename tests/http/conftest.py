"""The real service under the real server, on a free port, with the demo replay behind it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from fakes.identity_provider import Provider, running_provider

import interlock
from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.identity import Principal
from interlock.core.settings import Settings
from interlock.surfaces.http.app import create_app
from interlock.surfaces.http.server import configured
from interlock.surfaces.http.settings import ServeSettings

DEMO = Path(interlock.__file__).parent / "evals" / "replays" / "demo"


@dataclass(frozen=True)
class Service:
    """A running service."""

    url: str
    runtime: Runtime

    def client(self, **options: Any) -> httpx.Client:
        """A client of it."""
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False, **options)


Serve = Callable[..., AbstractContextManager[Service]]


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """Starts the service with these settings and a database of its own; what was indexed is shared."""
    cache = tmp_path_factory.mktemp("cache")

    @contextmanager
    def started(
        serve: dict[str, Any] | None = None, *, replay: Path | None = DEMO, **sections: Any
    ) -> Iterator[Service]:
        with open_runtime(
            Settings(sections),
            principal=Principal("local:tester"),
            replay=replay,
            state_dir=tmp_path_factory.mktemp("service") / "state",
            cache_dir=cache,
            environment={},
        ) as runtime:
            settings = ServeSettings.model_validate({"port": 0, **(serve or {})})
            server = uvicorn.Server(configured(create_app(runtime, settings), settings))
            ready = threading.Event()
            begin = server.startup

            async def startup(sockets: Any = None) -> None:
                await begin(sockets=sockets)
                ready.set()

            server.startup = startup  # type: ignore[method-assign]
            thread = threading.Thread(target=server.run)
            thread.start()
            try:
                assert ready.wait(30)
                port = server.servers[0].sockets[0].getsockname()[1]
                scheme = "https" if settings.tls_cert else "http"
                yield Service(f"{scheme}://localhost:{port}", runtime)
            finally:
                server.should_exit = True
                thread.join()

    return started


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An identity provider on the machine's time."""
    with running_provider() as server:
        yield server


class Authority:
    """A certificate authority of the tests' own."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        made = self._begun(self._name, self._key.public_key())
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        made = made.add_extension(_usage(signs=True), critical=True)
        made = made.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
        )
        self.file.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def issue(self, name: str, *names: x509.GeneralName) -> tuple[Path, Path]:
        """A certificate and its key, as files."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._begun(subject, key.public_key())
        made = made.add_extension(_usage(signs=False), critical=True)
        made = made.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
        )
        if names:
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        cert, secret = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        cert.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))
        secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return cert, secret

    def server(self) -> dict[str, str]:
        """Settings of a server with a certificate for localhost."""
        loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        cert, key = self.issue("server", x509.DNSName("localhost"), loopback)
        return {"tls_cert": str(cert), "tls_key": str(key)}

    def _begun(self, subject: x509.Name, key: Any) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + dt.timedelta(hours=1))
        )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=not signs, key_cert_sign=signs, crl_sign=signs, encipher_only=False, decipher_only=False,
    )  # fmt: skip


@pytest.fixture
def authority(tmp_path: Path) -> Callable[[str], Authority]:
    """Makes an authority."""
    return lambda name: Authority(tmp_path, name)


@pytest.fixture
def trusting() -> Callable[..., ssl.SSLContext]:
    """A client's TLS, with a certificate where one is given."""

    def made(authority: Authority, cert: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(authority.file))
        if cert:
            context.load_cert_chain(cert, key)
        return context

    return made
