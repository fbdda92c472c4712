"""A BERT sentence encoder as an ONNX graph, from safetensors, without torch.

The token ids of one text in, its vector out: the mean over the tokens, scaled to unit length. One text a run:
activations are quantised over the whole input, so a text's vector would otherwise depend on its neighbours.
`exact` keeps 32-bit weights; otherwise weights are 8-bit (a scale for each output column and each word).
Pure arithmetic of IEEE floats: the same weights give the same file on every machine.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlock.index.embedding.onnxfile import FLOAT, INT64, Graph

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LEVELS = 63  # of a weight each side of zero; 127 overflows the 16-bit sums of processors without VNNI
IDS, VECTOR = "input_ids", "sentence"


@dataclass(frozen=True)
class Shape:
    """What the weights do not say of themselves."""

    layers: int
    heads: int
    epsilon: float
    max_tokens: int


def tensors(raw: bytes) -> dict[str, Floats]:
    """The 32-bit tensors of a safetensors file."""
    import numpy as np

    (size,) = struct.unpack("<Q", raw[:8])
    about = json.loads(raw[8 : 8 + size])
    found: dict[str, Floats] = {}
    for name, tensor in about.items():
        if name != "__metadata__" and tensor["dtype"] == "F32":
            start, end = tensor["data_offsets"]
            flat = np.frombuffer(raw[8 + size + start : 8 + size + end], dtype="<f4")
            found[name] = flat.reshape(tensor["shape"])
    return found


def encoder(weights: Mapping[str, Floats], shape: Shape, *, exact: bool = False) -> bytes:
    """The ONNX file."""
    return _Encoder(weights, shape, exact).build()


class _Encoder:
    """One graph; `_w` are the weights by their published names."""

    def __init__(self, weights: Mapping[str, Floats], shape: Shape, exact: bool) -> None:
        self._w = weights
        self._shape = shape
        self._exact = exact
        self._width = weights["embeddings.word_embeddings.weight"].shape[1]
        self._g = Graph()

    def build(self) -> bytes:
        self._constants()
        hidden = self._embeddings()
        for layer in range(self._shape.layers):
            hidden = self._layer(hidden, f"encoder.layer.{layer}.")
        self._pool(hidden)
        return self._g.model((IDS, INT64, ("one", "tokens")), (VECTOR, FLOAT, ("one", "width")))

    def _constants(self) -> None:
        import numpy as np

        size = self._width // self._shape.heads
        for axis in (0, 1):
            self._g.constant(f"axis{axis}", np.array([axis], np.int64))
        self._g.constant("split", np.array([0, 0, self._shape.heads, size], np.int64))
        self._g.constant("joined", np.array([0, 0, self._width], np.int64))
        numbers = {"one": 1.0, "root2": math.sqrt(2), "half": 0.5, "scale": 1 / math.sqrt(size)}
        for name, number in numbers.items():
            self._g.constant(name, np.array(number, np.float32))

    def _embeddings(self) -> str:
        places = self._w["embeddings.position_embeddings.weight"][: self._shape.max_tokens]
        self._g.constant("places", places + self._w["embeddings.token_type_embeddings.weight"][0])
        # onnxruntime 1.32 fuses Range and Gather of positions into a broken Slice; this Slice it leaves alone.
        self._g.node("Shape", [IDS], "shape")
        self._g.node("Gather", ["shape", "axis1"], "length", axis=0)
        self._g.node("Slice", ["places", "axis0", "length", "axis0"], "place")
        self._g.node("Add", [self._words(), "place"], "placed")
        return self._norm("placed", "embeddings.LayerNorm", "embedded")

    def _words(self) -> str:
        table = self._w["embeddings.word_embeddings.weight"]
        if self._exact:
            self._g.constant("words", table)
            return self._g.node("Gather", ["words", IDS], "word", axis=0)
        small, scales = _quantised(table, axis=1, levels=127)  # only looked up: no sums that could overflow
        self._g.constant("words", small)
        self._g.constant("words.scale", scales)
        self._g.node("Gather", ["words", IDS], "word.small", axis=0)
        self._g.node("Gather", ["words.scale", IDS], "word.scale", axis=0)
        self._g.node("Cast", ["word.small"], "word.cast", to=FLOAT)
        return self._g.node("Mul", ["word.cast", "word.scale"], "word")

    def _layer(self, hidden: str, at: str) -> str:
        mixed = self._attention(hidden, at + "attention.")
        self._g.node("Add", [mixed, hidden], at + "attended")
        hidden = self._norm(at + "attended", at + "attention.output.LayerNorm", at + "attention.normed")
        wide = self._gelu(self._linear(hidden, at + "intermediate.dense"), at)
        narrow = self._linear(wide, at + "output.dense")
        self._g.node("Add", [narrow, hidden], at + "fed")
        return self._norm(at + "fed", at + "output.LayerNorm", at + "normed")

    def _attention(self, hidden: str, at: str) -> str:
        g = self._g
        for part, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
            flat = self._linear(hidden, f"{at}self.{part}")
            g.node("Reshape", [flat, "split"], f"{at}{part}.split")
            g.node("Transpose", [f"{at}{part}.split"], at + part, perm=order)
        g.node("MatMul", [at + "query", at + "key"], at + "raw")
        g.node("Mul", [at + "raw", "scale"], at + "scaled")
        g.node("Softmax", [at + "scaled"], at + "shares", axis=-1)
        g.node("MatMul", [at + "shares", at + "value"], at + "heads")
        g.node("Transpose", [at + "heads"], at + "turned", perm=[0, 2, 1, 3])
        g.node("Reshape", [at + "turned", "joined"], at + "joined")
        return self._linear(at + "joined", at + "output.dense")

    def _gelu(self, wide: str, at: str) -> str:
        self._g.node("Div", [wide, "root2"], at + "gelu.1")
        self._g.node("Erf", [at + "gelu.1"], at + "gelu.2")
        self._g.node("Add", [at + "gelu.2", "one"], at + "gelu.3")
        self._g.node("Mul", [wide, at + "gelu.3"], at + "gelu.4")
        return self._g.node("Mul", [at + "gelu.4", "half"], at + "gelu")

    def _linear(self, x: str, name: str) -> str:
        weight = self._w[name + ".weight"].T
        product = self._product(x, name, weight) if self._exact else self._small_product(x, name, weight)
        self._g.constant(name + ".bias", self._w[name + ".bias"])
        return self._g.node("Add", [product, name + ".bias"], name)

    def _product(self, x: str, name: str, weight: Floats) -> str:
        self._g.constant(name + ".weight", weight)
        return self._g.node("MatMul", [x, name + ".weight"], name + ".product")

    def _small_product(self, x: str, name: str, weight: Floats) -> str:
        small, scales = _quantised(weight, axis=0, levels=LEVELS)
        self._g.constant(name + ".weight", small)
        self._g.constant(name + ".scale", scales[0])
        x8, xs, xz = (f"{name}.x8", f"{name}.xs", f"{name}.xz")
        self._g.node("DynamicQuantizeLinear", [x], x8, xs, xz)
        self._g.node("MatMulInteger", [x8, name + ".weight", xz], name + ".sums")
        self._g.node("Cast", [name + ".sums"], name + ".cast", to=FLOAT)
        self._g.node("Mul", [xs, name + ".scale"], name + ".scales")
        return self._g.node("Mul", [name + ".cast", name + ".scales"], name + ".product")

    def _norm(self, x: str, name: str, out: str) -> str:
        self._g.constant(name + ".weight", self._w[name + ".weight"])
        self._g.constant(name + ".bias", self._w[name + ".bias"])
        epsilon = self._shape.epsilon
        ins = [x, name + ".weight", name + ".bias"]
        return self._g.node("LayerNormalization", ins, out, axis=-1, epsilon=epsilon)

    def _pool(self, hidden: str) -> None:
        """The sum points where the mean does, and scaling to unit length forgets the difference."""
        self._g.node("ReduceSum", [hidden, "axis1"], "sum", keepdims=0)
        self._g.node("LpNormalization", ["sum"], VECTOR, axis=-1, p=2)


def _quantised(values: Floats, *, axis: int, levels: int) -> tuple[NDArray[np.int8], Floats]:
    """8-bit values and, along `axis`, the scale that brings them back."""
    import numpy as np

    most = np.abs(values).max(axis=axis, keepdims=True)
    scales = (np.where(most > 0, most, 1) / np.float32(levels)).astype(np.float32)
    return np.rint(values / scales).astype(np.int8), scales
