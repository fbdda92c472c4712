"""The redactor as a whole: laws that hold for any text, and secrets planted wherever a result can carry one."""

from __future__ import annotations

import base64
import json
import random
import string
import sys
import threading
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interlock.core.process import run
from interlock.core.redaction import Redactor
from interlock.core.redaction.rule import example_text
from interlock.core.redaction.rules import all_rules
from interlock.core.untrusted import Untrusted

EXAMPLES = [example_text(rule) for rule in all_rules()]
SCRAPS = [
    "password", "=", ": ", '"', "'", "\\", "\n", " ", "{", "}", "[", "]", ",", "token", "<secret:x#1>", "<email#2>", "@", "://", "a:b",
    "kind: Secret", "\ndata:\n  a: ", "-----BEGIN PRIVATE KEY-----", "4111111111111111", "eyJ", "é", "\u200b", "-> ", "#", "|",
    "name: API_TOKEN\n  value: ", "Bearer ", "Cookie: a=b; c=", "&", "?sig=", "hunter2hunter2", "--token ", "QUtJQQ==", "\x00",
]  # fmt: skip
texts = st.lists(
    st.one_of(st.sampled_from(SCRAPS), st.sampled_from(EXAMPLES), st.text(max_size=8)), max_size=14
).map("".join)
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)


def secret(size: int = 24, seed: int = 1) -> str:
    """A canary, made at run time."""
    source = random.Random(seed)
    return "".join(source.choice(string.ascii_letters + string.digits) for _ in range(size))


@relaxed
@given(texts)
def test_cleaning_clean_text_changes_nothing(text: str) -> None:
    redactor = Redactor()
    once = redactor.clean_text(text)
    assert redactor.clean_text(once) == once
    assert Redactor().clean_text(once) == once


@relaxed
@given(texts)
def test_text_outside_the_spans_stays_as_it_was(text: str) -> None:
    cleaned = Redactor().clean(Untrusted(text))
    last, pieces = 0, []
    for span in cleaned.spans:
        assert last <= span.start < span.end <= len(text)
        pieces.append(text[last : span.start])
        last = span.end
    pieces.append(text[last:])
    rest = cleaned.text
    for piece in pieces:
        kept = Redactor(pii=()).clean_text("") + _seen(piece)
        at = rest.find(kept)
        assert at >= 0
        rest = rest[at + len(kept) :]


def _seen(text: str) -> str:
    from interlock.core.redaction.control import visible

    return visible(text).text


@relaxed
@given(texts)
def test_lines_stay_growth_is_bounded_and_the_result_is_utf8(text: str) -> None:
    cleaned = Redactor().clean_text(text)
    assert cleaned.count("\n") == text.count("\n")
    assert len(cleaned) <= 12 * len(text) + 64
    cleaned.encode("utf-8")


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(texts, below, max_size=3)),
    max_leaves=6,
)


@relaxed
@given(json_values)
def test_cleaning_a_clean_document_changes_nothing(value: object) -> None:
    redactor = Redactor()
    once, _ = redactor.clean_value(value)  # type: ignore[arg-type]
    again, _ = redactor.clean_value(once)
    assert again == once


TOKEN = "gh" + "p_" + secret(36)
CARRIERS = [
    "{}",
    "ERROR could not push: {} rejected",
    "x={}&y=1",
    '{{"a":{{"b":["{}"]}}}}',
    json.dumps({"log": json.dumps({"inner": "{}"})})
    .replace("{", "{{")
    .replace("}", "}}")
    .replace("{{}}", "{}"),
    "a:\n  - b: {}\n",
    "```\n{}\n```",
    "'{}'",
    "<td>{}</td>",
    "line1\\n{}\\nline3",
    "{}: value",
    "path/{}/x",
    "url%3D{}%26",
    "\x1b[31m{}\x1b[0m",
]


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_planted_token_is_found_wherever_a_text_can_carry_it(carrier: str) -> None:
    text = carrier.format(TOKEN)
    assert TOKEN in text
    assert TOKEN[4:] not in Redactor().clean_text(text)


def test_a_planted_token_is_found_in_base64_and_in_base64_of_base64() -> None:
    once = base64.b64encode(f"token: {TOKEN}".encode()).decode()
    twice = base64.b64encode(once.encode()).decode()
    for text in (f"data: {once}", f"blob {twice} end"):
        cleaned = Redactor().clean_text(text)
        assert once not in cleaned
        assert twice not in cleaned


def test_a_planted_token_is_found_in_keys_and_values_of_a_document() -> None:
    value, counts = Redactor().clean_value(
        {TOKEN: [1, {"x": f"saw {TOKEN}"}], "n": 4111111111111111, "ok": "text"}
    )
    shown = json.dumps(value)
    assert TOKEN[4:] not in shown
    assert "4111111111111111" not in shown
    assert counts == {"card": 1, "github-token": 2}
    assert '"ok": "text"' in shown


def test_the_same_value_has_the_same_marker_across_texts() -> None:
    redactor = Redactor()
    other = "gh" + "p_" + secret(36, seed=2)
    assert (
        redactor.clean_text(f"a {TOKEN} b {other}") == "a <secret:github-token#1> b <secret:github-token#2>"
    )
    assert redactor.clean_text(f"again {other}") == "again <secret:github-token#2>"
    assert redactor.clean_value([other])[0] == ["<secret:github-token#2>"]


