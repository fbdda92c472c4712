"""Volumes, claims and classes."""

from __future__ import annotations

from datetime import datetime

from interlock.core.replay.printers.cells import (
    UNSET,
    Cell,
    Column,
    Json,
    Printer,
    age,
    at,
    columns,
    items,
    name,
    table,
    text,
)

MODES = (
    ("ReadWriteOnce", "RWO"),
    ("ReadOnlyMany", "ROX"),
    ("ReadWriteMany", "RWX"),
    ("ReadWriteOncePod", "RWOP"),
)
BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
DEFAULT_CLASS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


def _modes(obj: Json, *path: str) -> str:
    have = items(obj, *path)
    return ",".join(short for long, short in MODES if long in have)


def _class_of(obj: Json) -> str:
    annotated = at(obj, "metadata", "annotations", BETA_CLASS)
    return str(annotated) if annotated is not None else text(obj, "spec", "storageClassName")


def _phase(obj: Json) -> str:
    return "Terminating" if at(obj, "metadata", "deletionTimestamp") else text(obj, "status", "phase")


def _volume(v: Json, now: datetime) -> list[Cell]:
    claim = table(v, "spec", "claimRef")
    claimed = f"{text(claim, 'namespace')}/{text(claim, 'name')}" if claim else ""
    size = text(v, "spec", "capacity", "storage") or "0"
    shown = [
        name(v),
        size,
        _modes(v, "spec", "accessModes"),
        text(v, "spec", "persistentVolumeReclaimPolicy"),
    ]
    state = [_phase(v), claimed, _class_of(v), text(v, "status", "reason"), age(v, now)]
    return [*shown, *state, text(v, "spec", "volumeMode") or UNSET]


def _claim(c: Json, now: datetime) -> list[Cell]:
    volume = text(c, "spec", "volumeName")
    size = (text(c, "status", "capacity", "storage") or "0") if volume else ""
    modes = _modes(c, "status", "accessModes") if volume else ""
    shown = [name(c), _phase(c), volume, size, modes, _class_of(c), age(c, now)]
    return [*shown, text(c, "spec", "volumeMode") or UNSET]


def _class(c: Json, now: datetime) -> list[Cell]:
    annotations = table(c, "metadata", "annotations")
    default = any(annotations.get(key) == "true" for key in DEFAULT_CLASS)
    shown: list[Cell] = [name(c) + (" (default)" if default else ""), text(c, "provisioner")]
    shown += [text(c, "reclaimPolicy") or "Delete", text(c, "volumeBindingMode") or "Immediate"]
    return [*shown, bool(at(c, "allowVolumeExpansion")), age(c, now)]


def _attachment(a: Json, now: datetime) -> list[Cell]:
    volume = text(a, "spec", "source", "persistentVolumeName")
    shown: list[Cell] = [name(a), text(a, "spec", "attacher"), volume, text(a, "spec", "nodeName")]
    return [*shown, bool(at(a, "status", "attached")), age(a, now)]


def _driver(d: Json, now: datetime) -> list[Cell]:
    modes = ",".join(map(str, items(d, "spec", "volumeLifecycleModes"))) or "Persistent"
    attach, on_mount = at(d, "spec", "attachRequired"), bool(at(d, "spec", "podInfoOnMount"))
    return [name(d), attach is None or bool(attach), on_mount, modes, age(d, now)]


def _csi_node(n: Json, now: datetime) -> list[Cell]:
    return [name(n), len(items(n, "spec", "drivers")), age(n, now)]


_VOLUME = "Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|Reason|Age||VolumeMode"
_ATTACHMENT = columns("Attacher|PV|Node|Attached:boolean|Age")
_ATTACHMENT[1] = Column("Attacher", format="name")  # so the real server declares it
PRINTERS = {
    ("", "persistentvolumes"): Printer(columns(_VOLUME), _volume),
    ("", "persistentvolumeclaims"): Printer(
        columns("Status|Volume|Capacity|Access Modes|StorageClass|Age||VolumeMode"), _claim
    ),
    ("storage.k8s.io", "storageclasses"): Printer(
        columns("Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age"), _class
    ),
    ("storage.k8s.io", "volumeattachments"): Printer(_ATTACHMENT, _attachment),
    ("storage.k8s.io", "csidrivers"): Printer(
        columns("AttachRequired:boolean|PodInfoOnMount:boolean|Modes|Age"), _driver
    ),
    ("storage.k8s.io", "csinodes"): Printer(columns("Drivers:integer|Age"), _csi_node),
}
