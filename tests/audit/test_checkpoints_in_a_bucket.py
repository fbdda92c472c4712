"""Checkpoints in S3 through the real boto3, against a bucket on loopback; named as not run where boto3 is not installed.

`INTERLOCK_TEST_S3_URL` names another server that speaks S3 and holds an empty bucket `seals`, such as moto's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from fakes.s3 import serving_bucket

from interlock.core.audit import AuditLog
from interlock.core.audit.checkpoint import Sealer, checked
from interlock.core.audit.keys import open_key
from interlock.core.audit.places import S3Place, place_of
from interlock.core.clock import FixedClock
from interlock.core.errors import Unreachable
from interlock.core.outbound import Outbound
from interlock.core.store import Store

pytestmark = pytest.mark.skipif(
    find_spec("boto3") is None, reason="not run: boto3 is not installed (the aws extra)"
)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the bucket is, as boto3's environment."""
    named = os.environ.get("INTERLOCK_TEST_S3_URL")
    with serving_bucket() as server:
        settings = {
            "AWS_ENDPOINT_URL": named or server.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield settings["AWS_ENDPOINT_URL"]


def test_a_record_sealed_into_a_bucket_verifies_against_it_and_a_cut_one_does_not(
    bucket: str, store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    place, key = place_of("s3://seals/prod/audit", Outbound()), open_key(tmp_path / "audit.key")
    assert isinstance(place, S3Place)
    log = AuditLog(store, clock, sealer=Sealer(key, [place], clock, every=2))
    for number in range(10):
        log.append("turn", {"n": number})
    seals = checked(place.read(), key.public_key())
    assert [seal.size for seal in seals] == [2, 4, 6, 8, 10]
    assert log.verify(seals).sealed == 10
    other = checked(S3Place("s3://seals/prod/audit/").read(), key.public_key())
    assert other == seals
    with store.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_delete")
        connection.exec_driver_sql("DELETE FROM audit WHERE seq > 7")
    assert "10 records were sealed, 7 are left" in log.verify(seals).problem


def test_a_bucket_that_is_not_there_is_a_named_problem_and_the_record_goes_on(
    bucket: str, store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    place = S3Place("s3://nobodys/prod")
    sealer = Sealer(open_key(tmp_path / "audit.key"), [place], clock, every=1)
    AuditLog(store, clock, sealer=sealer).append("turn", {})
    assert sealer.problems == ["s3://nobodys/prod: the bucket answered: NoSuchBucket"]
    with pytest.raises(Unreachable, match="NoSuchBucket"):
        place.read()