def test_a_password_seen_with_its_name_is_hidden_without_it_too() -> None:
    value = secret(18)
    cleaned = Redactor().clean_text(
        f"db_password={value}\nERROR auth failed for {value}\n{quote(value)} {base64.b64encode(value.encode()).decode()}"
    )
    assert cleaned.count("<secret:") == 4
    assert value not in cleaned


@pytest.mark.parametrize("form", ["{}", "x{}y", "%s", "b64", "middle"])
def test_the_process_s_own_credentials_are_hidden_in_every_form(form: str) -> None:
    own = "tr0ub4dor & 3 =/" + secret(6)
    text = {
        "{}": own, "x{}y": f"x{own}y", "%s": quote(own, safe=""), "b64": base64.b64encode(own.encode()).decode(),
        "middle": base64.b64encode(b"user:" + own.encode() + b"@host").decode(),
    }[form]  # fmt: skip
    cleaned = Redactor(own_secrets=[own]).clean(Untrusted(f"log {text} end"))
    assert cleaned.counts.get("own") == 1
    assert Redactor().clean(Untrusted(f"log {own} end")).counts.get("own") is None


def test_a_private_key_loses_its_body_and_keeps_its_lines() -> None:
    key = (
        "-----BEGIN "
        + "PRIVATE KEY-----\n"
        + "\n".join(secret(64, n) for n in range(5))
        + "\n-----END "
        + "PRIVATE KEY-----\nafter"
    )
    cleaned = Redactor().clean_text(key)
    assert secret(64, 3) not in cleaned
    assert cleaned.splitlines()[-1] == "after"
    assert cleaned.count("\n") == key.count("\n")
    cut = key[: key.index(secret(64, 4)) + 10]
    assert secret(64, 4)[:10] not in Redactor().clean_text(cut)


def test_email_is_hidden_by_default_and_kept_by_policy() -> None:
    text = "jane.doe@example.org wrote to git@github.com:acme/x and app@project.iam.gserviceaccount.com"
    assert Redactor().clean_text(text).startswith("<email#1> wrote to git@github.com:acme/x and app@project")
    assert Redactor(pii=("iban",)).clean_text(text) == text


def test_many_threads_agree_on_the_markers() -> None:
    redactor = Redactor()
    values = ["gh" + "p_" + secret(36, n) for n in range(20)]
    seen: list[list[str]] = []

    def work() -> None:
        seen.append([str(redactor.clean_text(v)) for v in values])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(markers == seen[0] for markers in seen)
    assert len(set(seen[0])) == 20


def test_the_room_is_light_to_import_and_loads_no_regex_engine() -> None:
    code = "import sys, interlock.core.redaction; print('re2' in sys.modules, 'interlock.core.redaction.rules.cloud' in sys.modules)"
    done = run([sys.executable, "-c", code])
    assert done.out.decode().split() == ["False", "False"]


ORDINARY = [
    "    - name: DB_PASSWORD\n      valueFrom:\n        secretKeyRef:\n          name: db\n          key: password",
    "  + password = (sensitive value)",
    'Error: secrets "db-password" not found',
    "password: ${var.db_password}",
    'token = data.vault_generic_secret.x.data["token"]',
    'warning: password authentication failed for user "payments"',
    "secretName: payments-tls-prod-2026",
    "automountServiceAccountToken: true",
    "Mountable secrets:   default-token-x7k2p\nTokens:              default-token-x7k2p",
    "Data\n====\npassword:  16 bytes\nca.crt:    1099 bytes",
    "max_tokens: 4096, prompt_tokens=120 completion_tokens=30",
    "uid: 0b5f3c1e-8f3a-4c1b-9a44-5d2f8f2a1c77 resourceVersion: \"3577494773\"",
    "image: r.internal/payments@sha256:" + "7ff80168e832deac" * 4,
    "checksum/config: " + "6ed2de3b5cb41eec" * 4,
    '{"trace_id":"e52d76e529a044216469b20104c3bfea","span_id":"050c21d48f7eb068"}',
    "kubectl get secret db -o jsonpath='{.data.password}' | base64 -d",
    "SyntaxError: Unexpected token: '}' in JSON at position 4",
    "--password-file=/etc/db/pw --token-ttl=30m",
    "resources: [\"secrets\"]\nverbs: [\"get\"]",
    "apiVersion: v1\nkind: ConfigMap\ndata:\n  mode: production\n  level: info-level-two\n",
]  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_ops_text_stays_as_it_is(text: str) -> None:
    assert Redactor().clean_text(text) == text


@pytest.mark.shared
def test_the_labelled_corpus_is_covered(shared_dir: object) -> None:
    from pathlib import Path

    from interlock.evals.bench.redaction import recall

    misses: list[str] = []
    kinds, negatives = recall(Path(str(shared_dir)) / "data" / "secrets" / "make_secrets.py", [3, 17], misses)
    rows = sum(t.rows for t in kinds.values())
    cards = [t for k, t in kinds.items() if k.startswith("pan")]
    assert sum(t.hit for t in kinds.values()) >= 0.99 * rows, misses
    assert all(t.hit == t.rows for t in cards), misses
    assert negatives.hit <= 0.02 * negatives.rows, misses


def test_the_rules_have_a_name_that_changes_with_them() -> None:
    from interlock.core.redaction.version import rules_id

    assert rules_id().startswith("redactor-") and rules_id() == rules_id()
