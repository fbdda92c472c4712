"""From a caller to somebody who may decide: only a person who signed in, never a token of ours, never a certificate.

Threat: an approval by what merely holds a credential: a service token, a certificate on a laptop, the user of this machine.
Mechanism: a decision needs the proof of a login, with the time of it: a browser's session counts as `web`, a token of the
identity provider as `cli`, unless it is an access token: an IDE or an agent holds one of those. How fresh and how strong that login must be the approvals side decides.
"""

from __future__ import annotations

from datetime import UTC, datetime

from interlock.approvals.decisions import Decider
from interlock.core.errors import NotSignedIn, Refused
from interlock.core.identity.oidc import Claims
from interlock.surfaces.http.authn import Caller
from interlock.surfaces.http.sessions import Session

RULE = "login-required"


def decider_of(caller: Caller) -> Decider:
    """Who decides.

    Raises:
        Refused: for a caller without a login of a person.
        NotSignedIn: when the login does not say when it was.
    """
    login = caller.login
    if login is None or caller.principal.kind != "person":
        raise Refused(
            "only a person who signed in with the identity provider may decide",
            rule=RULE,
            hint="open the change's page and sign in, or use `interlock approve --token-file`",
        )
    if isinstance(login, Claims) and login.delegated:
        raise Refused(
            "an access token lets a client ask in your name; it decides nothing",
            rule=RULE,
            hint="send the ID token of a login, or use the change's page",
        )
    if not login.auth_time:
        raise NotSignedIn(
            "your login does not say when you proved who you are",
            hint="sign in again; the identity provider must send auth_time",
        )
    at = datetime.fromtimestamp(login.auth_time, UTC)
    return Decider(caller.who, at, login.acr, "web" if isinstance(login, Session) else "cli")
