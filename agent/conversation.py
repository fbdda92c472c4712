"""One question from words to answer: opens the models, runs the graph, checks what it says, keeps the turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from pydantic import JsonValue

from interlock.agent.alert import Alert
from interlock.agent.answer import (
    Answer,
    Usage,
    check_cited,
    checked_claims,
    cited_evidence,
    limits_of,
    verdict_of,
)
from interlock.agent.asked_cluster import alerted, asked_of, unmarked
from interlock.agent.builtin import BuiltIn, partial
from interlock.agent.change_request import NAME, asking_of, change_tool, news
from interlock.agent.egress import Carried
from interlock.agent.graph import Ended, bound_tools, run
from interlock.agent.guard import Guard
from interlock.agent.ledger import Ledger
from interlock.agent.models import BUILT_IN, check_usable, open_model
from interlock.agent.prompts import CHANGES, SYSTEM
from interlock.agent.question import Question
from interlock.agent.recorded import Desk, Ladder, RecordedCalls, Rung
from interlock.agent.sentences import take_apart
from interlock.agent.spend import Spend
from interlock.agent.turn import opening
from interlock.core.clusters.connect import unknown_cluster
from interlock.core.errors import BadInput, StoreFailed
from interlock.core.events import AnswerEvent, Event, ProposalEvent, StatusEvent
from interlock.core.evidence import Evidence
from interlock.core.redaction import Redactor
from interlock.core.store.conversations import Turn
from interlock.tools.registry import Calls

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage

    from interlock.agent.runtime import Runtime

NO_MODEL = "no language model is configured: fixed checks ran and sources are quoted"
NOT_KEPT = "not on record: our own database could not be written"
DIAGNOSIS = "diagnose"
MOST_NEWS = 1_000
GIVEN = "given"
"""The name of a model that the caller made."""


def converse(
    runtime: Runtime, question: Question, before: Sequence[Turn], conversation: str
) -> Iterator[Event]:
    """Answer `question` in the light of the turns `before` it; the last event is the answer."""
    limits, redactor = runtime.limits, runtime.parts.redactor
    ladder = Ladder(rungs(runtime))
    spend, ledger = Spend(limits), Ledger()
    place = placed(runtime, question, before, able=ladder.name != BUILT_IN)
    clusters = runtime.parts.clusters
    asking = asking_of(runtime, question, conversation, ladder.name)
    remote = runtime.remote
    more = {NAME: change_tool(asking)} if asking else {}
    carried = Carried(
        clusters.names,
        place.cluster or clusters.default,
        runtime.parts.knowledge,
        {name: tool.systems[0] for name, tool in remote.items()},
    )
    carried.remembers(before)
    desk = Desk(
        runtime.audit,
        runtime.parts.policy,
        question.principal,
        conversation,
        spend,
        redactor.clean_text,
        carried.now,
        runtime.parts.budgets,
    )
    runtime.parts.budgets.take_question(question.principal)

    def seen(item: Evidence) -> None:
        carried.take(item)
        ledger.add(item)

    calls = runtime.calls(
        question.principal, conversation, watch=seen, cluster=place.cluster, origins=carried.now, more=more
    )
    happened = news(runtime.parts.store, conversation) if before else []
    yield from happened
    where = f", in cluster {place.cluster}" if place.cluster else ""
    yield StatusEvent(
        text=f"asking {ladder.name}{where}"
        if ladder.name != BUILT_IN
        else f"looking{where}, without a language model"
    )
    alert = _told(question.alert, redactor)
    words = opening(redactor.clean_text(place.text), alert, place.cluster)
    ended = Ended(None)
    for event in run(
        _messages(before, words, happened),
        built_in=BuiltIn(meaning=runtime.meaning),
        tools=bound_tools(carried.watching(calls.call), ledger, calls.clusters, {**remote, **more}),
        guard=Guard(spend, redactor.clean_text),
        recorded=RecordedCalls(ladder, desk),
        spend=spend,
        limits=limits,
        system=SYSTEM + CHANGES if asking else SYSTEM,
    ):
        if isinstance(event, Ended):
            ended = event
        else:
            yield event
            yield from asking.fresh() if asking else ()
    text = str(ended.message.text) if ended.message else partial(ledger, spend.stopped)
    answer = finished(runtime, ladder, ledger, spend, text, unasked(place, calls, ledger))
    if asking:
        answer = answer.model_copy(update={"requests": asking.requests()})
    if answer.usage.tool_calls and all(item.tool == DIAGNOSIS for item in answer.evidence):
        # Nothing was read: when that is because the cluster is not there, this is the answer.
        runtime.parts.clusters.check(question.principal, place.cluster)
    turn = Turn(conversation, words, answer.model_dump(mode="json"), carried.kept())
    if not _keep(runtime, turn, question):
        answer = answer.model_copy(update={"limits": list(dict.fromkeys([NOT_KEPT, *answer.limits]))})
    yield AnswerEvent(answer=answer.model_dump(mode="json"))


def rungs(runtime: Runtime) -> list[Rung]:
    """The models to ask, best first; the built-in one is always last.

    Raises:
        BadInput: when the configured model cannot be used, naming what is missing.
    """
    limits, environment = runtime.limits, runtime.parts.environment
    built_in = Rung(BUILT_IN, lambda: BuiltIn(meaning=runtime.meaning), remote=False)
    if runtime.parts.model:
        return [Rung(GIVEN, runtime.parts.model), built_in]
    names = [limits.model, *limits.fallbacks] if limits.model else []
    for name in names[:1]:
        check_usable(name, limits, environment)
    remote = [
        Rung(name, lambda name=name: open_model(name, limits, environment), limits.prices.get(name))  # type: ignore[misc]
        for name in names
    ]
    return [*remote, built_in]


@dataclass(frozen=True)
class Place:
    """What is asked, and of which cluster: '' where there is only one. `told` when somebody named it."""

    text: str
    cluster: str
    told: bool


def placed(runtime: Runtime, question: Question, before: Sequence[Turn], *, able: bool) -> Place:
    """The cluster a question goes to: named in it, by its alert, or in the turn before; else the default.

    Raises:
        UnknownName: when it names a cluster that is not configured.
        BadInput: when it names several, and no model is `able` to ask one after the other.
    """
    clusters = runtime.parts.clusters
    if question.cluster and question.cluster not in clusters.names:
        raise unknown_cluster(question.cluster, clusters.names)
    asked = asked_of(question.text, clusters.names)
    if len(asked.clusters) > 1 and not able:
        raise BadInput(
            f"the question names several clusters: {', '.join(asked.clusters)}",
            hint="ask about one at a time",
        )
    if len(asked.clusters) > 1:
        return Place(question.text, question.cluster or clusters.default, told=True)
    named = question.cluster or next(iter(asked.clusters), "") or alerted(question.alert, clusters.names)
    if len(clusters.names) < 2:
        return Place(asked.text, "", told=True)
    earlier = unmarked(before[-1].question)[1] if before else ""
    told = named or (earlier if earlier in clusters.names else "")
    return Place(asked.text, told or clusters.default, told=bool(told))


def unasked(place: Place, calls: Calls, ledger: Ledger) -> list[str]:
    """The clusters that nobody looked at although none was named, and those that did not answer."""
    if not place.cluster:
        return []
    asked = {place.cluster, *(str(item.args.get("cluster")) for _, item in ledger.items())}
    others = [name for name in calls.clusters if name not in asked | calls.unanswered.keys()]
    rest = "the default was asked, " if asked == {place.cluster} else ""
    limits = [f"cluster {name} did not answer: {why}" for name, why in calls.unanswered.items()]
    if others and not place.told:
        limits.append(f"not looked at: cluster {', '.join(others)} ({rest}name one to ask it)")
    return limits


def finished(
    runtime: Runtime, ladder: Ladder, ledger: Ledger, spend: Spend, text: str, unseen: Sequence[str] = ()
) -> Answer:
    """The checked answer of a final text; `unseen` is what was not looked at, as the caller knows it."""
    text = runtime.parts.redactor.clean_text(text)
    claims, marked = checked_claims(text, ledger, check_cited)
    diagnoses = [item for _, item in ledger.items() if item.tool == DIAGNOSIS]
    verdict = verdict_of(diagnoses[-1], ledger) if diagnoses else None
    own = [*ladder.left, *([f"stopped early: {spend.stopped}"] if spend.stopped else [])]
    own += [NO_MODEL] if ladder.rungs[0].name == BUILT_IN else []
    own += (
        [f"the built-in model answered: {NO_MODEL.split(': ')[1]}"]
        if ladder.left and ladder.name == BUILT_IN
        else []
    )
    own += unseen
    return Answer(
        mode=ladder.name,
        answer=marked,
        verdict=verdict,
        claims=claims,
        evidence=cited_evidence(ledger, claims, verdict),
        limits=limits_of(ledger, own, take_apart(text).notes),
        requests=[],
        usage=Usage(**asdict(spend.spent())),
    )


def _messages(before: Sequence[Turn], words: str, happened: Sequence[ProposalEvent] = ()) -> list[AnyMessage]:
    from langchain_core.messages import AIMessage, HumanMessage

    told: list[AnyMessage] = []
    for turn in before:
        said = str(turn.answer.get("answer") or "(no answer)")
        since = _since(happened) if turn is before[-1] else ""
        told += [HumanMessage(turn.question), AIMessage(said + since)]
    return [*told, HumanMessage(words)]


def _since(happened: Sequence[ProposalEvent]) -> str:
    """What became of the changes asked for, after what was last said; in our own words and redacted."""
    lines = [f"- {event.change} is {event.state}: {event.text[:MOST_NEWS]}" for event in happened]
    return "\n\n".join(["", "What became of the changes since then:", *lines]) if lines else ""


def _told(alert: Alert | None, redactor: Redactor) -> dict[str, JsonValue] | None:
    """The alert as the diagnosis takes it, with the other alerts of its group; redacted, for it goes to the model."""
    if alert is None:
        return None
    others: list[JsonValue] = [_one(member) for member in alert.members] if len(alert.members) > 1 else []
    told, _ = redactor.clean_value({**_one(alert), **({"others": others} if others else {})})
    return told if isinstance(told, dict) else None


def _one(alert: Alert) -> dict[str, JsonValue]:
    said = {
        "name": alert.name,
        "status": alert.status,
        "summary": alert.summary,
        "description": alert.description,
    }
    times = {"starts_at": alert.starts_at.isoformat()} if alert.starts_at else {}
    return {**said, **times, "labels": dict(alert.labels), "annotations": dict(alert.annotations)}


def _keep(runtime: Runtime, turn: Turn, question: Question) -> bool:
    """Keep the turn, and put on record that it was; whether both could be done."""
    try:
        runtime.conversations.add(turn, question.principal)
        kept = True
    except StoreFailed:
        kept = False
    said: dict[str, JsonValue] = {
        "principal": question.principal.id,
        "conversation": turn.conversation,
        "mode": turn.answer["mode"],
        "sha256": sha256(turn.question.encode()).hexdigest(),
    }
    return runtime.audit.note("question.answered", said) and kept
