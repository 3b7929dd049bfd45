"""Credentials that a catalog vends, on an S3 server with users: the process's own ones may not touch the table's bucket."""

import json
import subprocess
import time

import boto3
import botocore.exceptions
import pytest
from aws_flow import LAKE, LANDING
from pipeline import CALVE, make_csv
from servers import CACHE, REGION, Versitygw, why_missing
from vending import VendingProxy

ROWS = 12_000
OWN = ("loader", "loader-test-secret")
VENDED = ("vended", "vended-test-secret")
REVOKED = ("revoked", "revoked-test-secret")
STATE = "state"


class WithUsers(Versitygw):
    """versitygw that keeps users in a folder; its first ones are made when it is up."""

    def __init__(self, folder, users_folder):
        super().__init__(folder)
        self.users_folder = users_folder

    def command(self):
        words = super().command()
        return [words[0], "--iam-dir", self.users_folder, *words[1:]]

    def add_user(self, access, secret):
        command = [CACHE / "bin" / "versitygw", "admin", "--access", self.access_key, "--secret", self.secret_key]
        command += ["--region", REGION, "--endpoint-url", self.endpoint]
        command += ["create-user", "--access", access, "--secret", secret, "--role", "user"]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)


def allow(s3, bucket, user):
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    statement = {"Effect": "Allow", "Principal": {"AWS": [user]}, "Action": "s3:*", "Resource": resources}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


@pytest.fixture
def storage(tmp_path):
    if reason := why_missing("versitygw"):
        pytest.skip(reason)
    for name in ("s3", "users"):
        (tmp_path / name).mkdir()
    with WithUsers(tmp_path / "s3", tmp_path / "users") as server:
        s3 = server.client("s3")
        for bucket, user in ((LANDING, OWN), (STATE, OWN), (LAKE, VENDED)):
            if user not in getattr(server, "made", []):
                server.add_user(*user)
                server.made = [*getattr(server, "made", []), user]
            s3.create_bucket(Bucket=bucket)
            allow(s3, bucket, user[0])
        yield server


@pytest.mark.parametrize("first", [VENDED, REVOKED], ids=["good", "refused-at-first"])
def test_the_tables_files_are_written_and_read_with_what_the_catalog_vends(storage, rest, fresh, tmp_path, first):
    vended = []

    def vend():
        access, secret = VENDED if vended else first
        vended.append(access)
        config = {
            "s3.access-key-id": access,
            "s3.secret-access-key": secret,
            "s3.session-token-expires-at-ms": str(int((time.time() + 3600) * 1000)),
        }
        return [{"prefix": f"s3://{LAKE}/", "config": config}]

    storage.client("s3").upload_file(str(make_csv(tmp_path / "a.csv", ROWS)), LANDING, "a.csv")
    with VendingProxy(rest.port, vend) as catalog:
        env = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "AWS_ACCESS_KEY_ID": OWN[0],
            "AWS_SECRET_ACCESS_KEY": OWN[1],
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_S3": storage.endpoint,
            "CALVE_CATALOG": catalog.endpoint,
            "CALVE_WAREHOUSE": f"s3://{STATE}/calve",
            "CALVE_SCRATCH": str(tmp_path / "scratch"),
            "CALVE_CHUNK_SIZE": "128KiB",
        }

        def calve(*arguments):
            command = [CALVE, *arguments, "--format", "json"]
            done = subprocess.run(
                command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False
            )
            assert done.returncode == 0, done.stderr
            assert not any(secret in done.stdout + done.stderr for _, secret in (OWN, VENDED, REVOKED))
            return json.loads(done.stdout)

        table = f"{fresh.replace('-', '_')}.trips"
        data = f"write.data.path=s3://{LAKE}/{fresh}"
        (load,) = calve("run", f"s3://{LANDING}/a.csv", "--table", table, "--table-property", data)["loads"]
        assert (load["status"], load["rows"]) == ("committed", ROWS)
        assert load["chunks"] > 2
        counted = calve("query", f"SELECT count(*) AS n, count(DISTINCT id) AS ids FROM {table}")
        assert json.dumps(counted).count(str(ROWS)) == 2
    assert "vended" in vended
    assert set(catalog.asked) == {"vended-credentials"}
    written = storage.client("s3").list_objects_v2(Bucket=LAKE)["Contents"]
    assert len(written) == load["files"]
    own = boto3.client(
        "s3",
        endpoint_url=storage.endpoint,
        region_name=REGION,
        aws_access_key_id=OWN[0],
        aws_secret_access_key=OWN[1],
    )
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        own.get_object(Bucket=LAKE, Key=written[0]["Key"])


def test_the_catalogs_configuration_alone_says_where_the_storage_is(storage, rest, fresh, tmp_path):
    """No keys are vended, and the process, which has its own, was told no endpoint."""
    make_csv(tmp_path / "a.csv", ROWS)
    where = {"s3.endpoint": storage.endpoint, "s3.path-style-access": "true", "client.region": REGION}
    with VendingProxy(rest.port, list, where) as catalog:
        env = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "AWS_ACCESS_KEY_ID": OWN[0],
            "AWS_SECRET_ACCESS_KEY": OWN[1],
            "AWS_EC2_METADATA_DISABLED": "true",
            "CALVE_CATALOG": catalog.endpoint,
            "CALVE_WAREHOUSE": f"s3://{STATE}/calve",
            "CALVE_SCRATCH": str(tmp_path / "scratch"),
        }
        table = f"{fresh.replace('-', '_')}.trips"
        data = f"write.data.path=s3://{STATE}/{fresh}"
        for arguments in (
            ("run", "a.csv", "--table", table, "--table-property", data),
            ("query", f"SELECT count(*) AS n FROM {table}"),
        ):
            done = subprocess.run(
                [CALVE, *arguments], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False
            )
            assert done.returncode == 0, done.stderr
        assert str(ROWS) in done.stdout
