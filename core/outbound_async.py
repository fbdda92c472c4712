"""The rules of `core.outbound` for a client whose answers are streams: the Model Context Protocol over HTTP.

Threat: our words and token sent in clear, to another host by a redirect, through somebody's proxy, or an answer without
end. Mechanism: HTTPS only (plain HTTP to this machine), no redirects, no proxy or credentials from the environment, no
compression, and a limit on what one conversation may bring. `Bounded.problem` keeps what was refused, for libraries that
swallow it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import httpx2  # noqa: TID251 - the one room that may

from interlock.core.errors import InterlockError, Unreachable
from interlock.core.outbound import checked_url, shown_url


class Bounded(httpx2.AsyncBaseTransport):
    """A transport that refuses redirects and compression, and stops reading after `most` bytes."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, most: int) -> None:
        self._inner = inner
        self._left = most
        self._most = most
        self.problem: InterlockError | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it; the answer's body is counted as it is read."""
        answer = await self._inner.handle_async_request(request)
        where = shown_url(str(request.url))
        if answer.is_redirect:
            await answer.aclose()
            raise self._refused(f"{where} redirects, which is not followed", "name the final URL")
        if answer.headers.get("content-encoding", "identity") not in ("", "identity"):
            await answer.aclose()
            raise self._refused(f"{where} compresses its answer unasked")
        assert isinstance(answer.stream, httpx2.AsyncByteStream)
        answer.stream = _Counted(answer.stream, self, where)
        return answer

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._inner.aclose()

    def take(self, count: int, where: str) -> None:
        """Count what was read.

        Raises:
            Unreachable: when it is more than may be read.
        """
        self._left -= count
        if self._left < 0:
            raise self._refused(f"{where} answered more than {self._most} bytes")

    def _refused(self, message: str, hint: str | None = None) -> Unreachable:
        self.problem = Unreachable(message, hint=hint)
        return Unreachable(message, hint=hint)


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, counter: Bounded, where: str) -> None:
        self._inner = inner
        self._counter = counter
        self._where = where

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._counter.take(len(chunk), self._where)
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def bounded_client(
    url: str, *, headers: Mapping[str, str], seconds: float, most: int
) -> tuple[httpx2.AsyncClient, Bounded]:
    """A client for `url`, and its transport.

    Raises:
        BadInput: when the URL is neither HTTPS nor of this machine.
    """
    checked_url(url)
    transport = Bounded(httpx2.AsyncHTTPTransport(trust_env=False), most)
    client = httpx2.AsyncClient(
        headers={"accept-encoding": "identity", **headers},
        timeout=seconds,
        trust_env=False,
        follow_redirects=False,
        transport=transport,
    )
    return client, transport
