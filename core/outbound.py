"""HTTP to services that the operator named: checkpoint endpoints, a SIEM, hosted models of ours. Clusters have their own.

Threat: our own words sent in clear, to another host by a redirect, or through somebody's proxy. Mechanism: HTTPS
only (plain HTTP to this machine), no redirects, no proxy or credentials from the environment, limits on time and
size, few retries with the server's own Retry-After.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from interlock.core.errors import BadInput, Unreachable

if TYPE_CHECKING:
    import httpx  # noqa: TID251 - for the type alone

_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOST_WAIT = 30.0
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
MAX_BYTES = 16 * 1024 * 1024


class Outbound:
    """A client for named services. Headers may hold a token; they are never shown in an error."""

    def __init__(
        self,
        *,
        headers: Mapping[str, str] | None = None,
        seconds: float = 10.0,
        attempts: int = 4,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._headers = dict(headers or {})
        self._seconds = seconds
        self._attempts = attempts
        self._wait = wait

    def post(self, url: str, body: bytes, *, content_type: str = "application/json") -> bytes:
        """Send `body`; the answer's body.

        Raises:
            Unreachable: when there is no 2xx answer after all attempts.
        """
        return self._asked("POST", url, body, {"content-type": content_type})

    def get(self, url: str) -> bytes:
        """The body at `url`.

        Raises:
            Unreachable: when there is no 2xx answer after all attempts.
        """
        return self._asked("GET", url, b"", {})

    def exchanged(self, method: str, url: str, body: bytes = b"") -> tuple[int, bytes]:
        """One request with JSON, and whatever the service says to it: status and body. Nothing is tried again.

        Raises:
            Unreachable: when there is no answer.
        """
        import httpx  # noqa: TID251 - as below

        checked_url(url)
        with httpx.Client(timeout=self._seconds, trust_env=False, follow_redirects=False) as client:
            headers = {**self._headers, "content-type": "application/json"}
            try:
                request = client.build_request(method, url, content=body or None, headers=headers)
                answer = client.send(request, stream=True)
                return answer.status_code, _read(answer)
            except httpx.HTTPError as error:
                raise Unreachable(f"{shown_url(url)} did not answer: {type(error).__name__}") from None

    def _asked(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        import httpx  # noqa: TID251 - the one room beside core/clusters that may

        checked_url(url)
        problem = ""
        with httpx.Client(timeout=self._seconds, trust_env=False, follow_redirects=False) as client:
            for attempt in range(self._attempts):
                try:
                    request = client.build_request(
                        method, url, content=body or None, headers={**self._headers, **headers}
                    )
                    answer = client.send(request, stream=True)
                except httpx.HTTPError as error:
                    problem, wait = type(error).__name__, _backoff(attempt)
                else:
                    with_body = _read(answer)
                    if answer.is_success:
                        return with_body
                    problem, wait = f"HTTP {answer.status_code}", _told(answer, attempt)
                    if answer.status_code not in _RETRIED:
                        break
                if attempt + 1 < self._attempts:
                    self._wait(wait)
        raise Unreachable(f"{shown_url(url)} did not take it: {problem}")


def checked_url(url: str) -> None:
    """Refuse what is not HTTPS, this machine apart.

    Raises:
        BadInput: naming the URL without its credentials.
    """
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise BadInput(f"{shown_url(url)} carries credentials", hint="give a token as a header setting")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise BadInput(f"{shown_url(url)} is not https", hint="plain http is for this machine only")


def shown_url(url: str) -> str:
    """A URL as it may be shown: without credentials and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _read(answer: httpx.Response) -> bytes:
    read = bytearray()
    try:
        for chunk in answer.iter_bytes():
            read += chunk
            if len(read) > MAX_BYTES:
                raise Unreachable(f"{shown_url(str(answer.url))} answered more than {MAX_BYTES} bytes")
    finally:
        answer.close()
    return bytes(read)


def _told(answer: httpx.Response, attempt: int) -> float:
    said = str(answer.headers.get("retry-after", ""))
    return min(float(said), _MOST_WAIT) if said.isdigit() else _backoff(attempt)


def _backoff(attempt: int) -> float:
    return min(0.25 * 2.0**attempt, _MOST_WAIT) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, no secret
