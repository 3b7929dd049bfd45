"""Whatever holds a password, however it is spelt: none of it in what the program prints."""

import pytest
from cli_support import calve

SECRET = "hunter2"

CATALOGS = [
    "postgresql://me:{}@127.0.0.1:9/db",
    "postgresql://127.0.0.1:9/db?user=me&password={}",
    "postgre://me:{}@127.0.0.1:9/db",
    "https://me:{}@127.0.0.1:9/api",
    "http://127.0.0.1:9/api?token={}",
    "s3://me:{}@bucket/catalog",
]


@pytest.mark.parametrize("catalog", CATALOGS)
@pytest.mark.parametrize("command", [["run", "in.csv", "--table", "a.b"], ["status"], ["query", "SELECT 1"]])
def test_a_catalogs_password_is_never_printed(tmp_path, catalog, command):
    (tmp_path / "in.csv").write_text("a,b\n1,2\n")
    result = calve(
        *command, "--verbose", "--catalog", catalog.format(SECRET), "--catalog-property", f"token={SECRET}",
        "--warehouse", tmp_path / "w", cwd=tmp_path,
    )  # fmt: skip
    assert SECRET not in result.out + result.err
    assert "catalog = (not shown)" in result.err
    if command[0] == "run":
        assert result.code != 0


def test_the_keys_of_the_environment_are_never_printed(tmp_path):
    (tmp_path / "in.csv").write_text("a,b\n1,2\n")
    environment = {
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": SECRET,
        "AWS_ENDPOINT_URL": f"http://me:{SECRET}@127.0.0.1:9",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_REGION": "eu-west-1",
    }
    result = calve(
        "run", "in.csv", "--table", "a.b", "--verbose", "--warehouse", "s3://bucket/w", cwd=tmp_path, env=environment
    )  # fmt: skip
    assert result.code != 0
    assert SECRET not in result.out + result.err
