"""Errors as HTTP: our own tree to status codes, one JSON shape, no traceback and nothing of what was presented."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import JSONResponse

from interlock.approvals.states import WrongState
from interlock.core.errors import Forbidden, InterlockError, NotFound, NotServed, NotSignedIn

_BY_EXIT = {2: 400, 3: 403, 4: 503, 5: 409}


class TooMany(InterlockError):
    """More questions than one principal may ask at once or in a minute."""

    def __init__(self, message: str, after: int) -> None:
        super().__init__(message, hint=f"try again in {after} s")
        self.after = after


def status_of(error: InterlockError) -> int:
    """The status code of an error."""
    if isinstance(error, NotSignedIn):
        return 401
    if isinstance(error, TooMany):
        return 429
    if isinstance(error, NotFound | NotServed):
        return 404
    if isinstance(error, Forbidden):
        return 403
    if isinstance(error, WrongState):
        return 409
    return _BY_EXIT.get(error.exit_code, 500)


def body_of(error: InterlockError) -> dict[str, str | None]:
    """What a client reads of an error."""
    return {"error": error.message, "hint": error.hint}


async def shown(_: Request, error: Exception) -> JSONResponse:
    """The response to an error; what is not of our tree says nothing of itself."""
    if not isinstance(error, InterlockError):
        return JSONResponse({"error": "something failed inside", "hint": "see the server's log"}, 500)
    headers = {"retry-after": str(error.after)} if isinstance(error, TooMany) else {}
    if isinstance(error, NotSignedIn):
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(body_of(error), status_of(error), headers)
