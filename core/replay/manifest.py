"""`replay.yaml`: what a replay folder holds and what time it is there.

Only names and checks paths; reads no part. A folder without `replay.yaml` that looks like a
`kubectl cluster-info dump` or `oc adm must-gather` is a replay of just that cluster, at the newest time found in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from interlock.core.clock import FixedClock, parse_time
from interlock.core.errors import BadInput, UnknownName
from interlock.core.replay import must_gather
from interlock.core.replay.paths import inside, read_plain, refuse_link

MANIFEST = "replay.yaml"
PARTS = ("cluster", "logs", "monitors", "metrics", "alert", "iac")
KEYS = ("now", *PARTS)
MANIFEST_BYTES = 1_000_000
# Times at which something happened. Times that may lie ahead (expiry, deletion) say nothing about now.
_HAPPENED = re.compile(
    rb"\b(?:creationTimestamp|firstTimestamp|lastTimestamp|eventTime|lastObservedTime|startedAt|finishedAt|startTime"
    rb"|completionTime|lastTransitionTime|lastProbeTime|lastHeartbeatTime|lastUpdateTime|lastScheduleTime"
    rb"|renewTime)[\"']?\s*:\s*[\"']?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)"
)


@dataclass(frozen=True)
class Replay:
    """A replay folder: its clock and the paths of its parts (None: it has no such part)."""

    folder: Path
    now: datetime
    cluster: Path | None = None
    logs: Path | None = None
    monitors: Path | None = None
    metrics: Path | None = None
    alert: Path | None = None
    iac: Path | None = None

    @property
    def clock(self) -> FixedClock:
        """A clock that stands at the replay's now."""
        return FixedClock(self.now)

    @classmethod
    def load(cls, folder: Path | str) -> Replay:
        """Reads the manifest of a replay folder.

        Raises:
            BadInput: no such folder, not a replay, a broken manifest, or a path that leaves the folder.
            UnknownName: a key that a manifest does not have.
        """
        root = Path(folder).resolve()
        if not root.is_dir():
            raise BadInput(f"{folder} is not a folder", hint="give the folder that holds replay.yaml")
        manifest = root / MANIFEST
        refuse_link(manifest)
        return _from_manifest(root, manifest) if manifest.exists() else _from_bare_dump(root)


def _from_manifest(root: Path, manifest: Path) -> Replay:
    values = _mapping(manifest)
    for key in values:
        if key not in KEYS:
            raise UnknownName(f"key in {manifest}", str(key), KEYS)
    parts = {key: _part(root, key, values[key]) for key in PARTS if values.get(key) is not None}
    now = values.get("now")
    at = _instant(manifest, now) if now is not None else _newest_in(parts.get("cluster") or root)
    return Replay(root, at, **parts)


def _mapping(manifest: Path) -> dict[object, object]:
    import yaml

    try:
        data = read_plain(manifest)
        if len(data) > MANIFEST_BYTES:
            raise BadInput(f"{manifest} is larger than {MANIFEST_BYTES} bytes")
        values = yaml.safe_load(data)
    except OSError as error:
        raise BadInput(f"cannot read {manifest}: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadInput(f"{manifest} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise BadInput(f"{manifest} is not a mapping", hint="its keys are " + ", ".join(KEYS))
    return values


def _part(root: Path, key: str, value: object) -> Path:
    if not isinstance(value, str):
        raise BadInput(f"{root / MANIFEST}: {key} must be a path, not {type(value).__name__}")
    path = inside(root, value)
    if not path.exists():
        raise BadInput(f"{root / MANIFEST}: {key} names {value!r}, which does not exist")
    return path


def _instant(manifest: Path, value: object) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        return parse_time(str(value))
    except ValueError as error:
        message = f"{manifest}: now is {str(value)!r}, which is not a timestamp"
        raise BadInput(message, hint="write it like 2026-01-31T10:00:00Z") from error


def _from_bare_dump(root: Path) -> Replay:
    if not looks_like_dump(root):
        hint = "a replay holds replay.yaml, or is the folder of `kubectl cluster-info dump --output-directory` or of `oc adm must-gather`"
        raise BadInput(f"{root} is not a replay", hint=hint)
    return Replay(root, _newest_in(root), cluster=root)


def looks_like_dump(root: Path) -> bool:
    """Whether the folder has the files that `kubectl cluster-info dump`, must-gather or our recorder write."""
    if (root / "nodes.json").exists() or (root / "recorded.json").exists():
        return True
    return any(next(root.glob(f"*/{name}.json"), None) for name in ("pods", "events", "services")) or (
        must_gather.tree_in(root) is not None
    )


def _newest_in(root: Path) -> datetime:
    tree = must_gather.tree_in(root)
    newest = max(_times(must_gather.files_of(tree) if tree else _json_files(root)), default=None)
    if newest is None:
        raise BadInput(f"{root} holds no time to take `now` from", hint=f"set now in {MANIFEST}")
    return newest


def _json_files(root: Path) -> Iterator[Path]:
    yield from root.glob("*.json")
    yield from root.glob("*/*.json")


def _times(files: Iterable[Path]) -> Iterator[datetime]:
    """The newest time in each file (the text form sorts as the times do, up to fractions of a second)."""
    for file in files:
        try:
            newest = max(_HAPPENED.findall(read_plain(file)), default=None)
        except OSError:  # a link or an unreadable file: the dump reader names it
            continue
        if newest:
            yield parse_time(newest.decode())
