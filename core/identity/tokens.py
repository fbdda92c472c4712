"""Service tokens: shown once, kept as a hash, with an end and a list of scopes.

A token is `ilk_<id>_<secret>`: the id finds the row, the secret (256 random bits) is compared by its SHA-256 in
constant time. A fast hash is enough for a secret that cannot be guessed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from interlock.core.clock import Clock
from interlock.core.errors import BadInput, NotSignedIn
from interlock.core.identity.principal import Principal, PrincipalKind
from interlock.core.store import Store
from interlock.core.store.tables import token as table

_FORM = re.compile(r"ilk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_ANOTHER = "make another one: interlock token create"
LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Token:
    """What is kept of a token."""

    id: str
    principal: str
    kind: PrincipalKind
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    revoked: bool


class Tokens:
    """The tokens in a store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def create(
        self, principal: str, *, scopes: Sequence[str], lasting: timedelta, kind: PrincipalKind = "service"
    ) -> tuple[str, Token]:
        """A new token's text, which is not kept, and what is kept of it.

        Raises:
            BadInput: for a token without an end, or without a principal.
        """
        if not principal.strip():
            raise BadInput("a token needs a principal", hint="such as svc:grafana")
        if not timedelta(0) < lasting <= LONGEST:
            raise BadInput(f"a token lasts at most {LONGEST.days} days")
        now = self._clock.now()
        made = Token(secrets.token_hex(6), principal, kind, tuple(scopes), now, now + lasting, revoked=False)
        secret = secrets.token_urlsafe(32)
        with self._store.write() as connection:
            connection.execute(
                insert(table).values(
                    id=made.id,
                    hash=_hash(secret),
                    principal=principal,
                    kind=kind,
                    scopes=list(scopes),
                    created_at=now.isoformat(),
                    expires_at=made.expires_at.isoformat(),
                )
            )
        return f"ilk_{made.id}_{secret}", made

    def verified(self, text: str, surface: str) -> tuple[Principal, Token]:
        """Who presents this token.

        Raises:
            NotSignedIn: for anything but a token that is known, in force and whole.
        """
        form = _FORM.fullmatch(text)
        if form is None:
            raise NotSignedIn("this is no token of ours", hint=_ANOTHER)
        with self._store.read() as connection:
            row = connection.execute(select(table).where(table.c.id == form[1])).first()
        kept = row.hash if row else "0" * 64
        same = hmac.compare_digest(kept, _hash(form[2]))
        if row is None or not same:
            raise NotSignedIn("this token is not known", hint=_ANOTHER)
        found = _token(row)
        if found.revoked:
            raise NotSignedIn("this token was revoked", hint=_ANOTHER)
        if found.expires_at <= self._clock.now():
            raise NotSignedIn("this token has expired", hint=_ANOTHER)
        return Principal(found.principal, kind=found.kind, surface=surface), found

    def revoke(self, token_id: str) -> None:
        """End a token now.

        Raises:
            BadInput: when there is none of this id in force.
        """
        with self._store.write() as connection:
            ended = connection.execute(
                update(table)
                .where(table.c.id == token_id, table.c.revoked_at.is_(None))
                .values(revoked_at=self._clock.now().isoformat())
            )
        if ended.rowcount != 1:
            raise BadInput(f"no token {token_id!r} is in force", hint="interlock token list")

    def all(self) -> list[Token]:
        """Every token, newest first."""
        with self._store.read() as connection:
            return [
                _token(row) for row in connection.execute(select(table).order_by(table.c.created_at.desc()))
            ]


class _Row:
    """The columns of a row, for the type checker."""

    id: str
    principal: str
    kind: PrincipalKind
    scopes: list[str]
    created_at: str
    expires_at: str
    revoked_at: str | None


def _token(row: object) -> Token:
    from typing import cast

    said = cast("_Row", row)
    return Token(
        said.id,
        said.principal,
        said.kind,
        tuple(said.scopes),
        datetime.fromisoformat(said.created_at),
        datetime.fromisoformat(said.expires_at),
        revoked=said.revoked_at is not None,
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
