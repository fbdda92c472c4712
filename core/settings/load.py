"""Reads the raw settings: YAML file, environment, merging. Knows no section's meaning."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import yaml
from pydantic import JsonValue

from interlock.core.errors import BadInput, UnknownName

PREFIX = "INTERLOCK_"
ALIASES = {"INTERLOCK_MODEL": ("agent", "model"), "INTERLOCK_STORE_URL": ("store", "url")}
RESERVED = {
    "INTERLOCK_CONFIG",
    "INTERLOCK_STATE_DIR",
    "INTERLOCK_CACHE_DIR",
    "INTERLOCK_SHARED",
    "INTERLOCK_KUBE_BIN",
    "INTERLOCK_TOKEN",  # where MCP clients take a service token from (docs/mcp.md); nothing of ours reads it
}
_LINK = re.compile(r"_SERVICE_(HOST|PORT(_.*)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?$")
_LINK_URL = re.compile(r"(tcp|udp|sctp)://\S+")


def default_paths(environment: Mapping[str, str]) -> list[Path]:
    """Where a settings file is looked for, first found wins."""
    named = environment.get("INTERLOCK_CONFIG")
    home = Path(environment.get("XDG_CONFIG_HOME") or Path(environment.get("HOME", "/")) / ".config")
    places = [Path("interlock.yaml"), home / "interlock" / "interlock.yaml"]
    return [Path(named), *places] if named else places


def state_dir(environment: Mapping[str, str]) -> Path:
    """Where our own database lives."""
    named = environment.get("INTERLOCK_STATE_DIR")
    base = environment.get("XDG_STATE_HOME") or str(Path(environment.get("HOME", "/")) / ".local" / "state")
    return Path(named) if named else Path(base) / "interlock"


def cache_dir(environment: Mapping[str, str]) -> Path:
    """Where what can be made again lives."""
    named = environment.get("INTERLOCK_CACHE_DIR")
    base = environment.get("XDG_CACHE_HOME") or str(Path(environment.get("HOME", "/")) / ".cache")
    return Path(named) if named else Path(base) / "interlock"


def read_yaml(path: Path) -> dict[str, JsonValue]:
    """The mapping in `path`.

    Raises:
        BadInput: when it cannot be read or is not a mapping of sections.
    """
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"cannot read settings {path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f"settings {path} are not valid YAML: {_where(error)}") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise BadInput(f"settings {path} must be a mapping of sections, not a {type(loaded).__name__}")
    return {str(key): value for key, value in loaded.items()}


def from_environment(environment: Mapping[str, str], sections: Collection[str]) -> dict[str, JsonValue]:
    """`INTERLOCK_SECTION__KEY=value` (value read as YAML) and the documented aliases.

    What Kubernetes tells every pod of a Service whose name begins with interlock is no setting, and is passed over.

    Raises:
        UnknownName: for an `INTERLOCK_` variable that names no section and is no alias.
        BadInput: for one that names a key within a key.
    """
    found: dict[str, JsonValue] = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or name in RESERVED or _is_service_link(name, value):
            continue
        section, key = ALIASES.get(name) or _split(name)
        if section not in sections:
            raise UnknownName(
                "environment variable", name, [f"{PREFIX}{s.upper()}__" for s in sections] + [*ALIASES]
            )
        if "__" in key:
            outer = f"{PREFIX}{section}__{key.partition('__')[0]}".upper()
            raise BadInput(
                f"environment variable {name} goes too deep",
                hint=f"give the whole of it as YAML: {outer}='{{...}}'",
            )
        entry = found.setdefault(section, {})
        assert isinstance(entry, dict)
        entry[key] = value if name in ALIASES else _parsed(value)
    return found


def merge(low: Mapping[str, JsonValue], high: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """`high` over `low`, mapping by mapping; lists and scalars are replaced whole."""
    merged = dict(low)
    for key, value in high.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged


def _where(error: Exception) -> str:
    """What is wrong with a file, and in which line where the parser knows."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return str(error).splitlines()[0]
    return f"line {mark.line + 1}: {getattr(error, 'problem', None) or 'it cannot be read'}"


def _is_service_link(name: str, value: str) -> bool:
    """Whether Kubernetes made it. A setting has two underscores in its name; a bare `_PORT` may be a slip of one."""
    if "__" in name:
        return False
    return bool(_LINK.search(name) or (name.endswith("_PORT") and _LINK_URL.fullmatch(value)))


def _split(name: str) -> tuple[str, str]:
    section, _, key = name.removeprefix(PREFIX).lower().partition("__")
    return section, key


def _parsed(value: str) -> JsonValue:
    try:
        parsed: JsonValue = yaml.safe_load(value)
    except yaml.YAMLError:
        return value
    return parsed
