"""Runs the app under uvicorn: a place to listen, TLS, client certificates, a clean end.

uvicorn does not tell an app who the TLS peer is; the protocol class here adds the verified certificate to the scope.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from interlock.core.errors import BadInput
from interlock.surfaces.http.authn import PEER
from interlock.surfaces.http.guard import Door
from interlock.surfaces.http.settings import ServeSettings

if TYPE_CHECKING:
    from interlock.surfaces.http.app import Served

INTERRUPTED = 130
BACKLOG = 2048
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class PeerProtocol(H11Protocol):
    """HTTP/1.1 whose requests carry the TLS peer's verified certificate."""

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - asyncio's transport
        """Wrap the app so that each request of this connection knows its peer."""
        super().connection_made(transport)
        inner, tls = self.app, transport.get_extra_info("ssl_object")
        certificate = tls.getpeercert() if tls is not None else None

        async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
            scope[PEER] = certificate or None
            await inner(scope, receive, send)

        self.app = app


def configured(served: Served, settings: ServeSettings) -> uvicorn.Config:
    """The configuration of the server of `interlock serve`."""
    return listening(served.door, settings)


def listening(door: Door, settings: ServeSettings) -> uvicorn.Config:
    """The configuration of a server for what stands behind a door.

    Raises:
        BadInput: when a certificate cannot be read.
    """
    for file in (settings.tls_cert, settings.tls_key, settings.client_ca):
        if file is not None and not file.is_file():
            raise BadInput(f"there is no file {file}")
    tls: dict[str, Any] = {}
    if settings.tls_cert:
        tls = {"ssl_certfile": settings.tls_cert, "ssl_keyfile": settings.tls_key}
    if settings.client_ca:
        tls |= {"ssl_ca_certs": str(settings.client_ca), "ssl_cert_reqs": ssl.CERT_REQUIRED}
    config = uvicorn.Config(
        door,
        host=settings.host,
        port=settings.port,
        http=PeerProtocol,
        ws="none",
        lifespan="on",
        server_header=False,
        date_header=True,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=20,
        **tls,
    )
    try:
        config.load()
    except OSError as error:  # an SSLError is one
        said = "serve.tls_cert, serve.tls_key or serve.client_ca cannot be used"
        hint = "PEM files, the key that of the certificate and without a passphrase"
        raise BadInput(f"{said}: {error.strerror or type(error).__name__}", hint=hint) from None
    return config


def run(config: uvicorn.Config, settings: ServeSettings, say: Callable[[str], None]) -> int:
    """Listen, say so, and serve until interrupted; the exit code.

    Raises:
        BadInput: when that address and port are not to be had.
    """
    sockets = bound(settings)
    scheme, port = "https" if settings.tls_cert else "http", sockets[0].getsockname()[1]
    say(f"listening on {scheme}://{settings.host}:{port}; Ctrl-C ends it")
    try:
        uvicorn.Server(config).run(sockets)
    except KeyboardInterrupt:
        say("ended")
        return INTERRUPTED
    return 0


def bound(settings: ServeSettings) -> list[socket.socket]:
    """Sockets that listen already, taken before anything is started or said; port 0 takes any that is free.

    Raises:
        BadInput: when that address and port are not to be had.
    """
    made: list[socket.socket] = []
    try:
        _bind(made, settings.host, settings.port)
    except UnicodeError:  # of the encoding of names, which a label that is empty or too long does not have
        raise BadInput(
            f"cannot listen on {settings.host}:{settings.port}: that is no name of a host"
        ) from None
    except OSError as error:
        for each in made:
            each.close()
        hint = (
            "end what listens there, or take another: --port N" if error.errno == errno.EADDRINUSE else None
        )
        why = error.strerror or str(error)
        raise BadInput(f"cannot listen on {settings.host}:{settings.port}: {why}", hint=hint) from None
    return made


def _bind(made: list[socket.socket], host: str, port: int) -> None:
    """A socket for each address of a name; one family that this machine lacks does not matter beside another."""
    lacking: OSError | None = None
    kind, passive = socket.SOCK_STREAM, socket.AI_PASSIVE
    for family, _, _, _, address in dict.fromkeys(socket.getaddrinfo(host, port, type=kind, flags=passive)):
        try:
            made.append(_listener(family, address))
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
            lacking = error
    if lacking and not made:
        raise lacking


def _listener(family: int, address: tuple[Any, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        # At once: with SO_REUSEADDR what is bound and does not listen yet keeps nobody else from binding it too.
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made
