"""What every tool that reads a cluster is asked, live and recorded. A tool without a line here fails a test.

`$A` and `$B` are namespaces, `$N` a node, `$T` the tag of cluster-scoped names, `$WEB` a pod of the Deployment `web`.
Wrong names belong to it: their answer (the nearest names) has to be the same, too.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
NO_CLUSTER = {
    "knowledge": "folders of runbooks and code",
    "git": "the history of those folders",
    "logs": "the log store, which no cluster holds",
    "metrics": "the monitors, which no cluster holds",
}
"""What is read by the tools that are not compared here: it is the same, live or recorded."""

KINDS = """
pods deploy rs sts ds jobs cronjobs rc svc ep endpointslices ing netpol cm secrets sa pvc hpa pdb leases roles
rolebindings quota limits events podtemplates controllerrevisions
"""
CLUSTER_KINDS = "nodes ns pv sc ingressclasses clusterroles priorityclasses runtimeclasses validatingwebhookconfigurations"

ARGUMENTS: dict[str, list[Json]] = {
    "diagnose": [
        {},
        {"namespace": "$A"},
        {"namespace": "$A", "kind": "deployment", "name": "web"},
        {"namespace": "$B", "kind": "pod", "name": "pulling"},
        {"namespace": "$A", "name": "nothing-of-this-name"},
        {"namespace": "nowhere"},
        {"alert": {"name": "KubePodCrashLooping", "labels": {"namespace": "$A", "pod": "crashing"}}},
    ],
    "iac_drift": [
        {"namespace": "$A"},
        {"namespace": "$A", "kind": "deployment", "name": "web"},
        {"namespace": "$A", "beside": True},
    ],
    "iac_owner": [
        {"kind": "deployment", "name": "web", "namespace": "$A"},
        {"kind": "configmap", "name": "settings"},
        {"kind": "pod", "name": "$WEB", "namespace": "$A"},
        {"kind": "deployment", "name": "wbe", "namespace": "$A"},
    ],
    "kubernetes_events": [
        {},
        {"namespace": "$A"},
        {"namespace": "$A", "warnings_only": True},
        {"namespace": "$A", "kind": "pod", "name": "crashing"},
        {"namespace": "$A", "kind": "deployment", "name": "web", "limit": 2},
        {"namespace": "nowhere"},
    ],
    "kubernetes_facts": [
        *(
            {"name": name, "namespace": "$A"}
            for name in ("web", "db", "agent", "nightly", "settings", "keys", "disk")
        ),
        {"name": "web", "kind": "deployment", "namespace": "$A", "parts": ["pods", "rollouts"]},
        {"name": "crashing", "namespace": "$A"},
        {"name": "counts", "kind": "quota", "namespace": "$B"},
        {"name": "edge", "kind": "service", "namespace": "$B"},
        {"name": "front", "kind": "ingress"},
        {"name": "$N", "kind": "node"},
        {"name": "idle", "kind": "hpa", "namespace": "$A"},
        {"name": "wbe", "namespace": "$A"},
    ],
    "kubernetes_get": [
        {"kind": "pod", "name": "running", "namespace": "$A"},
        {"kind": "pod", "name": "$WEB", "namespace": "$A"},
        {"kind": "deploy", "name": "web", "namespace": "$A"},
        {"kind": "deployments.apps", "name": "web"},
        {"kind": "secret", "name": "keys", "namespace": "$A"},
        {"kind": "cm", "name": "settings", "namespace": "$A"},
        {"kind": "cronjob", "name": "nightly", "namespace": "$A"},
        {"kind": "pdb", "name": "web", "namespace": "$A"},
        {"kind": "node", "name": "$N"},
        {"kind": "ns", "name": "$A"},
        {"kind": "pv", "name": "disk-$T"},
        {"kind": "validatingwebhookconfigurations", "name": "hook-$T"},
        {"kind": "pod", "name": "runing", "namespace": "$A"},
        {"kind": "gadget", "name": "x"},
        {"kind": "bk", "name": "nightly", "namespace": "$A"},
        *({"kind": kind, "name": "payments", "namespace": "$A"} for kind in ("deploy", "cm", "secret")),
    ],
    "kubernetes_kinds": [{}],
    "kubernetes_list": [
        *({"kind": kind, "namespace": "$A"} for kind in KINDS.split()),
        *({"kind": kind} for kind in CLUSTER_KINDS.split()),
        {"kind": "pods"},
        {"kind": "pods", "limit": 3},
        {"kind": "pods", "labels": "kind=hand,state!=ok"},
        {"kind": "pods", "fields": "status.phase=Pending"},
        {"kind": "pods", "namespace": "$A", "fields": "spec.nodeName=$N"},
        {"kind": "pods", "fields": "spec.nonsense=1"},
        {"kind": "pods", "labels": "a=b=c"},
        {"kind": "pods", "namespace": "nowhere"},
        {"kind": "gadgets"},
        {"kind": "backups"},
        {"kind": "crd"},
    ],
    "kubernetes_query": [
        {"kind": "pods"},
        {"kind": "pods", "where": [{"attribute": "ready", "value": False}]},
        {
            "kind": "pods",
            "where": [{"attribute": "restarts", "operator": "at least", "value": 1}],
            "order_by": "restarts",
        },
        {"kind": "pods", "group_by": "node"},
        {"kind": "pods", "group_by": "status", "namespace": "$A"},
        {"kind": "workloads", "where": [{"attribute": "missing", "operator": "has", "value": "limits"}]},
        {"kind": "workloads", "group_by": "image"},
        {"kind": "services", "where": [{"attribute": "endpoints", "value": 0}]},
        {"kind": "nodes", "where": [{"attribute": "cordoned", "value": True}]},
        {"kind": "secrets", "namespace": "$A"},
        {"kind": "cronjobs", "where": [{"attribute": "suspended", "value": True}]},
        {"kind": "pods", "where": [{"attribute": "minutes", "operator": "at most", "value": 60}], "limit": 2},
    ],
    "kubernetes_summary": [{}, {"namespace": "$A"}, {"namespace": "$B"}, {"namespace": "nowhere"}],
    "kubernetes_uses": [
        {"kind": "configmap", "name": "settings", "namespace": "$A"},
        {"kind": "secret", "name": "keys", "namespace": "$A"},
        {"kind": "secret", "name": "keys", "namespace": "$A", "by": "pods"},
        {"kind": "persistentvolumeclaim", "name": "disk"},
        {"kind": "serviceaccount", "name": "robot", "namespace": "$A"},
        {"kind": "configmap", "name": "setings", "namespace": "$A"},
    ],
    "pod_logs": [
        {"namespace": "$A", "pod": "running", "container": "app"},
        {"namespace": "$A", "pod": "running", "container": "app", "previous": True},
        {"namespace": "$A", "pod": "running", "container": "proxy", "tail": 5},
        {"namespace": "$A", "pod": "running", "container": "app", "since_minutes": 60},
        {"namespace": "$A", "pod": "running", "container": "app", "contains": "TIMEOUT"},
        {"namespace": "$A", "pod": "running", "container": "proxy", "previous": True},
        {"namespace": "$A", "pod": "running"},
        {"namespace": "$A", "pod": "running", "container": "nope"},
        {"namespace": "$A", "pod": "crashing"},
        {"namespace": "$A", "pod": "crashing", "previous": True},
        {"namespace": "$A", "pod": "starting", "container": "two"},
        {"namespace": "$A", "pod": "starting", "container": "one"},
        {"namespace": "$A", "pod": "done"},
        {"namespace": "$A", "pod": "runing"},
    ],
    "recent_changes": [
        {},
        {"namespace": "$A"},
        {"namespace": "$A", "minutes": 1},
        {"what": ["rollout", "scaling"]},
        {"what": ["edit"], "namespace": "$A"},
        {"what": ["node", "creation"]},
    ],
    "rollout_history": [
        {"name": "web", "namespace": "$A"},
        {"name": "web"},
        {"name": "db", "kind": "statefulset", "namespace": "$A"},
        {"name": "agent", "kind": "daemonset", "namespace": "$A"},
        {"name": "wbe", "namespace": "$A"},
    ],
}
