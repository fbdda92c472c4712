"""How a change fails. The first three say what a write came to; nothing else may be concluded from them.

InterlockError
|- NotSent          nothing left this machine: refused by our own wall, or no connection was made
|- Answered         the server answered with an error: nothing was changed by this request
|  |- Conflict      the object moved since it was read (409); the caller may read again
|  |- AlreadyThere  an object of that name exists (409)
|  `- Blocked       a disruption budget says not now (429)
|- OutcomeUnknown   the request left and no answer tells its fate: never sent again, settled by reading
|- Stopped          halted between two steps: what is done stays done and is in the journal
|- Stale            what a proposal was made from is no longer so
`- NothingToDo      the change would change nothing (a BadInput)
"""

from __future__ import annotations

from interlock.core.errors import BadInput, InterlockError


class NotSent(InterlockError):
    """Nothing was sent."""


class Answered(InterlockError):
    """The server said no, by `status` and `reason`; this request changed nothing."""

    def __init__(self, message: str, *, status: int, reason: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.reason = reason


class Conflict(Answered):
    """The object moved since it was read."""


class AlreadyThere(Answered):
    """An object of that name exists."""


class Blocked(Answered):
    """A disruption budget does not allow it now."""


class OutcomeUnknown(InterlockError):
    """The request left, and its fate is not known."""


class Stopped(InterlockError):
    """Halted between two steps."""


class Stale(InterlockError):
    """The object is not what the proposal was made from; `moved` names what differs."""

    def __init__(self, message: str, *, moved: tuple[str, ...]) -> None:
        super().__init__(message, hint="request the change again, so that it is previewed as things are now")
        self.moved = moved


class NothingToDo(BadInput):
    """The object is already as asked."""
