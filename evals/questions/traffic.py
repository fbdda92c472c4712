"""What each question costs the cluster: requests for objects, requests for discovery, bytes of the answers.

Counted at the product's own transport, so nothing that it sends is missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from interlock.agent.runtime import Runtime
from interlock.agent.wiring import Clusters
from interlock.core.clusters.reader import ClusterReader
from interlock.core.clusters.transport import JSON, Reply, Transport
from interlock.core.identity import Principal

_DISCOVERY = re.compile(r"^/(api|apis|version)(/v\w+|/[^/]+(/v\w+)?)?$")
_LOG = re.compile(r"/log$")


@dataclass(frozen=True)
class Asked:
    """One request that left, and the size of its answer on the wire."""

    path: str
    query: Mapping[str, str]
    received: int

    @property
    def what(self) -> str:
        """`discovery`, `log`, or `objects`."""
        return "discovery" if _DISCOVERY.match(self.path) else "log" if _LOG.search(self.path) else "objects"


@dataclass
class Counted:
    """A transport that keeps what it sent; refused requests are kept too."""

    inner: Transport
    asked: list[Asked] = field(default_factory=list)

    def get(self, path: str, params: Mapping[str, str] | None = None, *, accept: str = JSON) -> Reply:
        """The reply to a GET."""
        place = len(self.asked)
        self.asked.append(Asked(path, dict(params or {}), 0))
        reply = self.inner.get(path, params, accept=accept)
        self.asked[place] = replace(self.asked[place], received=reply.received)
        return reply

    def close(self) -> None:
        """Give the connections back."""
        self.inner.close()


@dataclass(frozen=True)
class Cost:
    """What one question took."""

    ask: str
    objects: int
    discovery: int
    logs: int
    bytes: int
    paths: tuple[str, ...]


def counted(runtime: Runtime, principal: Principal) -> tuple[Runtime, Counted]:
    """The same product behind a transport that counts."""
    clusters = runtime.parts.clusters
    reader = clusters.reader(clusters.default, principal)
    transport = Counted(reader.transport)
    watched = ClusterReader(reader.name, transport)
    parts = replace(
        runtime.parts, clusters=Clusters({reader.name: lambda _: watched}, reader.name, clusters.problems)
    )
    return Runtime(parts), transport


def costs(runtime: Runtime, transport: Counted, asks: Sequence[str]) -> Iterator[Cost]:
    """Ask each question and say what it took. Discovery is known from the first on, as in a process that stays."""
    for ask in asks:
        transport.asked.clear()
        for _ in runtime.ask(ask):
            pass
        yield cost(ask, transport.asked)


def cost(ask: str, asked: Sequence[Asked]) -> Cost:
    """The sums of some requests."""
    kinds = [one.what for one in asked]
    return Cost(
        ask,
        kinds.count("objects"),
        kinds.count("discovery"),
        kinds.count("log"),
        sum(one.received for one in asked),
        tuple(f"{one.path} {dict(one.query)}" for one in asked if one.what == "objects"),
    )
