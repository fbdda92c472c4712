"""A policy bundle: a folder with `policy.yaml` and Cedar files, read whole or refused with the place of the fault.

`policy.yaml` is the header: name, environments, groups, budgets, what changes need, whether a second signature is needed.
Each Cedar statement carries an `@id`, which is what a refusal names. `tests.yaml` is a table of decisions that must hold.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from interlock.core.errors import BadInput
from interlock.core.policy.change_rules import Changes
from interlock.core.policy.statements import Statement, split

HEADER, TESTS, SIGNATURES = "policy.yaml", "tests.yaml", "signatures.json"
SCHEMA = Path(__file__).parent / "schema.cedarschema"
MAX_BYTES = 1_000_000


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Environment(_Part):
    """Systems that policies speak of together."""

    clusters: tuple[str, ...] = ()
    workspaces: tuple[str, ...] = ()
    log_indexes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class Budget(_Part):
    """What the members of a group may spend in a day, each."""

    group: str
    model_tokens_per_day: int | None = Field(None, ge=0)
    questions_per_day: int | None = Field(None, ge=0)


class Header(_Part):
    """`policy.yaml`."""

    version: Literal[1]
    name: str
    second_signature: Literal["required", "off"] = "required"
    environments: dict[str, Environment] = {}
    groups: dict[str, tuple[str, ...]] = {}
    budgets: tuple[Budget, ...] = ()
    changes: Changes = Changes()

    @model_validator(mode="after")
    def _environments_are_known(self) -> Self:
        unknown = sorted(self.changes.environments() - self.environments.keys())
        if unknown:
            raise ValueError(f"changes name the environment {unknown[0]!r}, which environments does not hold")
        return self


@dataclass(frozen=True)
class Bundle:
    """A bundle that was read and checked. `policies` maps each `@id` to Cedar's own JSON form of the policy."""

    header: Header
    policies: Mapping[str, Mapping[str, JsonValue]]
    text: str
    digest: str

    def normal(self) -> dict[str, JsonValue]:
        """Everything that decides, in one form: two bundles with the same one rule alike."""
        return {
            "header": self.header.model_dump(mode="json"),
            "policies": {name: dict(policy) for name, policy in self.policies.items()},
        }


def load(folder: Path) -> Bundle:
    """Read a bundle.

    Raises:
        BadInput: with file and line of the first fault.
    """
    if not folder.is_dir():
        raise BadInput(f"there is no policy bundle {folder}", hint="set policy.bundle to a folder")
    header = _header(folder / HEADER)
    texts: list[str] = []
    policies: dict[str, Mapping[str, JsonValue]] = {}
    for file in sorted(folder.glob("*.cedar")):
        for statement in split(_text(file)):
            name, policy = _policy(file, statement)
            if name in policies:
                raise BadInput(f"{file}:{statement.line}: a second policy is called {name!r}")
            policies[name] = policy
            texts.append(statement.text)
    if not policies:
        raise BadInput(f"{folder} holds no policies", hint="write them into files that end in .cedar")
    normal: JsonValue = {
        "header": header.model_dump(mode="json"),
        "policies": {name: dict(policy) for name, policy in policies.items()},
    }
    return Bundle(header, policies, "\n".join(texts), digest_of(normal))


def digest_of(normal: JsonValue) -> str:
    """SHA-256 of the canonical JSON (RFC 8785) of what decides: comments and layout do not count."""
    import rfc8785

    return hashlib.sha256(rfc8785.dumps(normal)).hexdigest()


@cache
def schema_text() -> str:
    """The Cedar schema."""
    return SCHEMA.read_text(encoding="utf-8")


def _policy(file: Path, statement: Statement) -> tuple[str, Mapping[str, JsonValue]]:
    import cedarpy

    where = f"{file}:{statement.line}"
    try:
        said = json.loads(cedarpy.policies_to_json_str(statement.text))
    except ValueError as error:
        raise BadInput(f"{where}: {error}") from None
    if said["templates"] or len(said["staticPolicies"]) != 1:
        raise BadInput(f"{where}: not one plain policy", hint="templates are not used here")
    policy: dict[str, JsonValue] = next(iter(said["staticPolicies"].values()))
    annotations = policy.pop("annotations", {})
    name = annotations.get("id") if isinstance(annotations, dict) else None
    if not isinstance(name, str) or not name:
        raise BadInput(f"{where}: the policy has no name", hint='write @id("a-name") before it')
    faults = cedarpy.validate_policies(statement.text, schema_text()).errors
    if faults:
        said_of = faults[0].error.removeprefix("for policy `policy0`, ")
        raise BadInput(
            f"{where}: {name}: {said_of}", hint="interlock policy check --schema shows what there is"
        )
    return name, policy


def _header(file: Path) -> Header:
    try:
        raw = yaml.safe_load(_text(file))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise BadInput(f"{file}{line}: not valid YAML: {getattr(error, 'problem', None) or error}") from None
    try:
        return Header.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{file}: {where or 'the file'}: {first['msg']}") from None


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise BadInput(f"{file} is larger than {MAX_BYTES} bytes")
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise BadInput(f"cannot read {file}: {reason}") from None
