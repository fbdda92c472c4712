"""Settings from `interlock.yaml`, `INTERLOCK_*` and flags, later ones winning. One object for the whole process.

Each room owns the model of its section; `SECTIONS` maps a section's name to it and the model is imported when read.
Unknown sections and keys are refused with the nearest valid name; secrets are masked when shown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TypeVar, get_args

from pydantic import BaseModel, JsonValue, SecretStr, ValidationError

from interlock.core.errors import BadInput, UnknownName
from interlock.core.settings.load import default_paths, from_environment, merge, read_yaml

SECTIONS: dict[str, str] = {
    "agent": "interlock.agent.settings:AgentSettings",
    "approvals": "interlock.approvals.settings:ApprovalsSettings",
    "audit": "interlock.core.audit.settings:AuditSettings",
    "clusters": "interlock.core.clusters.settings:ClustersSettings",
    "identity": "interlock.core.identity.settings:IdentitySettings",
    "knowledge": "interlock.tools.knowledge.settings:KnowledgeSettings",
    "mcp": "interlock.surfaces.mcp.settings:McpSettings",
    "mcp_servers": "interlock.tools.mcp.settings:McpServersSettings",
    "policy": "interlock.core.policy.settings:PolicySettings",
    "serve": "interlock.surfaces.http.settings:ServeSettings",
    "store": "interlock.core.store.settings:StoreSettings",
}
SECRET_MASK = "********"  # noqa: S105 - the mask itself
_PASSWORD = re.compile(r"(://[^/:@\s]*:)\S*@")
_Section = TypeVar("_Section", bound=BaseModel)


class Settings:
    """What was configured, as raw sections; `section` gives one of them validated."""

    def __init__(self, raw: Mapping[str, JsonValue], *, sources: tuple[str, ...] = ()) -> None:
        for name in raw:
            if name not in SECTIONS:
                raise UnknownName("settings section", name, SECTIONS)
        self._raw = dict(raw)
        self.sources = sources

    def section(self, model: type[_Section]) -> _Section:
        """The validated section that `model` owns.

        Raises:
            UnknownName: for a key the model does not have.
            BadInput: for a value it refuses.
        """
        name = _name_of(model)
        return _validated(name, model, self._raw.get(name) or {})

    def check(self) -> None:
        """Validate every configured section, so that a mistake shows at start and not at three in the morning."""
        for name in self._raw:
            self.section(model_of(name))

    def shown(self) -> dict[str, JsonValue]:
        """Every section with its defaults filled in and its secrets masked, for `interlock config show`."""
        return {name: _masked(self.section(model_of(name))) for name in sorted(SECTIONS)}


def load_settings(
    path: Path | None = None,
    *,
    flags: Mapping[str, JsonValue] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read file, environment and flags.

    Args:
        path: the file named by `--config`; it must exist. Without it the default places are tried.
        flags: sections given on the command line, highest precedence.
        environment: defaults to the process's own.
    """
    environment = os.environ if environment is None else environment
    raw: dict[str, JsonValue] = {}
    sources: list[str] = []
    for candidate in [path] if path else default_paths(environment):
        if path or candidate.is_file():
            raw = read_yaml(candidate)
            sources.append(str(candidate))
            break
    merged = merge(raw, from_environment(environment, SECTIONS))
    return Settings(merge(merged, flags or {}), sources=tuple(sources))


def model_of(name: str) -> type[BaseModel]:
    """The model of a section, imported now."""
    module, _, attribute = SECTIONS[name].partition(":")
    found = getattr(import_module(module), attribute)
    assert isinstance(found, type)
    assert issubclass(found, BaseModel)
    return found


def _name_of(model: type[BaseModel]) -> str:
    wanted = f"{model.__module__}:{model.__qualname__}"
    return next(name for name, target in SECTIONS.items() if target == wanted)


def _validated(name: str, model: type[_Section], raw: object) -> _Section:
    if not isinstance(raw, Mapping):
        raise BadInput(f"settings section {name!r} must be a mapping")
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([name, *(str(part) for part in first["loc"])])
        if first["type"] == "extra_forbidden":
            known = _keys(model, first["loc"][:-1])
            raise UnknownName(
                f"setting in {where.rpartition('.')[0]!r}:", str(first["loc"][-1]), known
            ) from None
        raise BadInput(f"setting {where}: {first['msg']}") from None


def _keys(model: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """The keys that a model has at a place in it; none where nobody says which they are."""
    here: object = model
    for step in place:
        if isinstance(here, type) and issubclass(here, BaseModel) and step in here.model_fields:
            here = here.model_fields[str(step)].annotation
        # A list's number or a mapping's name leads to what the list or mapping is of.
        parts = [part for part in get_args(here) if part not in (str, type(None))]
        here = parts[-1] if parts else here
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def _masked(section: BaseModel) -> dict[str, JsonValue]:
    shown: dict[str, JsonValue] = {}
    for key, value in section.model_dump(mode="json").items():
        secret = isinstance(getattr(section, key), SecretStr)
        shown[key] = SECRET_MASK if secret and getattr(section, key) else _without_password(value)
    return shown


def _without_password(value: JsonValue) -> JsonValue:
    """The value without what stands between `user:` and `@` in the URLs in it."""
    if isinstance(value, str):
        return _PASSWORD.sub(rf"\1{SECRET_MASK}@", value)
    if isinstance(value, dict):
        return {key: _without_password(held) for key, held in value.items()}
    return [_without_password(held) for held in value] if isinstance(value, list) else value
