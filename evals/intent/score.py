"""Asks requests in other words and judges what came of them, with and without the embedder.

    python -m interlock.evals.intent.score FILE [--no-embedder]

An exact question (`of` is its id): evals/questions' oracle decides right or wrong. Triage (`triage:SCOPE`, or `triage`, and
the scope is what the request names: objects, else namespaces, else the cluster): right when a diagnosis of that scope, no
wider and no narrower, was made, its state does not contradict the raw objects (where a pod, its node, a job or a service of the
scope is unwell, `active`, or `unknown` with symptoms; else `healthy` or `recovered`), and a verified claim names something
that is unwell, when anything is. Knowledge
(`knowledge:KIND`): right when a tool of that kind was called and its arguments name what the request names, or `expect`. `none`: right when
nothing is claimed. Abstained: no verified claim. Wrong: all else.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from interlock.agent.runtime import Runtime, open_runtime
from interlock.core.events import AnswerEvent, ToolStarted
from interlock.core.identity import Principal
from interlock.core.settings import Settings
from interlock.core.settings.load import cache_dir
from interlock.evals.questions import cluster, paraphrases
from interlock.evals.questions.oracle import Expected, expected, universe
from interlock.evals.questions.raw import Files, Raw, app, is_ready, says, space, word
from interlock.evals.questions.score import CHECKS, Outcome, questions, tokens
from interlock.index.embedding.local import open_local

TOOLS = {
    "changes": ("rollout_history", "recent_changes"),
    "rollout": ("rollout_history", "recent_changes", "kubernetes_facts"),
    "code": ("iac_search", "iac_references", "iac_owner", "iac_history"),
    "events": ("kubernetes_events",),
    "logs": ("pod_logs", "log_search"),
    "runbook": ("runbook_search",),
}
"""The tools of each kind of knowledge."""
UNKNOWN = "it is said that nothing could be concluded"
SCOPES = ("deployments", "statefulsets", "daemonsets", "cronjobs", "jobs", "pods", "nodes")


@dataclass(frozen=True)
class Request:
    """A line of a file of requests."""

    id: str
    of: str
    ask: str
    expect: str = ""


@dataclass(frozen=True)
class Answered:
    """What came of a request."""

    claims: tuple[str, ...]
    calls: tuple[tuple[str, str], ...] = ()
    state: str = ""
    limits: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Scored:
    """How it did, and why it did not."""

    request: Request
    outcome: Outcome
    why: str
    said: Answered


def requests(path: Path) -> list[Request]:
    """The requests of a file."""
    return [Request(**{k: _text(v) for k, v in item.items()}) for item in yaml.safe_load(path.read_text())]


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def answered(runtime: Runtime, ask: str) -> Answered:
    """Ask, and keep what is judged."""
    events = list(runtime.ask(ask))
    answer = next(event.answer for event in events if isinstance(event, AnswerEvent))
    claims, verdict, limits = answer["claims"], answer["verdict"], answer["limits"]
    assert isinstance(claims, list) and isinstance(limits, list)
    calls = [(e.tool, json.dumps(e.args, sort_keys=True)) for e in events if isinstance(e, ToolStarted)]
    return Answered(
        tuple(str(c["text"]) for c in claims if isinstance(c, dict) and c["verified"]),
        tuple(calls),
        str(verdict["state"]) if isinstance(verdict, dict) else "",
        tuple(str(limit) for limit in limits),
    )


class Judge:
    """Knows what is right about one cluster."""

    def __init__(self, files: Files) -> None:
        self._files = files
        more = {name: answer(files) for name, answer in paraphrases.ANSWERS.items()}
        self._right: dict[str, Expected] = {**expected(files), **more}
        every = [*questions(), *questions(Path(cluster.__file__).with_name("paraphrases.yaml"))]
        self._questions = {question.id: question for question in every}

    def scored(self, request: Request, said: Answered) -> Scored:
        """Judge one answer."""
        if request.of == "none":
            return Scored(
                request, "wrong" if said.claims else "right", said.claims[0] if said.claims else "", said
            )
        kind, _, rest = request.of.partition(":")
        if kind == "knowledge":
            return self._knowledge(request, rest, said)
        if not said.claims:
            return Scored(request, "abstained", "no verified claim", said)
        why = self._triage(rest, request.ask, said) if kind == "triage" else self._exact(request, said)
        if why == UNKNOWN:
            return Scored(request, "abstained", why, said)
        return Scored(request, "wrong" if why else "right", why, said)

    def _exact(self, request: Request, said: Answered) -> str:
        question = self._questions[request.of]
        known = universe(self._files, question.of) if question.of else set()
        return CHECKS[question.answer](said.claims, self._right[request.of], known, request.ask)

    def _triage(self, scope: str, ask: str, said: Answered) -> str:
        made = [json.loads(args) for tool, args in said.calls if tool == "diagnose"]
        if not made:
            return f"no diagnosis: {said.calls[-1:]}"
        scopes = [_scope(scope)] if scope else self.scopes(ask)
        place = (
            str(made[-1].get("namespace", "")),
            _owner(str(made[-1].get("name", "")), {n for _, n in scopes}),
        )
        if place not in scopes:
            return f"a diagnosis of {made[-1]} instead of {scopes}"
        unwell = self._unwell(*place)
        if said.state == "unknown" and not unwell:
            return UNKNOWN
        if said.state not in (("active", "unknown") if unwell else ("healthy", "recovered")):
            return f"the state is said to be {said.state}; unwell are {sorted(unwell)[:4]}"
        words = {w for claim in said.claims for w in tokens(claim.replace("/", " "))}
        return (
            "" if not unwell or words & unwell else f"nothing that is unwell is named: {sorted(unwell)[:4]}"
        )

    def scopes(self, ask: str) -> list[tuple[str, str]]:
        """What a request may be about: each object that it names, in a namespace that it names; else these; else all."""
        spaced = f" {' '.join(re.findall(r'[a-z0-9-]+', ask.lower()))} "
        spaces = [n for n in sorted(map(_name, self._files["namespaces"])) if _is_place(n, spaced)]
        found = {
            (space(item), _name(item))
            for kind in SCOPES
            for item in self._files[kind]
            if f" {_name(item)} " in spaced
            or ("-" in _name(item) and f" {_name(item).replace('-', ' ')} " in spaced)
        }
        here = [(s, n) for s, n in sorted(found) if not spaces or s in spaces]
        return here or sorted(found) or [(s, "") for s in spaces] or [("", "")]

    def _unwell(self, namespace: str, name: str) -> set[str]:
        """What is unwell in a scope: pods and their workloads, the nodes they are on, jobs, services without endpoints."""
        f = self._files
        found: set[str] = set()
        down = {_name(node) for node in f["nodes"] if says(node, "Ready") != "True"}
        for pod in f["pods"]:
            names = ("", app(pod), _name(pod), pod["spec"].get("nodeName"))
            mine = namespace in ("", space(pod)) and name in names
            if mine and not is_ready(pod) and word(pod) not in ("Completed", "Evicted"):
                found |= {_name(pod), str(app(pod))}
            found |= {str(pod["spec"].get("nodeName"))} & down if mine else set()
        for job in f["jobs"]:
            mine = namespace in ("", space(job)) and (not name or _name(job).startswith(name))
            if mine and says(job, "Failed") == "True":
                found |= {_name(job), _name(job).rpartition("-")[0]}
        for service in f["services"]:
            mine = namespace in ("", space(service)) and name in ("", _name(service))
            ends = [e for e in f["endpoints"] if (space(e), _name(e)) == (space(service), _name(service))]
            if mine and not any(part.get("addresses") for e in ends for part in e["subsets"]):
                found.add(_name(service))
        found |= {node for node in down if not namespace and name in ("", node)}
        return found - {"", "None"}

    def _knowledge(self, request: Request, kind: str, said: Answered) -> Scored:
        tools = TOOLS.get(kind, (kind,))
        names = [request.expect] if request.expect not in ("", "knowledge") else self._named(request.ask)
        right = [args.lower() for name, args in said.calls if name in tools]
        if any(not names or any(name.lower() in args for name in names) for args in right):
            return Scored(request, "right", "", said)
        outcome: Outcome = "wrong" if said.claims else "abstained"
        return Scored(request, outcome, f"called {[name for name, _ in said.calls]}, named {names}", said)

    def _named(self, ask: str) -> list[str]:
        return [name or place for place, name in self.scopes(ask) if name or place]


def _scope(text: str) -> tuple[str, str]:
    namespace, _, name = ("", "", "") if text == "cluster" else text.partition("/")
    return namespace, name


def _name(item: Raw) -> str:
    return str(item["metadata"]["name"])


def _owner(name: str, among: set[str]) -> str:
    """The named object that a diagnosed pod belongs to; the name itself when it is none's."""
    return next((owner for owner in sorted(among) if owner and name.startswith(f"{owner}-")), name)


