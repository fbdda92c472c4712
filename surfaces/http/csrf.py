"""Tokens that a form of ours carries, bound to the session and to what the form is about.

Threat: another page makes a signed-in browser post a decision, or a form of one proposal is used for the next.
Mechanism: HMAC-SHA256 of the session cookie and the subject (a digest, say) under the server's key, beside SameSite cookies
and the Origin check of the door. Guarantee: without a session there is no token, and a fresh login voids the older ones.
"""

from __future__ import annotations

import hashlib
import hmac

from fastapi import Request

from interlock.core.errors import Refused
from interlock.surfaces.http.sessions import COOKIE

RULE = "csrf"


class Csrf:
    """Makes and checks tokens."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"interlock-csrf", "sha256")

    def token(self, request: Request, about: str) -> str:
        """The token of this session for one subject; '' without a session."""
        cookie = request.cookies.get(COOKIE, "")
        if not cookie:
            return ""
        said = hashlib.sha256(cookie.encode()).digest() + about.encode()
        return hmac.digest(self._key, said, "sha256").hex()

    def check(self, request: Request, about: str, given: str) -> None:
        """Refuse what does not carry the token.

        Raises:
            Refused: saying to load the page again.
        """
        wanted = self.token(request, about)
        if not wanted or not hmac.compare_digest(wanted.encode(), given.encode()):
            raise Refused(
                "this form is not of your present session, or not of this proposal",
                rule=RULE,
                hint="load the page again and read it before you decide",
            )
