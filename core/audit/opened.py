"""Opens the record as the settings say: its key, its places for checkpoints, its spool."""

from __future__ import annotations

from pathlib import Path

from interlock.core.audit.checkpoint import Checkpoint, Place, Sealer, checked
from interlock.core.audit.keys import open_key, public_of
from interlock.core.audit.log import AuditLog
from interlock.core.audit.places import place_of
from interlock.core.audit.settings import AuditSettings
from interlock.core.audit.spool import Spool
from interlock.core.clock import Clock
from interlock.core.errors import InterlockError
from interlock.core.outbound import Outbound
from interlock.core.settings import Settings
from interlock.core.store import Store

KEY, SEALS, SPOOL = "audit.key", "audit-checkpoints.jsonl", "audit.spool"


def open_audit(settings: Settings, store: Store, clock: Clock, directory: Path) -> AuditLog:
    """The record, sealed while it grows.

    A key or a place that cannot be used must not stop reads: the record then goes on unsealed, and `verify` and
    `doctor` say so.
    """
    section = settings.section(AuditSettings)
    spool = Spool(_spool_path(section, directory))
    try:
        spool.prepare()
    except OSError:
        return AuditLog(store, clock)
    return AuditLog(store, clock, sealer=LazySealer(section, clock, directory), spool=spool)


class LazySealer(Sealer):
    """Opens its key with the first checkpoint: most processes write fewer records than one interval."""

    def __init__(self, section: AuditSettings, clock: Clock, directory: Path) -> None:
        super().__init__(None, places(section, directory), clock, every=section.checkpoint_every)
        self._key_path = key_path(section, directory)

    def seal(self, size: int, head: str) -> Checkpoint | None:
        """Seal; a key that cannot be used is a problem that is noted."""
        try:
            self._key = self._key or open_key(self._key_path)
        except (InterlockError, OSError) as error:
            self.problems.append(str(error))
            return None
        return super().seal(size, head)


def key_path(section: AuditSettings, directory: Path) -> Path:
    """Where the key that seals lies."""
    return Path(section.signing_key) if section.signing_key else directory / KEY


def places(section: AuditSettings, directory: Path) -> list[Place]:
    """Where checkpoints are kept; by default a file beside the database, which holds against the database alone."""
    token = section.checkpoint_token
    headers = {"authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    outbound = Outbound(headers=headers)
    return [place_of(url, outbound) for url in section.checkpoints or (str(directory / SEALS),)]


def read_checkpoints(
    section: AuditSettings, directory: Path, *, public_key: Path | None = None
) -> tuple[list[Checkpoint], list[str]]:
    """Every checkpoint that a place gives back, signatures verified, and what could not be read.

    Raises:
        InterlockError: when a checkpoint does not hold.
    """
    found: list[Checkpoint] = []
    problems: list[str] = []
    for place in places(section, directory):
        try:
            read = place.read()
        except InterlockError as error:
            problems.append(f"{place.name}: {error.message}")
            continue
        found += read
    if not found:
        return [], problems
    if public_key is not None:
        return checked(found, public_of(public_key.read_bytes())), problems
    path = key_path(section, directory)
    if not path.exists():
        raise InterlockError(
            f"there are checkpoints, but the key {path} is gone",
            hint="name the public key: --public-key FILE",
        )
    return checked(found, open_key(path).public_key()), problems


def _spool_path(section: AuditSettings, directory: Path) -> Path:
    return Path(section.spool) if section.spool else directory / SPOOL
