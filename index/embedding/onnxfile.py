"""Writes an ONNX model with nothing but numpy: the dozen protobuf fields that a graph needs.

Field numbers are those of onnx.proto3 (IR version 8). Reading models is left to onnxruntime.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32] | NDArray[np.int8] | NDArray[np.int64]

IR_VERSION = 8
OPSET = 17
FLOAT, INT8, INT64 = 1, 3, 7
_TYPES = {"float32": FLOAT, "int8": INT8, "int64": INT64}
_ATTRIBUTE_FLOAT, _ATTRIBUTE_INT, _ATTRIBUTE_INTS = 1, 2, 7

Attribute = int | float | Sequence[int]
Value = tuple[str, int, Sequence[str]]
"""Name, element type and names of the axes."""


@dataclass
class Graph:
    """A graph under construction: each method adds one thing and returns its name."""

    _nodes: list[bytes] = field(default_factory=list)
    _constants: list[bytes] = field(default_factory=list)

    def constant(self, name: str, value: Array) -> str:
        """Add an initializer."""
        import numpy as np

        dims = b"".join(_number(1, size) for size in value.shape)
        kind = _number(2, _TYPES[str(value.dtype)])
        little = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"))
        self._constants.append(_bytes(5, dims + kind + _text(8, name) + _bytes(9, little.tobytes())))
        return name

    def node(self, operator: str, inputs: Sequence[str], *outputs: str, **attributes: Attribute) -> str:
        """Add an operation; the name of its first output."""
        wires = b"".join(_text(1, name) for name in inputs) + b"".join(_text(2, name) for name in outputs)
        said = b"".join(_bytes(5, _attribute(name, value)) for name, value in attributes.items())
        self._nodes.append(_bytes(1, wires + _text(3, outputs[0]) + _text(4, operator) + said))
        return outputs[0]

    def model(self, given: Value, made: Value) -> bytes:
        """The file of a graph with one input and one output."""
        ends = _bytes(11, _value(*given)) + _bytes(12, _value(*made))
        graph = b"".join(self._nodes) + _text(2, "encoder") + b"".join(self._constants) + ends
        return _number(1, IR_VERSION) + _bytes(7, graph) + _bytes(8, _text(1, "") + _number(2, OPSET))


def _attribute(name: str, value: Attribute) -> bytes:
    said = _text(1, name)
    if isinstance(value, float):
        return said + b"\x15" + struct.pack("<f", value) + _number(20, _ATTRIBUTE_FLOAT)
    if isinstance(value, int):
        return said + _number(3, value) + _number(20, _ATTRIBUTE_INT)
    return said + b"".join(_number(8, each) for each in value) + _number(20, _ATTRIBUTE_INTS)


def _value(name: str, kind: int, axes: Sequence[str]) -> bytes:
    shape = b"".join(_bytes(1, _text(2, axis)) for axis in axes)
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


def _number(tag: int, value: int) -> bytes:
    return _varint(tag << 3) + _varint(
        value & 0xFFFF_FFFF_FFFF_FFFF
    )  # negative numbers as 64-bit two's complement


def _bytes(tag: int, value: bytes) -> bytes:
    return _varint(tag << 3 | 2) + _varint(len(value)) + value


def _text(tag: int, value: str) -> bytes:
    return _bytes(tag, value.encode())


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
