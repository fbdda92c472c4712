"""`python -m interlock.evals.drift --manifests DIR --kubeconfig FILE`: recall and false drift on a real API server.

Applies the manifests, changes objects by hand with kubectl, applies twenty others again unchanged, restarts workloads,
and compares. Writes only to a server on this machine's loopback: `python tests/cluster/run.py --root DIR` starts one.
What the server cannot take is named and left out.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click
import yaml

from interlock.agent.runtime import open_runtime
from interlock.core.clusters.objects import Node
from interlock.core.errors import InterlockError, Refused
from interlock.core.evidence import Evidence
from interlock.core.identity import Principal
from interlock.core.process import Finished, run
from interlock.core.settings import Settings
from interlock.evals.drift.planted import ROUNDS, Planted

UNTOUCHED = 20
RESTARTED = ("deployment/kube-state-metrics", "deployment/grafana", "daemonset/node-exporter")
NAMESPACE = "monitoring"
Key = tuple[str, str, str]
"""Kind, namespace, name."""


@dataclass
class Score:
    """Counts over the rounds."""

    planted: int = 0
    found: int = 0
    untouched: int = 0
    false: int = 0
    seconds: float = 0.0


class Cluster:
    """kubectl on the test server."""

    def __init__(self, kubeconfig: Path) -> None:
        self._environment = {"KUBECONFIG": str(kubeconfig)}
        host = urlsplit(
            self.kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
        )
        if host.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise Refused("this writes to the cluster, and its server is not on loopback", rule="evals")

    def said(self, *args: str, given: str = "") -> Finished:
        """Run kubectl; what is applied names its own namespace."""
        where = [] if "-f" in args else ["-n", NAMESPACE]
        argv = ["kubectl", *where, *args]
        return run(argv, environment=self._environment, seconds=300, given=given.encode())

    def kubectl(self, *args: str, given: str = "") -> str:
        """Run kubectl, which must succeed."""
        done = self.said(*args, given=given)
        if done.code:
            raise InterlockError(
                f"kubectl {' '.join(args)[:200]}: {done.err.decode(errors='replace')[-400:]}"
            )
        return done.out.decode(errors="replace")

    def holds(self, document: str) -> bool:
        """Whether the object of a manifest is there."""
        return self.said("get", "-f", "-", "-o", "name", given=document).code == 0

    def apply(self, document: str) -> None:
        """Apply one object."""
        self.kubectl("apply", "--validate=ignore", "-f", "-", given=document)


@click.command()
@click.option("--manifests", required=True, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--kubeconfig", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def main(manifests: Path, kubeconfig: Path) -> None:
    """Plant, compare, score."""
    cluster = Cluster(kubeconfig)
    everything = _objects(manifests)
    left_out = _applied(cluster, manifests, everything)
    print(f"{len(everything)} objects in the manifests, {len(everything) - len(left_out)} applied")
    for (kind, _, name), why in sorted(left_out.items()):
        print(f"  left out: {kind} {name}: {why}")
    score = Score()
    for number, planted in enumerate(ROUNDS, start=1):
        _round(number, cluster, manifests, kubeconfig, planted, everything, left_out, score)
        _restored(cluster, planted, everything)
    _quiet(cluster, manifests, kubeconfig, left_out, score)
    holds = score.found == score.planted and not score.false
    print(
        f"{score.found}/{score.planted} planted changes found, {score.false} false, over {score.untouched} unchanged"
    )
    said = {"planted": score.planted, "found": score.found, "false": score.false, "target": "all and 0"}
    print(
        "RESULT " + json.dumps({**said, "cpu_seconds_a_comparison": round(score.seconds, 2), "holds": holds})
    )
    raise SystemExit(0 if holds else 1)


def _objects(manifests: Path) -> dict[Key, str]:
    """Every object by kind and name, as one YAML document."""
    found: dict[Key, str] = {}
    for file in sorted(manifests.rglob("*.yaml")):
        for document in yaml.load_all(file.read_text(), _Loader):
            for item in document.get("items", [document]) if isinstance(document, dict) else []:
                meta = item["metadata"]
                found[item["kind"], meta.get("namespace", ""), meta["name"]] = yaml.safe_dump(item)
    return found


class _Loader(yaml.SafeLoader):
    """Reads a lone `=` as the string it is."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


def _applied(cluster: Cluster, manifests: Path, everything: Mapping[Key, str]) -> dict[Key, str]:
    """Apply everything; what the server did not take, and its reason."""
    said = ""
    for folder, how in ((manifests / "setup", ["--server-side"]), (manifests, ["--validate=ignore"])):
        if folder.is_dir():
            said += cluster.said("apply", *how, "-f", str(folder)).err.decode(errors="replace")
    return {key: _reason(said, key[0], key[2]) for key in everything if not cluster.holds(everything[key])}


