"""Terraform plan and state JSON: what `sensitive_values`, `before_sensitive`, `sensitive: true` point at.

The same value stands in `planned_values`, `prior_state`, `resource_changes`, `variables` and other resources'
attributes, mostly without its mark, so every copy in the document goes too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interlock.core.redaction.shapes import Hit, Shape

_MARKS = (("sensitive_values", "values"), ("before_sensitive", "before"), ("after_sensitive", "after"))


def resources(node: Mapping[str, object]) -> Iterator[Hit]:
    """Marks that mirror the shape of the values they speak of."""
    for marks, values in _MARKS:
        if marks in node and values in node:
            yield from ((path, "terraform") for path in _marked((values,), node[marks]))


def _marked(path: tuple[str | int, ...], mark: object) -> Iterator[tuple[str | int, ...]]:
    """Paths whose mark is true. A text's `true` is a scalar that spells so."""
    pending: list[tuple[tuple[str | int, ...], object]] = [(path, mark)]
    while pending:
        at, item = pending.pop()
        if item is True or item == "true":
            yield at
        elif isinstance(item, Mapping):
            pending.extend(((*at, str(k)), v) for k, v in item.items())
        elif isinstance(item, list):
            pending.extend(((*at, i), v) for i, v in enumerate(item))


def outputs(node: Mapping[str, object]) -> Iterator[Hit]:
    """An output or variable that says `sensitive: true`."""
    if node.get("sensitive") in (True, "true"):
        yield from (((key,), "terraform") for key in ("value", "default") if key in node)


def variables(node: Mapping[str, object]) -> Iterator[Hit]:
    """Values of variables that the configuration part of the plan declares sensitive."""
    values, configuration = node.get("variables"), node.get("configuration")
    root = configuration.get("root_module") if isinstance(configuration, Mapping) else None
    declared = root.get("variables") if isinstance(root, Mapping) else None
    for name, spec in (
        declared.items() if isinstance(declared, Mapping) and isinstance(values, Mapping) else ()
    ):
        if isinstance(spec, Mapping) and spec.get("sensitive") in (True, "true"):
            yield ("variables", str(name), "value"), "terraform"


def state_attributes(node: Mapping[str, object]) -> Iterator[Hit]:
    """State version 4: `sensitive_attributes` holds paths as lists of steps."""
    attributes = node.get("sensitive_attributes")
    for steps in attributes if isinstance(attributes, list) else ():
        path = [_step(s) for s in (steps if isinstance(steps, list) else [steps]) if isinstance(s, Mapping)]
        if path:
            yield ("attributes", *path), "terraform"


def _step(step: Mapping[str, object]) -> str | int:
    """`{"type": "get_attr", "value": "x"}`, or an index whose value is wrapped once more."""
    value = step.get("value")
    value = value.get("value") if isinstance(value, Mapping) else value
    return int(str(value)) if str(value).isdigit() else str(value)


_PLAN = {
    "a": {"values": {"password": "SECRET-11"}, "sensitive_values": {"password": True}},
    "b": {"text": "copy of SECRET-11"},
}
SHAPES: tuple[Shape, ...] = (
    Shape("terraform-resource", "Terraform JSON output format 1.x", ("_sensitive", "sensitive_values"), resources, _PLAN,
          "SECRET-11"),
    Shape("terraform-output", "Terraform JSON output format 1.x", ('"sensitive',), outputs,
          {"o": {"sensitive": True, "value": "SECRET-11"}}, "SECRET-11"),
    Shape("terraform-variable", "Terraform JSON output format 1.x", ('"root_module',), variables,
          {"variables": {"x": {"value": "SECRET-11"}},
           "configuration": {"root_module": {"variables": {"x": {"sensitive": True}}}}}, "SECRET-11"),
    Shape("terraform-state", "Terraform state version 4", ("sensitive_attributes",), state_attributes,
          {"attributes": {"x": "SECRET-11"}, "sensitive_attributes": [[{"type": "get_attr", "value": "x"}]]}, "SECRET-11"),
)  # fmt: skip
