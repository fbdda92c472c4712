"""The policy in force: a bundle enters it once it is no wider than the last one, or two people signed the change.

Which bundle was last in force is kept in our own database and on record. Fail closed: without the record of it a
bundle is not taken into force.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import JsonValue
from sqlalchemy import insert, select

from interlock.core.audit import AuditLog
from interlock.core.clock import Clock
from interlock.core.errors import Refused
from interlock.core.policy.bundle import Bundle, Header, load
from interlock.core.policy.changes import check_actions
from interlock.core.policy.signatures import NOTHING, signers
from interlock.core.policy.widening import widenings
from interlock.core.store import Store
from interlock.core.store.tables import policy_version

NEEDED = 2
_NAMED = 3


def accept(
    folder: Path,
    trusted: Mapping[str, str],
    *,
    store: Store,
    log: AuditLog,
    clock: Clock,
    actions: Callable[[], Collection[str]] = frozenset,
) -> Bundle:
    """Load a bundle and take it into force.

    Args:
        folder: the bundle.
        trusted: who may sign, with their public keys; from the settings.
        store: where the last bundle in force is kept.
        log: the record.
        clock: the time on the record.
        actions: the names of all actions; asked only where rules of changes name one.

    Raises:
        BadInput: when the bundle is broken, with file and line, or names an action that does not exist.
        Refused: when it widens rights and too few people signed that.
    """
    bundle = load(folder)
    check_actions(bundle.header.changes, actions)
    last = in_force(store)
    if last is not None and last.digest == bundle.digest:
        return bundle
    wider = widenings(last, bundle)
    replaces = last.digest if last else NOTHING
    vouched = signers(folder, bundle.digest, replaces, trusted)
    header = last.header if last else bundle.header
    if wider and header.second_signature == "required" and len(vouched) < NEEDED:
        raise _refused(folder, wider, vouched)
    said: dict[str, JsonValue] = {
        "digest": bundle.digest,
        "replaces": replaces,
        "widens": list(wider),
        "by": [*sorted(vouched)],
        "second_signature": header.second_signature,
    }
    with store.write() as connection:
        connection.execute(
            insert(policy_version).values(
                digest=bundle.digest, at=clock.now().isoformat(), body=bundle.normal()
            )
        )
        log.append_in(connection, "policy.accepted", said)
    return bundle


def in_force(store: Store) -> Bundle | None:
    """The bundle that was taken into force last; None before the first."""
    with store.read() as connection:
        row = connection.execute(select(policy_version).order_by(policy_version.c.id.desc()).limit(1)).first()
    return _bundle(row.digest, row.body) if row else None


def _bundle(digest: str, body: Any) -> Bundle:  # noqa: ANN401 - a JSON column
    return Bundle(Header.model_validate(body["header"]), body["policies"], "", digest)


def _refused(folder: Path, wider: list[str], vouched: frozenset[str]) -> Refused:
    more = f" and {len(wider) - _NAMED} more" if len(wider) > _NAMED else ""
    by = f"signed by {', '.join(sorted(vouched))} alone" if vouched else "signed by nobody"
    return Refused(
        f"the policy bundle widens rights ({'; '.join(wider[:_NAMED])}{more}) and is {by}",
        rule="second-signature",
        hint=f"two people of policy.signers run: interlock policy sign {folder} --key FILE --as PRINCIPAL",
    )