def _reason(said: str, kind: str, name: str) -> str:
    version = re.search(
        rf'name: "{re.escape(name)}".*?(no matches for kind "{kind}" in version "[^"]+")', said
    )
    refused = re.search(rf'{kind}[.\w]* "{re.escape(name)}" is invalid', said)
    unknown = "x-kubernetes-validations" if kind == "CustomResourceDefinition" else ""
    if version:
        return version[1]
    return "refused as invalid by this server" if refused else f"this server does not know {unknown or 'it'}"


def _round(
    number: int,
    cluster: Cluster,
    manifests: Path,
    kubeconfig: Path,
    planted: Sequence[Planted],
    everything: Mapping[Key, str],
    left_out: Mapping[Key, str],
    score: Score,
) -> None:
    for change in planted:
        cluster.kubectl(*change.make)
    touched = {_key(change, everything) for change in planted}
    unchanged = [key for key in everything if key not in touched and key not in left_out][::3][:UNTOUCHED]
    for key in unchanged:
        cluster.apply(everything[key])
    print(f"round {number}: {len(planted)} objects changed by hand, {len(unchanged)} others applied again")
    score.planted += len(planted)
    score.untouched += len(everything) - len(left_out) - len(planted)
    told = _told(manifests, kubeconfig, score)
    for change in planted:
        paths = told.pop(_key(change, everything), None)
        hit = paths is not None and any(re.search(change.at, path) for path in paths)
        others = [path for path in paths or [] if not re.search(change.at, path)]
        score.found += hit
        score.false += len(others)
        print(f"  {'found' if hit else 'MISSED'}: {change.what} of {change.target}" + _more(others))
    _unasked(told, left_out, score)


def _quiet(
    cluster: Cluster, manifests: Path, kubeconfig: Path, left_out: Mapping[Key, str], score: Score
) -> None:
    """Restarts and an autoscaler at work are no drift."""
    for target in RESTARTED:
        cluster.kubectl("rollout", "restart", target)
    cluster.kubectl("autoscale", "deployment/blackbox-exporter", "--min=2", "--max=4", "--cpu-percent=80")
    cluster.kubectl("scale", "deployment/blackbox-exporter", "--replicas=3")
    print(
        f"round {len(ROUNDS) + 1}: nothing changed; {len(RESTARTED)} workloads restarted, one scaled by an autoscaler"
    )
    _unasked(_told(manifests, kubeconfig, score), left_out, score)


def _unasked(told: Mapping[Key, list[str]], left_out: Mapping[Key, str], score: Score) -> None:
    for key, paths in told.items():
        if key not in left_out:
            score.false += 1
            print(f"  FALSE: {' '.join(key)}" + _more(paths))


def _key(change: Planted, everything: Mapping[Key, str]) -> Key:
    return next(
        k for k in everything if (k[0], k[2]) == (change.kind, change.name) and k[1] in ("", NAMESPACE)
    )


def _more(paths: Iterable[str]) -> str:
    return "".join(f"; also {path or 'missing'}" for path in paths)


def _restored(cluster: Cluster, planted: Sequence[Planted], everything: Mapping[Key, str]) -> None:
    for change in planted:
        cluster.said("delete", change.target, "--ignore-not-found", "--wait=true")
        cluster.apply(everything[_key(change, everything)])


def _told(manifests: Path, kubeconfig: Path, score: Score) -> dict[Key, list[str]]:
    """By object that differs or is missing, the paths that are said to differ."""
    start = time.process_time()
    found = _drift(manifests, kubeconfig)
    score.seconds = max(score.seconds, time.process_time() - start)
    node = Node(found.data if isinstance(found.data, dict) else {})
    return {
        (one.text("kind"), one.text("namespace"), one.text("name")): [
            d.text("path") for d in one.nodes("differences")
        ]
        or [""]
        for one in node.nodes("objects")
    }


def _drift(manifests: Path, kubeconfig: Path) -> Evidence:
    with (
        tempfile.TemporaryDirectory() as state,
        open_runtime(
            Settings({}),
            principal=Principal("local:eval"),
            replay=None,
            cluster_url=None,
            knowledge=(manifests,),
            state_dir=Path(state) / "state",
            cache_dir=Path(state) / "cache",
            environment={**os.environ, "KUBECONFIG": str(kubeconfig)},
        ) as runtime,
    ):
        return runtime.call_tool("iac_drift", {"path": "."})


if __name__ == "__main__":
    main()
