"""Finds the tools and calls them: intent, policy, read, redact, budget, evidence, outcome. There is no other way in.

Threat: a tool result that reaches somebody unredacted, unbounded, unrecorded or unasked. Mechanism: tools return data
and only this module turns data into Evidence. When the record cannot be written, reads go on and say so.
"""

from __future__ import annotations

import hashlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import JsonValue, ValidationError

from interlock.core.budget import fit
from interlock.core.clock import Clock
from interlock.core.clusters.reader import ClusterReads
from interlock.core.clusters.watched import Unseen, watched
from interlock.core.errors import BadInput, InterlockError, StoreFailed, UnknownName, Unreachable
from interlock.core.evidence import Evidence, Locator, QueryLocator, new_evidence_id
from interlock.core.identity import Principal
from interlock.core.policy import Ask, Policy, Ruling, check, refusal, ruled
from interlock.core.untrusted import Untrusted
from interlock.tools.tool import Args, Restricted, Result, Tool

if TYPE_CHECKING:  # a list of the tools needs no database
    from sqlalchemy import Connection

    from interlock.core.audit import AuditLog
    from interlock.core.redaction import Redactor
    from interlock.core.store.evidence import EvidenceStore

T = TypeVar("T")
_OTHERS = "interlock.tools.mcp."
"""Asks servers for theirs when it is configured; it has none of its own, and needs a database to know them."""
_OF_A_CLUSTER = ("kubernetes", "diagnose")
NOT_ON_RECORD = "not on record: our own database could not be written"


@cache
def all_tools() -> dict[str, Tool[Any]]:
    """Every tool by name. A tool is a module of a room that defines `TOOL`."""
    import interlock.tools as rooms

    found: dict[str, Tool[Any]] = {}
    for module in pkgutil.walk_packages(rooms.__path__, rooms.__name__ + "."):
        if module.name.startswith(_OTHERS):
            continue
        tool = getattr(import_module(module.name), "TOOL", None)
        if isinstance(tool, Tool):
            found[tool.name] = tool
    return dict(sorted(found.items()))


def find(name: str) -> Tool[Any]:
    """The tool of that name.

    Raises:
        UnknownName: with the nearest names.
    """
    try:
        return all_tools()[name]
    except KeyError:
        raise UnknownName("tool", name, all_tools()) from None


def schema(tool: Tool[Any], clusters: Sequence[str] = ()) -> dict[str, Any]:
    """The JSON schema of a tool's arguments. `cluster` is one of those configured, where they are known."""
    made: dict[str, Any] = tool.args.model_json_schema()
    asked = made.get("properties", {}).get("cluster")
    if asked is not None and clusters:
        asked["enum"] = ["", *clusters]
    return made


@dataclass(frozen=True)
class Wiring:
    """What calls need, put together by the composition root, once a question.

    `clusters` are as the principal of the question sees them; looking one up may connect, or fail by name. `remote` are
    the tools of other MCP servers that the operator listed and accepted.
    """

    policy: Policy
    redactor: Redactor
    clock: Clock
    clusters: Mapping[str, ClusterReads]
    default_cluster: str
    backends: tuple[object, ...]
    evidence: EvidenceStore
    audit: AuditLog
    watch: Callable[[Evidence], None] = lambda _: None
    remote: Mapping[str, Tool[Any]] = field(default_factory=dict)


