"""The composition root: wires settings, store, clusters, backends, redactor, policy and models into one `Runtime`.

Everything heavy is opened when first used: searching, calling a tool or the doctor load no LangChain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from interlock.agent.alert import Alert, alert_from, parse_alert
from interlock.agent.backends import open_backends, open_knowledge, open_servers
from interlock.agent.health import Health, examine
from interlock.agent.question import Question
from interlock.agent.settings import AgentSettings
from interlock.agent.wiring import Clusters, open_cluster, opened_clusters, opened_store
from interlock.core.audit import AuditLog
from interlock.core.audit.opened import open_audit
from interlock.core.clock import Clock, SystemClock
from interlock.core.errors import BadInput, InterlockError, StoreFailed
from interlock.core.events import Event
from interlock.core.evidence import Evidence
from interlock.core.identity import Principal
from interlock.core.policy import Policy
from interlock.core.policy.authority import open_authority
from interlock.core.policy.budgets import Budgets
from interlock.core.policy.egress import Origins
from interlock.core.policy.halt import HaltedPolicy
from interlock.core.redaction import Redactor
from interlock.core.replay.manifest import Replay
from interlock.core.settings import Settings
from interlock.core.store import Store
from interlock.core.store.conversations import Conversations, Turn, new_conversation_id
from interlock.core.store.evidence import EvidenceStore
from interlock.tools.knowledge.library import Library
from interlock.tools.knowledge.pages import noted
from interlock.tools.mcp.servers import McpServers
from interlock.tools.mcp.settings import McpServersSettings, secrets_of
from interlock.tools.mcp.tool import remote_tools
from interlock.tools.registry import NOT_ON_RECORD, Calls, Wiring
from interlock.tools.tool import Tool

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from interlock.agent.meaning import Meaning
    from interlock.approvals.service import Approvals
    from interlock.index.search import Hit

__all__ = ["Alert", "Health", "Question", "Runtime", "open_cluster", "open_runtime"]


@dataclass(frozen=True)
class Parts:
    """What a runtime was opened with."""

    settings: Settings
    principal: Principal
    environment: Mapping[str, str]
    replay: Replay | None
    store: Store
    store_problem: str
    audit: AuditLog
    state_dir: Path
    clusters: Clusters
    redactor: Redactor
    policy: Policy
    budgets: Budgets
    clock: Clock
    knowledge: Library
    cache_dir: Path
    model: Callable[[], BaseChatModel] | None = None


class Runtime:
    """One opened product. Safe to ask again and again; a question's view of the world lasts as long as the question."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def ask(self, question: Question | str, *, continued: bool = False) -> Iterator[Event]:
        """Answer a question; the last event is the `AnswerEvent`.

        Args:
            question: the question, or only its words, asked by the runtime's own principal.
            continued: go on with that principal's last conversation.

        Raises:
            BadInput: for an empty question, or when there is no conversation to go on with.
            Forbidden: when the question names a conversation of another principal.
            InterlockError: when the configured model cannot be opened.
        """
        asked = Question(question, self.parts.principal) if isinstance(question, str) else question
        return self._answered(asked, self._turns(asked, continued=continued))

    def triage(
        self, alert: Alert | JsonValue | object, *, text: str = "", cluster: str = ""
    ) -> Iterator[Event]:
        """Say what is broken behind an alert, since when, and why; the last event is the `AnswerEvent`."""
        read = alert if isinstance(alert, Alert) else alert_from(json.loads(json.dumps(alert)))
        return self.ask(Question(text, self.parts.principal, alert=read, cluster=cluster))

    def recorded_alert(self) -> Alert:
        """The alert that the replay holds.

        Raises:
            BadInput: without a replay, or when it holds none.
        """
        replay = self.parts.replay
        if replay is None or replay.alert is None:
            what = "this replay holds no alert" if replay else "no alert was given"
            raise BadInput(what, hint="name an alert file: interlock triage alert.json")
        try:
            return parse_alert(replay.alert.read_bytes())
        except OSError as error:
            raise BadInput(f"cannot read the alert {replay.alert}: {error.strerror}") from None

    def search(self, query: str, k: int = 10) -> list[Hit]:
        """The `k` best pages of runbooks and code for a query."""
        return self.find(query, k)[0]

    def find(self, query: str, k: int = 10) -> tuple[list[Hit], tuple[str, ...]]:
        """The `k` best pages, and what could not be searched as it should."""
        if not query.strip():
            raise BadInput("the query is empty")
        seen = self.parts.knowledge.seen_by(self.parts.policy, self.parts.principal)
        hits, limits = seen.find(query, k)
        limits = (*limits, *noted(seen))
        digest = hashlib.sha256(query.encode()).hexdigest()
        said: dict[str, JsonValue] = {
            "principal": self.parts.principal.id,
            "sha256": digest,
            "hits": len(hits),
        }
        if not self.audit.note("search", said):
            limits = (*limits, NOT_ON_RECORD)
        # What lies in an index was cleaned by the rules of its day, and names of files never were.
        clean = self.parts.redactor.clean_text
        shown = [replace(h, path=clean(h.path), title=clean(h.title), text=clean(h.text)) for h in hits]
        return shown, tuple(map(clean, limits))

    def call_tool(self, name: str, args: Mapping[str, JsonValue]) -> Evidence:
        """Call one tool as the runtime's principal."""
        return self.calls(self.parts.principal, "").call(name, args)

    def doctor(self) -> list[Health]:
        """What works and what does not. Sends nothing to a language model."""
        return examine(self)

    def continue_last(self, principal: Principal | None = None) -> list[Turn]:
        """The turns of the principal's last conversation, oldest first; empty when there is none."""
        try:
            return self.conversations.latest(principal or self.parts.principal)
        except StoreFailed:
            return []

    @property
    def limits(self) -> AgentSettings:
        """The agent's settings."""
        return self.parts.settings.section(AgentSettings)

    @property
    def audit(self) -> AuditLog:
        """The record. It carries the machine's time, on a replay too: it says when somebody asked."""
        return self.parts.audit

    @cached_property
    def approvals(self) -> Approvals | None:
        """What this process holds of the approvals; None while changes are off.

        Raises:
            BadInput: when their key or settings cannot be used.
        """
        from interlock.agent.approving import open_here

        return open_here(self.parts)

    def close(self) -> None:
        """Stop what was started."""
        opened = self.__dict__.get("approvals")
        if opened is not None:
            opened.close()

    @cached_property
    def conversations(self) -> Conversations:
        """The turns so far."""
        return Conversations(self.parts.store, SystemClock())

    @cached_property
    def meaning(self) -> Meaning | None:
        """Likeness of meaning by the local embedding model, when it is set up; loaded at the first comparison."""
        from interlock.agent.meaning import Meaning
        from interlock.index.embedding.local import LocalEmbedder, open_local

        found = open_local(self.parts.cache_dir)
        return Meaning(found, self.parts.cache_dir) if isinstance(found, LocalEmbedder) else None

    def calls(
        self,
        principal: Principal,
        conversation: str,
        watch: Callable[[Evidence], None] = lambda _: None,
        *,
        cluster: str = "",
        origins: Callable[[], Origins] = Origins,
        more: Mapping[str, Tool[Any]] | None = None,
    ) -> Calls:
        """One question's door to the tools; `watch` is told of each evidence, nested calls' included.

        `cluster` is asked where a call names none; empty: the configured default. `origins` tells whose data a search's
        words may hold. `more` are tools of this one question.
        """
        parts = self.parts
        wiring = Wiring(
            policy=parts.policy,
            redactor=parts.redactor,
            clock=parts.clock,
            clusters=parts.clusters.snapshot(principal),
            default_cluster=cluster or parts.clusters.default,
            backends=tuple(_told(backend, origins) for backend in self._backends),
            evidence=EvidenceStore(parts.store),
            audit=self.audit,
            watch=watch,
            remote={**self.remote, **(more or {})},
        )
        return Calls(wiring, principal, conversation)

    @cached_property
    def remote(self) -> Mapping[str, Tool[Any]]:
        """The tools of other MCP servers that are listed and accepted; none beside a replay, which is all there is."""
        return remote_tools(self._servers) if self._servers else {}

    @cached_property
    def _servers(self) -> McpServers | None:
        parts = self.parts
        return None if parts.replay else open_servers(parts.settings, parts.store, parts.redactor)

    @cached_property
    def _backends(self) -> tuple[object, ...]:
        servers = [self._servers] if self._servers else []
        return (*open_backends(self.parts.replay, self.parts.knowledge), *servers)

    def _turns(self, question: Question, *, continued: bool) -> list[Turn]:
        if question.conversation:
            return self._turns_of(question.conversation, question.principal)
        turns = self.continue_last(question.principal) if continued else []
        if continued and not turns:
            raise BadInput("there is no conversation to go on with", hint="ask without --continue first")
        return turns

    def _turns_of(self, conversation: str, principal: Principal) -> list[Turn]:
        try:
            return self.conversations.get(conversation, principal)
        except StoreFailed:
            return []

    def _answered(self, question: Question, before: Sequence[Turn]) -> Iterator[Event]:
        from interlock.agent.conversation import converse

        name = question.conversation or (before[-1].conversation if before else new_conversation_id())
        try:
            yield from converse(self, question, before, name)
        except InterlockError as error:
            # Surfaces show errors as they are, and an error may repeat what was asked.
            clean = self.parts.redactor.clean_text
            error.message, error.hint = clean(error.message), clean(error.hint) if error.hint else None
            raise


