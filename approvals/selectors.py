"""Label selectors: as a query for a server, and matched here."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.core.clusters.objects import Node


def query(selector: Node) -> str:
    """A `LabelSelector` as the labelSelector parameter."""
    equal = [f"{key}={value}" for key, value in sorted(selector.strings("matchLabels").items())]
    return ",".join([*equal, *map(_expression, selector.nodes("matchExpressions"))])


def selects(selector: Node, labels: Mapping[str, str]) -> bool:
    """Whether it selects an object of these labels. An empty one selects everything, as in policy/v1."""
    equal = all(labels.get(key) == value for key, value in selector.strings("matchLabels").items())
    return equal and all(_holds(each, labels) for each in selector.nodes("matchExpressions"))


def keys(selector: Node) -> set[str]:
    """The label keys it looks at."""
    return {*selector.strings("matchLabels"), *(e.text("key") for e in selector.nodes("matchExpressions"))}


def _expression(each: Node) -> str:
    key, values = each.text("key"), ",".join(each.names("values"))
    forms = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "DoesNotExist": f"!{key}"}
    return forms.get(each.text("operator"), key)


def _holds(each: Node, labels: Mapping[str, str]) -> bool:
    key, values = each.text("key"), each.names("values")
    match each.text("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "DoesNotExist":
            return key not in labels
        case _:
            return key in labels
