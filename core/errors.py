"""The one error tree. Raised where the problem is known, shown by surfaces without a traceback.

InterlockError          exit 1   something failed; the message says what and what to do next
|- BadInput             exit 2   the caller's words, file or settings are wrong
|  `- UnknownName       exit 2   a name that does not exist, with the nearest ones that do
|- Refused              exit 3   policy says no; names the rule
|- NotSignedIn          exit 1   what was presented proves nobody's identity, or not freshly enough
|- Unreachable          exit 4   a backend did not answer
|- NeedsDecision        exit 5   a person has to decide before anything goes on
|- NotFound             exit 1   the backend answered: no such object
|- NotServed            exit 1   the backend does not hold this kind at all (absent, which is not empty)
|- Forbidden            exit 1   the backend says this principal may not see it
`- StoreFailed          exit 1   our own record could not be written: reads go on, changes do not
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InterlockError(Exception):
    """Anything we can explain. `hint` is the next step, shown on its own line."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class BadInput(InterlockError):
    """The caller's words, file or settings are wrong."""

    exit_code = 2


class UnknownName(BadInput):
    """A name that does not exist where it was looked for."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        near = nearest(name, known)
        hint = "did you mean " + " or ".join(repr(n) for n in near) + "?" if near else None
        super().__init__(f"unknown {what} {name!r}", hint=hint)
        self.near = near


class Refused(InterlockError):
    """Policy says no. `rule` names the rule that decided."""

    exit_code = 3

    def __init__(self, message: str, *, rule: str, hint: str | None = None) -> None:
        super().__init__(f"{message} (rule: {rule})", hint=hint)
        self.rule = rule


class NotSignedIn(InterlockError):
    """What was presented proves nobody's identity. The message is safe to show; it never holds the token."""


class Unreachable(InterlockError):
    """A backend did not answer, or not in its own language."""

    exit_code = 4


class NeedsDecision(InterlockError):
    """A person has to decide before anything goes on."""

    exit_code = 5


class NotFound(InterlockError):
    """The backend answered: there is no such object."""


class NotServed(InterlockError):
    """The backend does not hold this kind at all; nothing can be said about it."""


class Forbidden(InterlockError):
    """The backend says this principal may not see it."""


class StoreFailed(InterlockError):
    """Our own record could not be written or read."""


def nearest(name: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """The known names most like `name`, best first, at most `most`; empty when none is near."""
    return difflib.get_close_matches(name, list(known), n=most, cutoff=0.6)