def _told(backend: object, origins: Callable[[], Origins]) -> object:
    """Knowledge and other servers that know whose data they are asked with: it may leave for somebody else's."""
    return backend.asked_with(origins) if isinstance(backend, Library | McpServers) else backend


@contextmanager
def open_runtime(
    settings: Settings,
    *,
    principal: Principal,
    replay: Path | None = None,
    cluster_url: str | None = None,
    knowledge: Sequence[Path] = (),
    state_dir: Path,
    cache_dir: Path,
    environment: Mapping[str, str],
    model: Callable[[], BaseChatModel] | None = None,
) -> Iterator[Runtime]:
    """Open the product.

    Args:
        settings: what was configured.
        principal: who asks when a question does not say.
        replay: a replay folder; everything is then taken from it, the time included.
        cluster_url: the API of a cluster, without credentials.
        knowledge: further folders to search.
        state_dir: where our own database lies when the settings name none.
        cache_dir: where indexes are kept between runs.
        environment: where model keys and $KUBECONFIG are looked for.
        model: makes the chat model to ask instead of the configured one; for evals.

    Raises:
        BadInput: when the replay, the URL, a folder or the policy bundle is not what it should be.
        Refused: when the policy bundle widens rights without a second signature.
    """
    recorded = Replay.load(replay) if replay else None
    keys = [v for k, v in environment.items() if k.endswith("_API_KEY") and len(v) > 7]
    redactor = Redactor(own_secrets=[*keys, *secrets_of(settings.section(McpServersSettings))])
    store, problem = opened_store(settings, state_dir)
    audit = open_audit(settings, store, SystemClock(), state_dir)
    try:
        authority = open_authority(settings, store, audit, SystemClock(), _known_actions)
        policy = HaltedPolicy(authority.policy, store)
        with opened_clusters(settings, recorded, cluster_url, environment, policy) as clusters:
            runtime = Runtime(
                Parts(
                    settings=settings,
                    principal=principal,
                    environment=environment,
                    replay=recorded,
                    store=store,
                    store_problem=problem,
                    audit=audit,
                    state_dir=state_dir,
                    clusters=clusters,
                    redactor=redactor,
                    policy=policy,
                    budgets=authority.budgets,
                    clock=recorded.clock if recorded else SystemClock(),
                    knowledge=open_knowledge(
                        settings,
                        recorded,
                        knowledge,
                        redactor,
                        cache_dir,
                        environment,
                        authority.may_embed(principal),
                    ),
                    cache_dir=cache_dir,
                    model=model,
                )
            )
            with closing(runtime):
                yield runtime
    finally:
        store.close()


def _known_actions() -> Collection[str]:
    from interlock.approvals.catalogue import all_actions

    return all_actions()
