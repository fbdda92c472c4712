"""A cluster behind the policy, where that speaks of namespaces: what it refuses is never asked for.

Threat: a policy keeps a namespace from somebody, and a list of all namespaces shows it anyway. Mechanism: in front of
the connection every path is read for its namespace and judged; a list of all namespaces is refused whole, and the
transport outside this one puts it together from the namespaces that pass, naming those that do not. Guarantee: no
object or log of a namespace that the policy refuses leaves the cluster for this principal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from interlock.core.clusters.objects import Node
from interlock.core.clusters.transport import JSON, Reply, Transport
from interlock.core.errors import Forbidden, InterlockError
from interlock.core.identity import Principal
from interlock.core.policy import Ask, Policy

Wall = Callable[[Transport], Transport]
_IN_NAMESPACE = re.compile(r"^/(?:api/[^/]+|apis/[^/]+/[^/]+)/namespaces/(?P<namespace>[^/]+)(?P<rest>/.*)?$")
_EVERYWHERE = re.compile(r"^(?P<base>/api/[^/]+|/apis/[^/]+/[^/]+)/(?P<plural>[^/]+)$")
_READ, _LOGS = "kubernetes_get", "pod_logs"


def as_it_is(transport: Transport) -> Transport:
    """No wall: the policy does not speak of namespaces."""
    return transport


def wall_for(policy: Policy, cluster: str, principal: Principal) -> Wall:
    """What stands between a principal and a cluster."""
    return (
        (lambda inner: PolicedTransport(inner, policy, cluster, principal))
        if policy.by_namespace
        else as_it_is
    )


class PolicedTransport:
    """Reads through to a cluster what the policy allows."""

    def __init__(self, inner: Transport, policy: Policy, cluster: str, principal: Principal) -> None:
        self._inner = inner
        self._policy = policy
        self._cluster = cluster
        self._principal = principal
        self._namespaced: dict[str, frozenset[str]] = {}

    def get(self, path: str, params: Mapping[str, str] | None = None, *, accept: str = JSON) -> Reply:
        """The reply to a GET.

        Raises:
            Forbidden: naming the rule, when the policy refuses the namespace.
        """
        match = _IN_NAMESPACE.match(path)
        if match:
            tool = _LOGS if (match["rest"] or "").endswith("/log") else _READ
            self._check(tool, match["namespace"])
        elif self._is_everywhere(path):
            raise Forbidden("the policy decides by namespace")
        return self._inner.get(path, params, accept=accept)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _check(self, tool: str, namespace: str) -> None:
        ask = Ask(tool, self._cluster, namespace=namespace)
        try:
            ruling = self._policy.rule(self._principal, ask)
        except InterlockError as error:
            raise Forbidden("the policy could not decide (rule: policy-error)") from error
        if not ruling.allowed:
            raise Forbidden(f"the policy keeps namespace {namespace} from you (rule: {ruling.rule})")

    def _is_everywhere(self, path: str) -> bool:
        match = _EVERYWHERE.match(path)
        return match is not None and match["plural"] in self._kinds(match["base"])

    def _kinds(self, base: str) -> frozenset[str]:
        if base not in self._namespaced:
            listed = Node(self._inner.get(base).json()).nodes("resources")
            self._namespaced[base] = frozenset(r.text("name") for r in listed if r.flag("namespaced"))
        return self._namespaced[base]
