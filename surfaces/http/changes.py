"""Changes over HTTP: request, list, read, decide, revoke, settle, halt. The shapes are those of docs/json.md.

Threat: a decision by a credential instead of a person, by a page of somebody else, or of something else than was shown.
Mechanism: `decider_of` wants the proof of a login; a browser's session brings a token as well that is bound to it and to
the digest; every decision names the whole digest. What may be, the desk and the office decide.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from starlette.concurrency import run_in_threadpool

from interlock.approvals.changes import Change
from interlock.approvals.decisions import Decider
from interlock.approvals.states import State
from interlock.core.errors import Refused
from interlock.surfaces.asking import document_of
from interlock.surfaces.http.authn import Caller
from interlock.surfaces.http.deciders import decider_of
from interlock.surfaces.http.front import Front
from interlock.surfaces.http.sessions import Session
from interlock.surfaces.http.sides import Sides

T = TypeVar("T")
CSRF_HEADER = "x-csrf-token"
HALT = "halt"
Reason = Annotated[str, Field(min_length=1, max_length=2_000)]
Shown = dict[str, JsonValue]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Requested(_Body):
    """A change that somebody asks for."""

    action: str = Field(max_length=100)
    args: dict[str, JsonValue]
    reason: Reason
    break_glass: bool = False


class Decided(_Body):
    """A decision on one proposal, named by its whole digest."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    verdict: Literal["approve", "deny"]
    reason: Reason


class Settled(_Body):
    """What a person found out of an execution whose outcome is not known."""

    applied: bool
    reason: Reason


class Because(_Body):
    """Why."""

    reason: Reason


def about(change: Change) -> str:
    """What the token of a form on a change is bound to."""
    return f"{change.id} {change.digest}"


class ChangesApi:
    """The routes under `/api/v1` that are about changes."""

    def __init__(self, sides: Sides, front: Front) -> None:
        self._sides = sides
        self._front = front

    def router(self) -> APIRouter:
        """The routes."""
        routes = APIRouter(prefix="/api/v1")
        self._add_reading(routes)
        self._add_deciding(routes)
        self._add_halting(routes)
        return routes

    def _add_reading(self, routes: APIRouter) -> None:
        @routes.post("/changes", status_code=201, summary="Request a change")
        async def request_change(asked: Requested, request: Request) -> Shown:
            who = await self._caller(request, "request")
            return await run_in_threadpool(self._requested, who, asked)

        @routes.get("/changes", summary="Changes you may see, the newest first")
        async def changes(
            request: Request,
            state: Annotated[list[State] | None, Query()] = None,
            limit: Annotated[int, Query(ge=1, le=200)] = 50,
        ) -> Shown:
            who = await self._caller(request, "read")
            desk = self._sides.reading()
            found = await run_in_threadpool(desk.list, who.principal, states=state or (), limit=limit)
            return {"changes": [self._shown(each) for each in found], "halted": await self._halted()}

        @routes.get("/changes/{name}", summary="One change")
        async def change(name: str, request: Request, response: Response) -> Shown:
            who = await self._caller(request, "read")
            found = await run_in_threadpool(self._sides.reading().get, who.principal, name)
            self._add_token(request, response, about(found))
            return self._shown(found)

        @routes.get("/changes/{name}/history", summary="What happened to it")
        async def history(name: str, request: Request) -> Shown:
            who = await self._caller(request, "read")
            return {"history": [*await run_in_threadpool(self._sides.reading().history, who.principal, name)]}

    def _add_deciding(self, routes: APIRouter) -> None:
        @routes.post("/changes/{name}/decisions", summary="Approve or deny a proposal")
        async def decide(name: str, said: Decided, request: Request) -> Shown:
            who, office = await self._decider(request, f"{name} {said.digest}"), self._sides.deciding()
            return await self._done(lambda: office.decide(who, name, said.digest, said.verdict, said.reason))

        @routes.post("/changes/{name}/revoke", summary="Take a change back")
        async def revoke(name: str, said: Because, request: Request) -> Shown:
            who, office = await self._caller(request, "request"), self._sides.deciding()
            await self._check_page_of(name, request, who)
            return await self._done(lambda: office.revoke(who.who, name, said.reason))

        @routes.post("/changes/{name}/settle", summary="Say what became of an execution that was lost")
        async def settle(name: str, said: Settled, request: Request) -> Shown:
            who, office = await self._caller(request, "decide"), self._sides.deciding()
            await self._check_page_of(name, request, who)
            decider = decider_of(who)
            return await self._done(
                lambda: office.settle(decider, name, applied=said.applied, reason=said.reason)
            )

    def _add_halting(self, routes: APIRouter) -> None:
        @routes.get("/halt", summary="Whether changes are halted, and why")
        async def halted(request: Request, response: Response) -> Shown:
            await self._caller(request, "read")
            self._add_token(request, response, HALT)
            return {"halted": await self._halted()}

        @routes.post("/halt", summary="Stop every change now")
        async def halt(said: Because, request: Request) -> Shown:
            who = await self._caller(request, "request")
            self._check_page(request, who, HALT)
            office = self._sides.deciding()
            if not who.who.known:
                raise Refused(
                    f"nobody vouches for {who.who.alias}",
                    rule="unmapped",
                    hint="add the person to identity.people, or use `interlock halt`",
                )
            await run_in_threadpool(office.halt, who.principal, said.reason)
            return {"halted": await self._halted()}

        @routes.post("/resume", summary="Let changes be requested, decided and made again")
        async def resume(said: Because, request: Request) -> Shown:
            who = await self._decider(request, HALT)
            office = self._sides.deciding()
            await run_in_threadpool(office.resume, who, said.reason)
            return {"halted": await self._halted()}

    async def _caller(self, request: Request, scope: str) -> Caller:
        who = await run_in_threadpool(self._front.authenticator.caller, request)
        if not who.may(scope):
            raise Refused(f"this token is not good for this: it lacks the scope {scope}", rule="token-scope")
        return who

    async def _decider(self, request: Request, about: str) -> Decider:
        who = await self._caller(request, "decide")
        self._check_page(request, who, about)
        return decider_of(who)

    def _check_page(self, request: Request, who: Caller, about: str) -> None:
        if isinstance(who.login, Session):
            self._front.csrf.check(request, about, request.headers.get(CSRF_HEADER, ""))

    async def _check_page_of(self, name: str, request: Request, who: Caller) -> None:
        found = await run_in_threadpool(self._sides.reading().get, who.principal, name)
        self._check_page(request, who, about(found))

    def _add_token(self, request: Request, response: Response, subject: str) -> None:
        if token := self._front.csrf.token(request, subject):
            response.headers[CSRF_HEADER] = token

    def _requested(self, who: Caller, asked: Requested) -> Shown:
        made = self._sides.reading().request(
            who.principal,
            asked.action,
            asked.args,
            reason=asked.reason,
            also=(who.who.alias,),
            break_glass=asked.break_glass,
        )
        return self._shown(made)

    async def _done(self, act: Callable[[], Change]) -> Shown:
        return self._shown(await run_in_threadpool(act))

    async def _halted(self) -> str | None:
        return await run_in_threadpool(self._sides.reading().halted) or None

    def _shown(self, change: Change) -> Shown:
        return document_of(change, self._sides.reading().link(change))