def _is_place(name: str, spaced: str) -> bool:
    """Whether a namespace is named as a place: some of them are words as well (`search the logs`, `the default`)."""
    if f" namespace {name} " in spaced or f" {name} namespace " in spaced:
        return True
    return f" {name} " in spaced and not re.search(
        rf" (?:to {name}|{name} the|{name} for|the default) ", spaced
    )


def run(asked: Sequence[Request], folder: Path, cache: Path) -> Iterator[Scored]:
    """Build the cluster in `folder` and ask everything; the embedder is the one in `cache`, when it is there."""
    replay = cluster.build(folder / "replay")
    judge = Judge(Files(replay))
    with open_runtime(
        Settings({}),
        principal=Principal(id="local:eval"),
        replay=replay,
        state_dir=folder / "state",
        cache_dir=cache,
        environment={},
    ) as runtime:
        for request in asked:
            yield judge.scored(request, answered(runtime, request.ask))


def main(arguments: Sequence[str]) -> int:
    """Print what was not right, and the shares."""
    file = next(Path(argument) for argument in arguments if not argument.startswith("--"))
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache" if "--no-embedder" in arguments else cache_dir(os.environ)
        scored = list(run(requests(file), Path(folder), cache))
    for item in scored:
        if item.outcome != "right" or "--all" in arguments:
            said = item.said.claims[0][:110] if item.said.claims else ""
            read = next((limit for limit in item.said.limits if limit.startswith("read as")), "")
            print(f"{item.outcome:9} {item.request.id:5} {item.request.of:22} {item.request.ask}")
            print(f"          {item.why[:200]} | {read} | {said}")
    kinds = Counter((_kind(item.request.of), item.outcome) for item in scored)
    for kind in dict.fromkeys(_kind(item.request.of) for item in scored):
        print(f"{kind:9} " + ", ".join(f"{o} {kinds[kind, o]}" for o in ("right", "abstained", "wrong")))
    totals = Counter(item.outcome for item in scored)
    shares = ", ".join(
        f"{o} {totals[o]} ({totals[o] / len(scored):.1%})" for o in ("right", "abstained", "wrong")
    )
    print(f"embedder: {getattr(open_local(cache), 'id', 'none')}; {len(scored)} requests: {shares}")
    return 0


def _kind(of: str) -> str:
    kind = of.partition(":")[0]
    return kind if kind in ("triage", "knowledge", "none") else "exact"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
