"""What the executor's credential is granted on a cluster, made of the list of what may be written: that and no more.

`python -m interlock.approvals.rbac > deploy/kubernetes/writes.yaml` writes the role; a test compares it. RBAC knows
verbs and kinds, not fields: which fields a patch may touch is held by `permits` alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

import yaml

from interlock.approvals.permits import PERMITS, Permit, Verb

ROLE = "interlock-writes"
_VERBS: dict[Verb, str] = {"patch": "patch", "create": "create", "delete": "delete", "evict": "create"}
_HEADER = """\
# Generated from approvals/permits.py by `python -m interlock.approvals.rbac`; do not edit.
# All that the credential of `interlock approvals` may change. Bound in approvals.yaml.
"""

Rule = dict[str, list[str]]


def rules(permits: Iterable[Permit] = PERMITS) -> list[Rule]:
    """RBAC rules that grant these permits, one for each API group and verb."""
    resources: dict[tuple[str, str], set[str]] = {}
    for each in permits:
        plural, _, group = each.kind.partition(".")
        name = f"{plural}/eviction" if each.verb == "evict" else plural
        resources.setdefault((group, _VERBS[each.verb]), set()).add(name)
    return [
        {"apiGroups": [group], "resources": sorted(names), "verbs": [verb]}
        for (group, verb), names in sorted(resources.items())
    ]


def manifest() -> str:
    """The ClusterRole as YAML."""
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": ROLE},
        "rules": rules(),
    }
    return _HEADER + yaml.safe_dump(role, sort_keys=False, width=110)


if __name__ == "__main__":
    sys.stdout.write(manifest())
