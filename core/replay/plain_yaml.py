"""YAML as Kubernetes writes it: what JSON can hold and no more.

Threat: a gathered tree from a stranger. Mechanism: the safe loader, without aliases (a few lines of them unfold into
gigabytes) and without timestamps (they stay the text they are). Guarantee: the result is a JSON document.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

TIMESTAMP = "tag:yaml.org,2002:timestamp"
_MAYBE_ALIAS = re.compile(rb"(?:^|[\s\[{,])\*[^\s*]")
if TYPE_CHECKING:
    _Safe = yaml.SafeLoader
else:  # libyaml's is several times as fast, and not in every build
    _Safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class PlainLoader(_Safe):
    """The safe loader for plain documents."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_plain(data: bytes) -> object:
    """The one document in `data`.

    Raises:
        yaml.YAMLError: not YAML, several documents, or an alias in it.
    """
    if _MAYBE_ALIAS.search(data) and any(
        isinstance(event, yaml.AliasEvent) for event in yaml.parse(data, PlainLoader)
    ):
        raise yaml.YAMLError("aliases are not read")
    return yaml.load(data, PlainLoader)  # noqa: S506  derived from the safe loader
