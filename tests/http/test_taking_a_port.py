"""Who says that it listens does: nobody else can take the same port, and a host that is none is said."""

from __future__ import annotations

import socket

import pytest

from interlock.core.errors import BadInput
from interlock.surfaces.http.server import bound
from interlock.surfaces.http.settings import ServeSettings


def test_a_port_that_was_taken_is_nobody_elses_from_then_on() -> None:
    (first,) = bound(ServeSettings(host="127.0.0.1", port=0))
    with first:
        port = first.getsockname()[1]
        with pytest.raises(BadInput, match="Address already in use"):
            bound(ServeSettings(host="127.0.0.1", port=port))
        socket.create_connection(("127.0.0.1", port), timeout=5).close()


@pytest.mark.parametrize("host", ["a..b", "x" * 70])
def test_a_host_that_cannot_be_a_name_is_said(host: str) -> None:
    with pytest.raises(BadInput, match=f"cannot listen on {host}:0: that is no name of a host"):
        bound(ServeSettings(host=host, port=0))
