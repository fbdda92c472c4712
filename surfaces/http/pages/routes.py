"""The pages under `/changes`: reading has no effect, deciding is a form with a token of the session and the digest.

Guarantees: no script; whatever went wrong is a page with what to do next; a form that was posted ends in a redirect to
the change, so that loading it again decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from interlock.core.clock import SystemClock
from interlock.core.errors import BadInput, InterlockError, NotSignedIn
from interlock.surfaces.http.authn import Caller
from interlock.surfaces.http.changes import about
from interlock.surfaces.http.deciders import decider_of
from interlock.surfaces.http.front import Front
from interlock.surfaces.http.pages.change import change_page
from interlock.surfaces.http.pages.forms import View
from interlock.surfaces.http.pages.html import el
from interlock.surfaces.http.pages.listing import listing_page, problem_page
from interlock.surfaces.http.pages.style import HEADERS
from interlock.surfaces.http.problems import status_of
from interlock.surfaces.http.sides import Sides

if TYPE_CHECKING:
    from interlock.approvals.changes import Change

T = TypeVar("T")
Form = Mapping[str, str]
SHOWN = 100
_FORM = "application/x-www-form-urlencoded"
_NO_LOGIN = "Deciding needs a sign-in with an identity provider, and none is configured (identity.oidc)."
_AT_THE_TERMINAL = "approvals.solo lets the one who asked decide at the terminal: interlock approve {id}"
_OWN = "You asked for this, or fed the conversation that did: others decide. You may take it back."
_NO_PERSON = "You came with a credential, not with a login of your own: that reads, and decides nothing."


class Pages:
    """The pages of changes."""

    def __init__(self, sides: Sides, front: Front) -> None:
        self._sides = sides
        self._front = front

    def router(self) -> APIRouter:
        """The routes."""
        routes = APIRouter(include_in_schema=False)
        routes.add_api_route("/changes", self.listing, methods=["GET"])
        routes.add_api_route("/changes/{name}", self.one, methods=["GET"])
        routes.add_api_route("/changes/{name}/decisions", self.decide, methods=["POST"])
        routes.add_api_route("/changes/{name}/settle", self.settle, methods=["POST"])
        routes.add_api_route("/changes/{name}/revoke", self.revoke, methods=["POST"])
        return routes

    async def listing(self, request: Request) -> Response:
        """All that the caller may see."""

        def shown() -> Response:
            who = self._caller(request)
            desk = self._sides.reading()
            found = desk.list(who.principal, limit=SHOWN)
            return _html(listing_page(found, who=who.principal.id, halted=desk.halted()))

        return await self._tried(request, shown)

    async def one(self, request: Request, name: str) -> Response:
        """One change."""
        return await self._tried(request, lambda: self._page(request, name))

    async def decide(self, request: Request, name: str) -> Response:
        """Approve or deny what the form showed."""

        def done(form: Form, who: Caller) -> None:
            digest, verdict = form.get("digest", ""), form.get("verdict")
            self._front.csrf.check(request, f"{name} {digest}", form.get("csrf", ""))
            if verdict not in ("approve", "deny"):
                raise BadInput("neither approved nor denied", hint="use one of the two buttons")
            decider, reason = decider_of(who), _reason(form)
            self._sides.deciding().decide(
                decider, name, digest, "approve" if verdict == "approve" else "deny", reason
            )

        return await self._posted(request, name, done)

    async def settle(self, request: Request, name: str) -> Response:
        """Say what became of an execution that was lost."""

        def done(form: Form, who: Caller) -> None:
            self._check(request, name, form, who)
            if form.get("applied") not in ("yes", "no"):
                raise BadInput("neither applied nor not applied", hint="use one of the two buttons")
            self._sides.deciding().settle(
                decider_of(who), name, applied=form["applied"] == "yes", reason=_reason(form)
            )

        return await self._posted(request, name, done)

    async def revoke(self, request: Request, name: str) -> Response:
        """Take it back."""

        def done(form: Form, who: Caller) -> None:
            self._check(request, name, form, who)
            self._sides.deciding().revoke(who.who, name, _reason(form))

        return await self._posted(request, name, done)

    def _check(self, request: Request, name: str, form: Form, who: Caller) -> None:
        found = self._sides.reading().get(who.principal, name)
        self._front.csrf.check(request, about(found), form.get("csrf", ""))

    def _page(
        self, request: Request, name: str, problem: InterlockError | None = None, said: str = ""
    ) -> Response:
        who = self._caller(request)
        desk = self._sides.reading()
        change = desk.get(who.principal, name)
        history = desk.history(who.principal, change.id)
        view = self._view(request, who, change, problem, said)
        return _html(change_page(change, history, view), status_of(problem) if problem else 200)

    def _view(
        self, request: Request, who: Caller, change: Change, problem: InterlockError | None, said: str
    ) -> View:
        desk, here = self._sides.reading(), self._sides.office is not None
        login = self._front.login is not None
        why_not = _why_not(change, who, login=login)
        refused, old_login = ("", False) if why_not or not here else self._refusal(who, change)
        again = isinstance(problem, NotSignedIn) or old_login or not who.login
        return View(
            who=who.principal.id,
            csrf=self._front.csrf.token(request, about(change)) if who.login else "",
            why_not=why_not,
            refused=refused,
            sign_in=f"/login?fresh=true&back={quote(f'/changes/{change.id}')}" if login and again else "",
            elsewhere="" if here else desk.link(change),
            may_revoke=here and _may_end(change, who.principal.id),
            problem=problem.message if problem else "",
            hint=problem.hint if problem else None,
            said=said,
        )

    def _refusal(self, who: Caller, change: Change) -> tuple[str, bool]:
        """Why an approval would be refused now, and whether a login made now would let it count.

        '' when it would count, and where there is nothing to approve.
        """
        if change.state != "PROPOSED":
            return "", False
        try:
            decider, office = decider_of(who), self._sides.deciding()
            refused = office.may(decider, change.id)
            # Asked, never decided with: no decision is taken for a login that nobody made.
            anew = replace(decider, login_at=SystemClock().now())
            return refused, bool(refused) and not office.may(anew, change.id)
        except InterlockError as error:
            return error.message, isinstance(error, NotSignedIn)

    def _caller(self, request: Request) -> Caller:
        return self._front.authenticator.caller(request)

    async def _tried(self, request: Request, shown: Callable[[], Response]) -> Response:
        """A page, or the page that says what went wrong; who is not signed in is sent to sign in."""
        try:
            return await run_in_threadpool(shown)
        except NotSignedIn as error:
            if self._front.login is not None and request.method == "GET":
                return RedirectResponse(f"/login?back={quote(request.url.path)}", 303)
            return _problem(error)
        except InterlockError as error:
            return _problem(error)

    async def _posted(self, request: Request, name: str, done: Callable[[Form, Caller], None]) -> Response:
        form = await _form(request)

        def acted() -> Response:
            try:
                done(form, self._caller(request))
            except InterlockError as error:
                return self._page(request, name, error, form.get("reason", ""))
            return RedirectResponse(f"/changes/{quote(name)}", 303)

        return await self._tried(request, acted)


def _why_not(change: Change, who: Caller, *, login: bool) -> str:
    """Why no form is offered; '' when one is. The office decides, whatever a page offers."""
    solo = change.card is not None and change.card.solo
    if not who.login:
        alone = f" {_AT_THE_TERMINAL.format(id=change.id)}" if solo else ""
        return _NO_PERSON if login else f"{_NO_LOGIN}{alone}"
    return _OWN if who.principal.id in change.requesters and not solo else ""


def _may_end(change: Change, who: str) -> bool:
    """Whether to offer taking it back: to requesters, and of what runs to those who let it; the office decides."""
    concerned = {*change.requesters, *(each.principal for each in change.decisions)}
    return who in (change.requesters if change.open else concerned if change.state == "CLAIMED" else ())


async def _form(request: Request) -> Form:
    """The fields of a form; none of what is no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return {}
    try:
        text = (await request.body()).decode()
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=10))
    except ValueError:
        return {}


def _reason(form: Form) -> str:
    if not form.get("reason", "").strip():
        raise BadInput("say why: the reason goes on record with your decision")
    return form["reason"]


def _html(text: str, status: int = 200) -> Response:
    return HTMLResponse(text, status, headers=HEADERS)


def _problem(error: InterlockError) -> Response:
    back = el("p", el("a", "All changes", href="/changes"))
    return _html(problem_page(error.message, error.hint, back), status_of(error))
