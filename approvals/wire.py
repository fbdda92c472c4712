"""The HTTP that changes things: one request, once, and a plain word on what came of it.

Threat: a write that is sent twice, elsewhere, without a lock, or believed to have failed when it did not. Mechanism: own
credential and connections, no retries, no redirects, no kept connection that may be half closed, a deadline over the
whole answer, the list of `permits` before every byte. Guarantee: NotSent means that nothing left, Answered that this
request changed nothing, OutcomeUnknown everything else.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

import httpx  # noqa: TID251 - this is the one room that changes things over HTTP; see docs/architecture.md
from pydantic import JsonValue

from interlock.approvals.errors import AlreadyThere, Answered, Blocked, Conflict, NotSent, OutcomeUnknown
from interlock.approvals.permits import check_job, check_patch, check_request, permit
from interlock.approvals.verbs import FIELD_MANAGER, Answer, PatchType
from interlock.core.clusters.discovery import Discovery, ResourceType
from interlock.core.clusters.http import Endpoint, HttpTransport, login_headers, tls_context
from interlock.core.clusters.objects import Node
from interlock.core.clusters.transport import segment
from interlock.core.errors import BadInput, InterlockError, Unreachable

SECONDS = 20.0
"""For one write: longer than an API server waits for its own webhooks (10 s by default)."""
MOST_BYTES = 4_000_000
"""Of an answer: an object is at most 1.5 MB in etcd."""
_TYPES: Mapping[PatchType, str] = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
}
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class ClusterWire:
    """Sends permitted writes to one cluster; with `dry` only as dry runs."""

    def __init__(self, endpoint: Endpoint, *, dry: bool, seconds: float = SECONDS) -> None:
        self._dry = dry
        self._sender = Sender(endpoint, seconds)
        self._reads = HttpTransport(endpoint, seconds=seconds)
        self._discovery = Discovery(self._reads)

    def patch(
        self, kind: str, namespace: str, name: str, body: JsonValue, patch_type: PatchType, version: str
    ) -> Answer:
        """See `Verbs`."""
        check_patch(kind, body)
        path = f"{self._collection(kind, namespace)}/{_segment(name)}"
        return self._sent("PATCH", path, _locked(body, version), _TYPES[patch_type])

    def create(self, kind: str, namespace: str, body: Mapping[str, JsonValue]) -> Answer:
        """See `Verbs`."""
        permit("create", kind)
        check_job(body)
        return self._sent("POST", self._collection(kind, namespace), dict(body))

    def delete(self, kind: str, namespace: str, name: str, *, uid: str, version: str) -> Answer:
        """See `Verbs`."""
        permit("delete", kind)
        path = f"{self._collection(kind, namespace)}/{_segment(name)}"
        return self._sent("DELETE", path, self._options(uid, version))

    def evict(self, namespace: str, name: str, *, uid: str, version: str) -> Answer:
        """See `Verbs`."""
        permit("evict", "pods")
        body: dict[str, JsonValue] = {
            "apiVersion": self._eviction_version(),
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace},
            "deleteOptions": self._options(uid, version, delete_of_a_pod=True),
        }
        return self._sent("POST", f"{self._collection('pods', namespace)}/{_segment(name)}/eviction", body)

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()
        self._reads.close()

    def _options(self, uid: str, version: str, *, delete_of_a_pod: bool = False) -> dict[str, JsonValue]:
        if not uid or not version:
            raise NotSent("a deletion without uid and resourceVersion is not sent")
        made: dict[str, JsonValue] = {"preconditions": {"uid": uid, "resourceVersion": version}}
        if not delete_of_a_pod:
            made |= {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        return made | ({"dryRun": ["All"]} if self._dry else {})

    def _collection(self, kind: str, namespace: str) -> str:
        found = self._resolved(kind)
        space = f"/namespaces/{_segment(namespace)}" if found.namespaced else ""
        return f"{found.base}{space}/{found.plural}"

    def _resolved(self, kind: str) -> ResourceType:
        try:
            return self._discovery.resolve(kind)
        except InterlockError as error:
            raise NotSent(f"nothing was sent: {error.message}", hint=error.hint) from None

    def _eviction_version(self) -> str:
        """policy/v1 from 1.22 on, policy/v1beta1 before: the server says which its eviction takes."""
        try:
            listed = Node(self._reads.get("/api/v1").json())
        except InterlockError as error:
            raise NotSent(f"nothing was sent: {error.message}", hint=error.hint) from None
        for entry in listed.nodes("resources"):
            if entry.text("name") == "pods/eviction":
                return f"{entry.text('group')}/{entry.text('version')}"
        raise NotSent("this server serves no evictions")

    def _sent(
        self, method: str, path: str, body: JsonValue, content_type: str = "application/json"
    ) -> Answer:
        query = {"fieldManager": FIELD_MANAGER} if method != "DELETE" else {}
        query |= {"dryRun": "All"} if self._dry else {}
        check_request(method, path, query, dry=self._dry)
        try:
            status, answer = self._sender.send(method, path, query, body, content_type)
            return _judged(status, answer, f"{method} {path}", evicting=path.endswith("/eviction"))
        except OutcomeUnknown as error:
            if not self._dry:
                raise
            raise Unreachable(f"the dry run was not answered: {error.message}") from None


class Sender:
    """Sends one request once. Knows no paths: whoever holds one checks them."""

    def __init__(self, endpoint: Endpoint, seconds: float) -> None:
        self._seconds = seconds
        url = endpoint.url.rstrip("/")
        try:
            self._client = httpx.Client(
                base_url=url,
                headers=login_headers(endpoint),
                verify=tls_context(endpoint) if url.startswith("https") else False,
                timeout=seconds,
                trust_env=False,
                follow_redirects=False,
                # A kept connection that the server closes meanwhile would make an unknown outcome of nothing.
                limits=httpx.Limits(max_keepalive_connections=0),
            )
        except (httpx.InvalidURL, OSError) as error:
            raise BadInput(f"cannot use {endpoint.url!r}: {error}") from None

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: JsonValue,
        content_type: str = "application/json",
    ) -> tuple[int, Answer]:
        """Status and JSON of the answer.

        Raises:
            NotSent: when no connection was made.
            OutcomeUnknown: when the request may have left and no whole answer came back in time.
        """
        content = None if body is None else json.dumps(body).encode()
        headers = {"content-type": content_type, "accept": "application/json"}
        try:
            with self._client.stream(
                method, path, params=dict(query), content=content, headers=headers
            ) as got:
                return got.status_code, _read(got, time.monotonic() + self._seconds)
        except _NOT_SENT as error:
            raise NotSent(f"nothing was sent, no connection was made: {type(error).__name__}") from None
        except httpx.InvalidURL as error:
            raise NotSent(f"nothing was sent: {error}") from None
        except httpx.HTTPError as error:
            raise OutcomeUnknown(
                f"{method} {path} was sent and its answer was lost ({type(error).__name__})",
                hint="look at the object: it is settled by reading, never by sending again",
            ) from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _read(got: httpx.Response, end: float) -> Answer:
    body = bytearray()
    for chunk in got.iter_bytes():
        body += chunk
        if len(body) > MOST_BYTES or time.monotonic() > end:
            raise httpx.ReadTimeout("the answer is too long or too late")
    try:
        loaded = json.loads(body) if body else {}
    except ValueError:
        loaded = None
    if not isinstance(loaded, dict):
        if got.status_code < 300:
            raise httpx.RemoteProtocolError("the answer is no JSON object")
        return {"message": bytes(body[:300]).decode("utf-8", errors="replace")}
    return loaded


def _judged(status: int, answer: Answer, what: str, *, evicting: bool) -> Answer:
    if 200 <= status < 300:
        return answer
    said = Node(answer)
    message, reason = said.text("message")[:500] or f"{what}: {status}", said.text("reason")
    # 408 and 5xx may come from something between us and the server, or after the write.
    if not 400 <= status < 500 or status == 408:
        raise OutcomeUnknown(
            f"{what} was answered with {status}, which does not tell what became of it: {message}",
            hint="look at the object: it is settled by reading, never by sending again",
        )
    kind: type[Answered] = Answered
    if status == 409:
        kind = AlreadyThere if reason == "AlreadyExists" else Conflict
    elif status == 429 and evicting:
        kind = Blocked
    raise kind(message, status=status, reason=reason)


def _locked(body: JsonValue, version: str) -> JsonValue:
    """The patch under an optimistic lock: another resourceVersion answers 409 and changes nothing."""
    if not version:
        raise NotSent("a patch without a resourceVersion is not sent")
    if isinstance(body, list):
        return [*body, {"op": "replace", "path": "/metadata/resourceVersion", "value": version}]
    made = dict(body) if isinstance(body, dict) else {}
    metadata = made.get("metadata")
    made["metadata"] = {**(metadata if isinstance(metadata, dict) else {}), "resourceVersion": version}
    return made


def _segment(name: str) -> str:
    try:
        return segment(name)
    except BadInput as error:
        raise NotSent(error.message) from None
