"""Secrets in YAML and in parsed objects: whole, in lists, quoted elsewhere, cut off."""

from __future__ import annotations

import base64
import json
import random

import pytest

from interlock.core.redaction import JsonValue, Redactor


def value(seed: int) -> str:
    """Base64 of a made-up plain word, which no pattern would tell."""
    source = random.Random(seed)
    return base64.b64encode("".join(source.choice("abcdefghijklm") for _ in range(9)).encode()).decode()


SECRET = f"apiVersion: v1\ndata:\n  user: {value(1)}\n  pin: {value(2)}\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\n"


def test_every_value_of_a_secret_goes_and_keys_stay() -> None:
    cleaned = Redactor().clean_text(SECRET)
    assert cleaned == SECRET.replace(value(1), "<secret:secret-data#1>").replace(
        value(2), "<secret:secret-data#2>"
    )


@pytest.mark.parametrize("indent", [2, 4])
def test_secrets_in_a_list_go_and_the_config_map_between_them_stays(indent: int) -> None:
    pad = " " * indent
    item = "\n".join(pad + line for line in SECRET.splitlines())
    item = pad[:-2] + "- " + item[indent:]
    config = item.replace("Secret", "ConfigMap").replace(value(1), "plainvalue").replace(value(2), "other")
    text = f"apiVersion: v1\nitems:\n{item}\n{config}\n{item}\nkind: List\n"
    cleaned = Redactor().clean_text(text)
    assert value(1) not in cleaned
    assert value(2) not in cleaned
    assert "plainvalue" in cleaned


@pytest.mark.parametrize(
    "text",
    [
        f"kind: Secret\nstringData:\n  a: |\n    first {value(3)}\n    second\n  b: x\nother: stays",
        f'kind: "Secret"\nstringData:\n  "a": "{value(3)}"\n',
        f"---\nkind: ConfigMap\n---\nkind: Secret\ndata:\n  a: {value(3)}\n---\nkind: ConfigMap\ndata:\n  b: c\n",
        f"Here it is:\n```yaml\nkind: Secret\ndata:\n  a: {value(3)}\n```\n",
    ],
)
def test_secrets_are_found_in_other_dress(text: str) -> None:
    cleaned = Redactor().clean_text(text)
    assert value(3) not in cleaned
    assert cleaned.count("\n") == text.count("\n")


def test_the_last_applied_annotation_is_cleaned_and_stays_json() -> None:
    inner = json.dumps({"apiVersion": "v1", "data": {"a": value(4)}, "kind": "Secret"})
    key = "kubectl.kubernetes.io/last-applied-configuration"
    secret: JsonValue = {"kind": "Secret", "metadata": {"annotations": {key: inner}}, "data": {"a": value(4)}}
    cleaned, counts = Redactor().clean_value(secret)
    assert value(4) not in json.dumps(cleaned)
    assert isinstance(cleaned, dict)
    annotation = cleaned["metadata"]["annotations"][key]  # type: ignore[index,call-overload]
    assert list(json.loads(str(annotation))["data"]) == ["a"]
    assert counts["secret-data"] >= 2
    text = json.dumps({"items": [secret]}, indent=1)
    assert value(4) not in Redactor().clean_text(text)


def test_a_terraform_value_goes_everywhere_in_the_document() -> None:
    plain = "plainlookingword"
    plan: JsonValue = {
        "planned_values": {
            "resources": [{"values": {"password": plain}, "sensitive_values": {"password": True}}]
        },
        "resource_changes": [
            {"change": {"before": {"x": [plain]}, "after": {"x": [plain]}, "before_sensitive": {"x": [True]}}}
        ],
        "prior_state": {"outputs": {"conn": {"value": f"host=db pw {plain}"}}},
        "elsewhere": {plain: f"copy {base64.b64encode(plain.encode()).decode()}"},
    }
    for shown in (
        json.dumps(Redactor().clean_value(plan)[0]),
        Redactor().clean_text(json.dumps(plan, indent=2)),
    ):
        assert plain not in shown
        assert base64.b64encode(plain.encode()).decode() not in shown
        assert "planned_values" in shown


def test_kubeconfig_credentials_go_and_the_server_stays() -> None:
    token = "short" + "token1"
    config: JsonValue = {
        "clusters": [{"cluster": {"server": "https://1.2.3.4"}, "name": "c"}],
        "users": [
            {"name": "a", "user": {"token": token}},
            {
                "name": "b",
                "user": {"exec": {"command": "aws", "env": [{"name": "REGION", "value": "x" + token}]}},
            },
        ],
    }
    shown = json.dumps(Redactor().clean_value(config)[0])
    assert token not in shown
    assert "https://1.2.3.4" in shown
    text = f"users:\n- name: a\n  user:\n    client-key-data: {value(5) * 4}\n    token: {token}\n"
    assert token not in Redactor().clean_text(text)
    assert value(5) not in Redactor().clean_text(text)
