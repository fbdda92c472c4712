"""The local embedding model: MiniLM, 8-bit, on one core, without torch and without the network.

Guarantees: no weights are loaded but those whose hash is known; a text has the same vector whatever it is
embedded together with. The model is loaded at the first text. Getting the weights is left to `build`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.core.errors import StoreFailed
from interlock.core.settings.load import cache_dir as default_cache_dir
from interlock.index.embedding import origin
from interlock.index.embedding.bert import IDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from interlock.index.embedding import Vectors

    Encode = Callable[[str], Vectors]

BUILD = "python -m interlock.index.embedding.build"


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no local model, and what to do about it."""

    reason: str
    hint: str


@dataclass(frozen=True)
class LocalEmbedder:
    """An embedder over the converted model in `folder`."""

    folder: Path
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def id(self) -> str:
        """Names the model and its bytes."""
        return f"{origin.NAME}@{origin.CONVERTED[origin.MODEL][:12]}"

    @property
    def dimensions(self) -> int:
        """Length of each vector."""
        return origin.DIMENSIONS

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, each of unit length; the first `origin.MAX_TOKENS` tokens of each count.

        Raises:
            StoreFailed: when the model on disk cannot be read or is not the one we converted.
        """
        import numpy as np

        with self._lock:
            encode = self._encode
        found = np.empty((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            found[row] = encode(text)
        return found

    @cached_property
    def _encode(self) -> Encode:
        tokens = _tokens(_checked(self.folder, origin.TOKENIZER))
        run = _session(_checked(self.folder, origin.MODEL))
        return lambda text: run(tokens(text))


def open_local(cache_dir: Path | None = None) -> LocalEmbedder | Missing:
    """The local model, if `build` has put it into the cache.

    Args:
        cache_dir: Where our caches lie; by default where the environment says.
    """
    folder = origin.place(cache_dir or default_cache_dir(os.environ))
    lacking = [name for name in origin.CONVERTED if not (folder / name).is_file()]
    if lacking:
        return Missing("the local embedding model is not set up", f"run `{BUILD}` once")
    return LocalEmbedder(folder)


def verify(folder: Path) -> None:
    """Check every byte of the model.

    Raises:
        StoreFailed: when a file cannot be read or is not the one we converted.
    """
    for name in origin.CONVERTED:
        _checked(folder, name)


def _checked(folder: Path, name: str) -> bytes:
    file = folder / name
    try:
        data = file.read_bytes()
    except OSError as error:
        raise StoreFailed(f"cannot read {file}: {error.strerror}", hint=f"run `{BUILD}`") from None
    if origin.sha256(data) != origin.CONVERTED[name]:
        raise StoreFailed(f"{file} is not the file that was built", hint=f"run `{BUILD}`")
    return data


def _tokens(raw: bytes) -> Callable[[str], list[int]]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(raw.decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(origin.MAX_TOKENS)
    return lambda text: list(tokenizer.encode(text[: origin.MAX_CHARS]).ids)


def _session(raw: bytes) -> Callable[[list[int]], Vectors]:
    import numpy as np
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # two threads on two busy cores were slower than one
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3  # it would warn of a machine without GPUs
    session = onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])

    def run(ids: list[int]) -> Vectors:
        vector = session.run(None, {IDS: np.array([ids], np.int64)})[0][0]
        return np.asarray(vector, np.float32)

    return run
