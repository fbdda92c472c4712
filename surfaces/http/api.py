"""The JSON API: ask, triage, evidence, who am I. The models are those of docs/json.md; events come as SSE."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.concurrency import run_in_threadpool

from interlock.agent.alert import alert_from
from interlock.agent.question import Question
from interlock.agent.runtime import Runtime
from interlock.core.errors import Forbidden, InterlockError, NotFound, Refused
from interlock.core.events import AnswerEvent, Event
from interlock.core.outbox import Outbox
from interlock.core.store.evidence import EvidenceStore
from interlock.surfaces.http.authn import Authenticator, Caller
from interlock.surfaces.http.limits import Limits
from interlock.surfaces.http.metrics import Counts
from interlock.surfaces.http.problems import body_of
from interlock.surfaces.http.rendered import rendered

EVENTS = "text/event-stream"


class Asked(BaseModel):
    """A question."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(max_length=20_000)
    conversation: str = Field("", max_length=64)
    cluster: str = Field("", max_length=253)


class Alerted(BaseModel):
    """An alert, as Alertmanager's webhook sends it, and what else there is to say."""

    model_config = ConfigDict(extra="forbid")

    alert: dict[str, JsonValue]
    text: str = Field("", max_length=20_000)
    cluster: str = Field("", max_length=253)


class Api:
    """The routes under `/api/v1`."""

    def __init__(
        self,
        runtime: Runtime,
        authenticator: Authenticator,
        limits: Limits,
        counts: Counts,
        link_hosts: Collection[str] = (),
    ) -> None:
        self._runtime = runtime
        self._authenticator = authenticator
        self._limits = limits
        self._counts = counts
        self._link_hosts = link_hosts

    def router(self) -> APIRouter:
        """The routes."""
        routes = APIRouter(prefix="/api/v1")

        @routes.post("/ask", summary="Ask a question")
        async def ask(asked: Asked, request: Request) -> Response:
            who = await self._caller(request)
            question = Question(
                asked.question,
                who.principal,
                asked.conversation,
                cluster=asked.cluster,
                fed_by=(who.who.alias,),
            )
            return await self._answer(request, who, question)

        @routes.post("/triage", summary="Say what is behind an alert")
        async def triage(alerted: Alerted, request: Request) -> Response:
            who = await self._caller(request)
            alert = alert_from(alerted.alert)
            question = Question(
                alerted.text, who.principal, alert=alert, cluster=alerted.cluster, fed_by=(who.who.alias,)
            )
            return await self._answer(request, who, question)

        @routes.get("/evidence/{handle}", summary="Read on in evidence of your own")
        async def evidence(handle: str, request: Request, offset: int = 0) -> dict[str, JsonValue]:
            who = await self._caller(request)
            _check_scope(who)
            return await run_in_threadpool(self._page, handle, who, offset)

        @routes.get("/conversations/{name}/events", summary="What happened in a conversation of your own")
        async def events(
            name: str, request: Request, after: Annotated[int, Query(ge=0)] = 0
        ) -> dict[str, JsonValue]:
            who = await self._caller(request)
            _check_scope(who)
            return await run_in_threadpool(self._happened, name, who, after)

        @routes.get("/whoami", summary="Who this service takes you for")
        async def whoami(request: Request) -> dict[str, JsonValue]:
            who = await self._caller(request)
            return {
                "principal": who.principal.id,
                "came_by": who.who.alias,
                "known": who.who.known,
                "scopes": [*sorted(who.scopes)],
            }

        return routes

    async def _caller(self, request: Request) -> Caller:
        """Who asks; verified off the event loop, since keys may have to be fetched."""
        return await run_in_threadpool(self._authenticator.caller, request)

    async def _answer(self, request: Request, who: Caller, question: Question) -> Response:
        _check_scope(who)
        room = ExitStack()
        await run_in_threadpool(room.enter_context, self._limits.question(who.principal.id))
        if EVENTS in request.headers.get("accept", ""):
            return StreamingResponse(self._streamed(room, question), media_type=EVENTS)
        with room:
            answer = await run_in_threadpool(self._last, question)
        return JSONResponse(answer)

    def _streamed(self, room: ExitStack, question: Question) -> Iterator[str]:
        with room:
            try:
                for event in self._events(question):
                    yield _sse(event.type, event.model_dump(mode="json"))
            except InterlockError as error:
                yield _sse("error", body_of(error))

    def _last(self, question: Question) -> dict[str, JsonValue]:
        answer: dict[str, JsonValue] = {}
        for event in self._events(question):
            if isinstance(event, AnswerEvent):
                answer = event.answer
        return answer

    def _events(self, question: Question) -> Iterator[Event]:
        with self._counts.question("triage" if question.alert else "ask"):
            yield from rendered(self._runtime.ask(question), self._link_hosts)

    def _happened(self, conversation: str, who: Caller, after: int) -> dict[str, JsonValue]:
        if not self._runtime.conversations.get(conversation, who.principal, turns=1):
            raise NotFound(f"no conversation {conversation!r}")
        found = Outbox(self._runtime.parts.store).since(conversation, after)
        shown = rendered((event for _, event in found), self._link_hosts)
        rows: list[JsonValue] = [
            {"number": number, **event.model_dump(mode="json")}
            for (number, _), event in zip(found, shown, strict=True)
        ]
        return {"events": rows}

    def _page(self, handle: str, who: Caller, offset: int) -> dict[str, JsonValue]:
        store = EvidenceStore(self._runtime.parts.store)
        said: dict[str, JsonValue] = {
            "principal": who.principal.id,
            "handle": handle,
            "offset": max(offset, 0),
        }
        try:
            text, further = store.page(handle, who.principal, offset=max(offset, 0))
        except Forbidden:
            self._runtime.audit.note("evidence.refused", said)
            raise
        self._runtime.audit.note("evidence.read", said)
        return {"text": text, "next_offset": further}


def _check_scope(who: Caller) -> None:
    if not who.may("read"):
        raise Refused("this token is not good for reading", rule="token-scope")


def _sse(kind: str, said: Any) -> str:  # noqa: ANN401 - any JSON
    return f"event: {kind}\ndata: {json.dumps(said, separators=(',', ':'))}\n\n"
