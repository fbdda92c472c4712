"""Which names announce a secret, and which values under them are none."""

from __future__ import annotations

import pytest

from interlock.core.redaction.judging import hides
from interlock.core.redaction.names import Says, says


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "DB_PASSWORD",
        "dbPassword",
        "spring.datasource.password",
        "PGPASSWORD",
        "passwd",
        "pwd",
        "passphrase",
        "client_secret",
        "clientSecret",
        "apiKey",
        "API-KEY",
        "x-api-key",
        "X-Vault-Token",
        "authToken",
        "access_token",
        "AWS_SECRET_ACCESS_KEY",
        "aws_access_key_id",
        "private_key",
        "privateKey",
        "signing_key",
        "secret_key_base",
        "password2",
        "password_new",
        "SecretString",
        "client-key-data",
        "sessionToken",
        "github_pat",
        "id_token",
        "connectionString",
        "tls_key",
        "cvv",
        "card_cvc",
        "keyStorePassword",
    ],
)
def test_a_name_that_announces_a_secret_is_known(name: str) -> None:
    assert says(name) is Says.SURE


@pytest.mark.parametrize(
    "name",
    [
        "secretName",
        "secret_name",
        "secretKeyRef",
        "token_url",
        "tokenUrl",
        "token_type",
        "max_tokens",
        "tokenizer",
        "author",
        "key",
        "keys",
        "public_key",
        "publicKey",
        "partition_key",
        "cache_key",
        "sort_key",
        "primary_key",
        "kms_key_id",
        "key_id",
        "password_file",
        "passwordPolicy",
        "password_length",
        "imagePullSecrets",
        "existingSecret",
        "pullSecret",
        "monkey",
        "keyboard",
        "authority",
        "compass",
        "bypass",
        "pinned",
        "pattern",
        "path",
        "''",
    ],
)
def test_a_name_that_only_sounds_like_one_is_not(name: str) -> None:
    assert says(name) is Says.NO


@pytest.mark.parametrize(
    "value",
    ["", "null", "true", "${DB_PASSWORD}", "$(cat x)", "{{ .Values.x }}", "<none>", "<set to the key 'x' in secret 'y'>",
     "(sensitive value)", "(known after apply)", "********", "xxxxxxxx", "REDACTED", "[REDACTED]", "your-password-here",
     "/var/run/secrets/db", "./secret.txt", "30s", "16 bytes", "128Mi", "2026-11-23", "vault:secret/data/db#password",
     "arn:aws:secretsmanager:eu-west-1:1:secret:x", "projects/1/secrets/x", "required", "invalid"],
)  # fmt: skip
def test_placeholders_references_sizes_and_words_are_no_secrets(value: str) -> None:
    assert not hides("db_token", value)


@pytest.mark.parametrize(
    "value", ["var.db_password", 'os.environ["X"]', 'getenv("X")', "data.vault.x.data", "config.password"]
)
def test_code_that_fetches_a_secret_is_none(value: str) -> None:
    assert not hides("password", value, quoted=False)


@pytest.mark.parametrize("value", ["hunter", "postgres", "123456", "changeme", "a b c d"])
def test_a_weak_password_is_a_password(value: str) -> None:
    assert hides("db_password", value)


def test_a_count_under_token_is_none_but_a_long_number_is_one() -> None:
    assert not hides("session_token", "4096")
    assert hides("session_token", "4096123409876512")


def test_a_name_that_may_be_a_secret_wants_a_random_value() -> None:
    assert not hides("acme_key", "customer-name")
    assert hides("acme_key", "q7Zk29Xw" + "Lm48Tr01")