class Calls:
    """One principal's door to the tools for one question.

    `unanswered` holds, by cluster, why one did not answer: a limit of the answer, not a failure of the others.
    """

    def __init__(self, wiring: Wiring, principal: Principal, conversation: str) -> None:
        self._wiring = wiring
        self._principal = principal
        self._conversation = conversation
        self.clock = wiring.clock
        self.unanswered: dict[str, str] = {}

    @property
    def clusters(self) -> tuple[str, ...]:
        """The clusters that may be named."""
        return tuple(self._wiring.clusters)

    def named(self, cluster: str) -> str:
        """The cluster that is meant: the one named, or the default one; '' when none is configured.

        Raises:
            UnknownName: with the nearest names, and all that are configured.
        """
        wanted = cluster or self._wiring.default_cluster
        if wanted not in self._wiring.clusters and (cluster or self._wiring.clusters):
            from interlock.core.clusters.connect import unknown_cluster

            raise unknown_cluster(wanted, self.clusters)
        return wanted

    def cluster(self, name: str = "") -> ClusterReads:
        """The cluster of that name, or the default one."""
        if not self._wiring.clusters:
            raise BadInput("no cluster is configured", hint="name one in interlock.yaml, or use --replay DIR")
        return self._wiring.clusters[self.named(name)]

    def backend(self, kind: type[T]) -> T | None:
        """The configured backend of this Protocol, as the principal may see it, or None."""
        found = next((b for b in self._wiring.backends if isinstance(b, kind)), None)
        return found.seen_by(self._wiring.policy, self._principal) if isinstance(found, Restricted) else found

    def call(self, name: str, args: Mapping[str, JsonValue]) -> Evidence:
        """Call a tool.

        Raises:
            UnknownName, BadInput: the name or an argument is wrong.
            Refused: policy says no.
            InterlockError: as the tool's backend answered.
        """
        tool = self._wiring.remote.get(name) or find(name)
        checked = _checked(tool, args)
        cluster = self._cluster_of(checked)
        said = self._said(checked, cluster)
        ask = _ask(tool, checked, cluster)
        ruling = ruled(self._wiring.policy, self._principal, ask)
        recorded = self._record("tool.intent", tool, {"args": said, "policy": ruling.version})
        running = _Running(self)
        try:
            self._permit(ask, ruling)
            result = tool.run(checked, running)
        except InterlockError as error:
            error.message = self._clean(error.message)
            error.hint = self._clean(error.hint) if error.hint else None
            self._record("tool.failed", tool, {"error": error.message})
            if cluster and isinstance(error, Unreachable):
                self.unanswered[cluster] = error.message
            raise
        limits = running.unseen.limits(result.limits)
        located = _placed(result.locators, cluster) if self._many else result.locators
        return self._kept(tool, said, replace(result, limits=limits, locators=located), recorded)

    @property
    def _many(self) -> bool:
        return len(self._wiring.clusters) > 1

    def _cluster_of(self, args: Args) -> str:
        asked = getattr(args, "cluster", None)
        return self.named(asked) if isinstance(asked, str) else ""

    def _said(self, args: Args, cluster: str) -> dict[str, JsonValue]:
        """The arguments as evidence and record tell them; the cluster always, where there are several."""
        said, _ = self._wiring.redactor.clean_value(args.model_dump(mode="json", exclude_defaults=True))
        told = said if isinstance(said, dict) else {}
        return {**told, "cluster": cluster} if cluster and self._many else told

    def _kept(self, tool: Tool[Any], args: dict[str, JsonValue], result: Result, recorded: bool) -> Evidence:
        redactor = self._wiring.redactor
        data, counts = redactor.clean_value(result.data)
        cleaned = redactor.clean(Untrusted(tool.render(data)))
        fitted = fit(cleaned.text)
        made = Evidence(
            id=new_evidence_id(),
            tool=tool.name,
            args=args,
            kind=result.kind,
            subject=self._clean(result.subject),
            text=fitted.text,
            taken_at=self._wiring.clock.now(),
            principal=self._principal.id,
            locators=self._located(result.locators),
            data=data,
            redactions=_summed(counts, cleaned.counts),
            omitted_lines=fitted.omitted_lines,
            omitted_bytes=fitted.omitted_bytes,
            limits=tuple(self._clean(limit) for limit in result.limits),
        )
        made, kept = self._put(tool, made, cleaned.text, cut=bool(fitted.omitted_bytes))
        made = made if recorded and kept else replace(made, limits=(*made.limits, NOT_ON_RECORD))
        self._wiring.watch(made)
        return made

    def _put(self, tool: Tool[Any], made: Evidence, text: str, *, cut: bool) -> tuple[Evidence, bool]:
        """Keep evidence and its record in one transaction; whether that was done."""
        held: list[Evidence] = []

        def put(connection: Connection) -> None:
            held.append(self._wiring.evidence.put(made, text if cut else None, connection))

        outcome: dict[str, JsonValue] = {
            "evidence": made.id,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "redactions": dict(made.redactions),
        }
        try:
            self._wiring.audit.append("tool.outcome", self._told(tool, outcome), beside=put)
        except StoreFailed:
            self._record("tool.outcome", tool, outcome)
            return made, False
        return held[0], True

    def _permit(self, ask: Ask, ruling: Ruling) -> None:
        if not ruling.allowed:
            said = refusal(self._principal, ask, ruling)
            self._wiring.audit.note("policy.refused", {"conversation": self._conversation, **said})
        check(ruling, self._principal, ask)

    def _located(self, locators: tuple[Locator, ...]) -> tuple[Locator, ...]:
        """Names of files and objects come from outside too; all in one cleaning."""
        said = [
            {k: v for k, v in one.model_dump(exclude={"kind"}).items() if isinstance(v, str)}
            for one in locators
        ]
        texts: list[JsonValue] = [text for fields in said for text in fields.values()]
        cleaned, _ = self._wiring.redactor.clean_value(texts)
        if cleaned == texts or not isinstance(cleaned, list):
            return locators
        fresh = iter(cleaned)
        updates = [dict(zip(fields, fresh, strict=False)) for fields in said]
        return tuple(one.model_copy(update=new) for one, new in zip(locators, updates, strict=True))

    def _record(self, kind: str, tool: Tool[Any], body: Mapping[str, JsonValue]) -> bool:
        return self._wiring.audit.note(kind, self._told(tool, body))

    def _told(self, tool: Tool[Any], body: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        return {
            "principal": self._principal.id,
            "conversation": self._conversation,
            "tool": tool.name,
            **body,
        }

    def _clean(self, text: str) -> str:
        return self._wiring.redactor.clean(Untrusted(text)).text


def _ask(tool: Tool[Any], args: Args, cluster: str) -> Ask:
    namespace = getattr(args, "namespace", "")
    return Ask(tool.name, cluster or "*", namespace=namespace if isinstance(namespace, str) else "")


class _Running:
    """The `Context` of one running tool: what the cluster refuses it is noted."""

    def __init__(self, calls: Calls) -> None:
        self.clock = calls.clock
        self.unseen = Unseen()
        self._calls = calls

    def cluster(self, name: str = "") -> ClusterReads:
        return watched(self._calls.cluster(name), self.unseen)

    def backend(self, kind: type[T]) -> T | None:
        return self._calls.backend(kind)

    def call(self, name: str, args: Mapping[str, JsonValue]) -> Evidence:
        return self._calls.call(name, args)


def _placed(locators: tuple[Locator, ...], cluster: str) -> tuple[Locator, ...]:
    """Queries with the cluster they were asked of; objects name theirs already."""
    return tuple(
        one.model_copy(update={"system": f"{one.system} of cluster {cluster}"})
        if cluster and isinstance(one, QueryLocator) and one.system in _OF_A_CLUSTER
        else one
        for one in locators
    )


def _checked(tool: Tool[Any], args: Mapping[str, JsonValue]) -> Any:  # noqa: ANN401 - the tool's own argument model
    try:
        return tool.args.model_validate(dict(args))
    except ValidationError as error:
        # A misspelt argument is also a missing one; the misspelling is what helps.
        first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
        name = ".".join(str(part) for part in first["loc"]) or "arguments"
        if first["type"] == "extra_forbidden":
            raise UnknownName(f"argument of {tool.name}:", name, tool.args.model_fields) from None
        raise BadInput(f"{tool.name}: {name}: {first['msg']}") from None


def _summed(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {kind: max(one.get(kind, 0), other.get(kind, 0)) for kind in sorted({*one, *other})}
