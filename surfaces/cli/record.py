"""The record opened for a command, apart from any runtime: auditing needs no cluster, no model and no index."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

from interlock.core.audit import AuditLog, Record
from interlock.core.audit.opened import key_path, open_audit, places, read_checkpoints
from interlock.core.audit.people import shown
from interlock.core.audit.settings import AuditSettings
from interlock.core.clock import SystemClock
from interlock.core.errors import BadInput, InterlockError
from interlock.core.identity import local_principal
from interlock.core.outbound import Outbound
from interlock.core.settings import Settings, load_settings
from interlock.core.settings.load import state_dir
from interlock.core.store import Store, open_configured
from interlock.core.store.retention import Retention

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from interlock.core.audit.checkpoint import Checkpoint
    from interlock.core.audit.push import Pushed


@dataclass(frozen=True)
class _Parts:
    settings: Settings
    store: Store
    directory: Path


class OpenRecord:
    """The record and what commands do with it."""

    def __init__(self, parts: _Parts) -> None:
        self._parts = parts
        self.settings = parts.settings
        self._section = parts.settings.section(AuditSettings)
        self.store = parts.store
        self.log: AuditLog = open_audit(parts.settings, parts.store, SystemClock(), parts.directory)

    @cached_property
    def retention(self) -> Retention:
        """What is kept how long."""
        return Retention(self._parts.store, SystemClock())

    @cached_property
    def _names(self) -> dict[str, str]:
        return self.log.names()

    def named(self, record: Record) -> Record:
        """A record with the names that are still known."""
        return replace(record, body=shown(record.body, self._names))

    def read(self, what: str, body: dict[str, JsonValue]) -> None:
        """Put on record that the record was read; a store that cannot be written does not forbid it."""
        self.log.note("audit.read", {"principal": local_principal().id, "what": what, **body})

    def key(self) -> Ed25519PrivateKey:
        """The key that seals."""
        from interlock.core.audit.keys import open_key

        return open_key(key_path(self._section, self._parts.directory))

    def checkpoints(self, public_key: Path | None) -> tuple[list[Checkpoint], list[str]]:
        """The checkpoints, verified, and which places did not answer."""
        return read_checkpoints(self._section, self._parts.directory, public_key=public_key)

    def seal(self) -> Checkpoint:
        """Seal the record as it is.

        Raises:
            InterlockError: when there is nothing to seal, or a place did not take it.
        """
        from interlock.core.audit.checkpoint import Sealer

        newest = self.log.tail(1)
        if not newest:
            raise InterlockError("there are no records to seal yet")
        sealer = Sealer(self.key(), places(self._section, self._parts.directory), SystemClock())
        made = sealer.seal(newest[0].seq, newest[0].hash)
        if made is None or sealer.problems:
            raise InterlockError(f"not every place took the checkpoint: {'; '.join(sealer.problems)}")
        return made

    def pushed(self) -> Pushed:
        """Send what the SIEM does not have.

        Raises:
            BadInput: when none is configured.
        """
        from interlock.core.audit.push import Push

        push = self._section.push
        if push is None:
            raise BadInput("no SIEM is configured", hint="set audit.push.url in interlock.yaml")
        headers = {"authorization": f"Bearer {push.token.get_secret_value()}"} if push.token else {}
        return Push(
            self.log,
            self._parts.store,
            SystemClock(),
            Outbound(headers=headers),
            push.url,
            push.format,
            names=push.names,
        ).run()


@contextmanager
def opened_record(config: Path | None) -> Iterator[OpenRecord]:
    """The record that the settings name."""
    settings, directory = load_settings(config), state_dir(os.environ)
    store = open_configured(settings, directory)
    try:
        yield OpenRecord(_Parts(settings, store, directory))
    finally:
        store.close()
