"""The judge of the replay server: the real kubectl, against the real API server and a replay of the same objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

import pytest
from cluster.harness import KubeCluster
from replay.same import (
    at_rest,
    delete_cluster_scoped,
    dump_tree,
    kubeconfig_for,
    kubectl,
    load_objects,
)

from interlock.core.replay.manifest import Replay
from interlock.core.replay.server import serve

pytestmark = pytest.mark.cluster

LOG = (
    "2026-01-02T03:04:05.000000001Z 2026-01-02T03:04:05Z INFO started\n"
    "2026-01-02T03:04:06.5Z INFO working\n"
    "2026-01-02T03:04:07Z ERROR cannot reach db: \u2014 timeout\n"
    "2026-01-02T03:04:08.25Z \n"
    "2026-01-02T03:04:09Z last words\n"
)
PREVIOUS = "2026-01-02T03:00:00Z before\n2026-01-02T03:00:01Z panic: out of memory\n"
LOGS = {
    "running/app.log": LOG,
    "running/app.previous.log": PREVIOUS,
    "running/proxy.log": LOG,
    "done/app.log": LOG,
}

# $A and $B are the namespaces, $N the node, $T the tag of cluster-scoped names.
INVOCATIONS = """
get pods -n $A
get pods -n $A -o wide
get pods -n $B -o wide --show-labels
get pods -A -l kind=hand -o wide
get pods -n $A -o yaml
get pods -n $A -o json
get pods -n $A -o name
get pods -n $A -o jsonpath={range.items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}
get pods -n $A -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName,IP:.status.podIP
get pods -n $A -o go-template={{range.items}}{{.metadata.name}}{{"\\n"}}{{end}}
get pods -n $A -l state in (ok,bad),kind!=x --sort-by=.metadata.name
get pods -A -l kind --sort-by=.status.containerStatuses[0].restartCount
get pods -n $A --field-selector status.phase=Running
get pods -A --field-selector spec.nodeName=$N,status.phase!=Running
get pods -n $A --field-selector spec.nonsense=1
get pods -n $A -l a=b=c
get pods -n $A --chunk-size=2
get pod running -n $A -o yaml
get pod nope -n $A
get nonsense -n $A
get deploy,rs,sts,ds,job,cronjob,rc -n $A -o wide
get all -n $B
get svc,ep,ing,netpol -A -l !provider -o wide
get svc,ep,endpointslices,ing,netpol,quota,limits -n $B -o wide
get cm,secret,sa,pvc,hpa,pdb,lease,role,rolebinding,podtemplate,controllerrevision -n $A -o wide
get node $N -o wide --show-labels
get pv/disk-$T sc/slow-$T ingressclass/class-$T priorityclass/high-$T runtimeclass/sandbox-$T -o wide
get clusterrole/role-$T clusterrolebinding/binding-$T ns/$A -o wide
get validatingwebhookconfiguration/hook-$T -o wide
get events -n $A --sort-by=.lastTimestamp -o wide
get events -n $A --field-selector involvedObject.name=crashing,type=Warning
get events.events.k8s.io -n $A --field-selector reason=Noted
events -n $A --for pod/crashing
describe pod crashing -n $A
describe pods -n $A -l kind=hand
describe deploy,rs,sts,ds,job,cronjob,hpa,pdb -n $A
describe svc,ep,ing,netpol,cm,sa,pvc,quota,limits,role,rolebinding -n $A
describe secret keys -n $A
describe svc,quota,limits,ing -n $B
describe node $N
describe ns $B
describe pv/disk-$T sc/slow-$T
logs running -n $A -c app
logs running -n $A -c app --timestamps
logs running -n $A -c app --tail=2
logs running -n $A -c app --since-time=2026-01-02T03:04:07Z --timestamps
logs running -n $A -c app --since=1h
logs running -n $A -c app --limit-bytes=20
logs running -n $A -c app --previous
logs running -n $A -c proxy --previous
logs running -n $A -c nope
logs done -n $A --all-containers --prefix
logs done -n $A -p
logs nope -n $A
logs done -n $A --tail=0
api-resources
api-resources --namespaced=true -o wide
api-resources --api-group=apps -o name
version
rollout history deploy/web -n $A
rollout status deploy/idle -n $A
get pods -n $A --as-nonsense
get --raw /api/v1/namespaces/$A/configmaps/nope
auth can-i list pods -n $A
wait --for=condition=Ready pod/running -n $A --timeout=5s
get pods -n $A --watch-only=false --output-watch-events=false
explain
"""


@dataclass(frozen=True)
class Both:
    """The two kubeconfigs and the addresses that differ."""

    real: Path
    replay: Path
    addresses: tuple[str, str]
    values: dict[str, str]


@pytest.fixture(scope="module")
def both(kube_cluster: KubeCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    a, b = kube_cluster.add_namespace("replay-a"), kube_cluster.add_namespace("replay-b")
    tag = a.rpartition("-")[2]
    values = {"A": a, "B": b, "N": f"node-{tag}", "T": f"t{tag}", "PORT": str(kube_cluster.ports["kubelet"])}
    folder = tmp_path_factory.mktemp("replay")
    objects = load_objects(kube_cluster, values)
    kube_cluster.must("DELETE", f"/api/v1/namespaces/{b}/pods/leaving")
    at_rest(kube_cluster, [a, b])
    _write_logs(kube_cluster, a)
    dump_tree(kube_cluster, folder)
    for name, text in LOGS.items():
        path = folder / "cluster" / a / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    real = folder / "real.kubeconfig"
    real.write_text(kube_cluster.kubeconfig.read_text())
    with serve(Replay.load(folder)) as server:
        replay = kubeconfig_for(server.url, folder / "replay.kubeconfig")
        yield Both(real, replay, (kube_cluster.url, server.url), values)
    delete_cluster_scoped(kube_cluster, objects, [a, b])


def _write_logs(cluster: KubeCluster, namespace: str) -> None:
    for name, text in LOGS.items():
        pod, _, file = name.partition("/")
        cluster.write_log(namespace, pod, file.partition(".")[0], text, previous=".previous" in file)


@pytest.mark.parametrize("line", INVOCATIONS.strip().splitlines())
def test_kubectl_prints_the_same_from_a_replay_as_from_the_real_server(both: Both, line: str) -> None:
    args = [_filled(arg, both.values) for arg in _arguments(line)]
    real = kubectl(both.real, *args).normal(*both.addresses)
    replay = kubectl(both.replay, *args).normal(*both.addresses)
    difference = "\n".join(unified_diff(real, replay, "real", "replay", lineterm="", n=1))
    assert not difference, difference


def _arguments(line: str) -> list[str]:
    """Split at spaces, but not inside the value of -l."""
    head, flag, rest = line.partition(" -l ")
    if not flag:
        return line.split(" ")
    selector, *others = rest.split(" -")
    return [*head.split(" "), "-l", selector, *(part for o in others for part in f"-{o}".split(" "))]


def _filled(arg: str, values: dict[str, str]) -> str:
    for key, value in values.items():
        arg = arg.replace(f"${key}", value)
    return arg


WRITES = """
create configmap new --from-literal=a=b -n $A
create deployment new --image=registry.test/new:1 -n $A
run new --image=registry.test/new:1 -n $A
apply --validate=false -f - -n $A
delete pod running -n $A
delete pods --all -n $A
patch deploy web -n $A -p {"spec":{"replicas":3}}
scale deploy web --replicas=5 -n $A
label pod running x=y -n $A
annotate pod running x=y -n $A
set image deploy/web web=registry.test/web:2 -n $A
rollout restart deploy/web -n $A
autoscale deploy web --max=3 -n $A
expose svc web --name=other --port=80 -n $A
cordon worker-1
uncordon $N
taint node $N a=b:NoSchedule
drain $N --ignore-daemonsets --force --delete-emptydir-data
replace -f - --validate=false -n $A
exec running -n $A -c app -- true
attach running -n $A -c app
port-forward pod/running 0:80 -n $A
debug running -n $A --image=registry.test/d:1 --target=app
"""
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {mode: slow}\n"


@pytest.mark.parametrize("line", WRITES.strip().splitlines())
def test_kubectl_is_refused_every_write_with_a_status(both: Both, line: str) -> None:
    args = [_filled(arg, both.values) for arg in line.split(" ")]
    said = kubectl(both.replay, *args, stdin=MANIFEST)
    assert "a replay is read-only" in said.err  # kubectl 1.32 leaves `cordon` with exit code 0 on any error
