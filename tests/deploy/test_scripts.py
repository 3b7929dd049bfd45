"""deploy.sh and teardown.sh against a stand-in for the AWS CLI that writes down how it was called. What CloudFormation
itself does with the template is test_template.py's matter."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from cfn import ROOT

OUTPUTS = {
    "LandingUri": "s3://landed/in/",
    "Warehouse": "s3://lake/warehouse",
    "ConsumeLogGroup": "consume-logs",
    "DashboardUrl": "https://dashboard",
}
AWS = """import json, os, sys
folder = os.environ["FAKE_AWS"]
state = json.load(open(folder + "/state.json"))
arguments = sys.argv[1:]
with open(folder + "/calls.jsonl", "a") as log:
    log.write(json.dumps(arguments) + "\\n")
call = " ".join(arguments[:2])
deployed = '["cloudformation", "deploy"' in open(folder + "/calls.jsonl").read()
if call in state["fail"] and not (call == "cloudformation describe-stacks" and deployed):
    sys.exit("An error occurred: it does not exist" if call != "sts get-caller-identity" else "no credentials")
query = arguments[arguments.index("--query") + 1] if "--query" in arguments else ""
if call == "sts get-caller-identity":
    print("111122223333")
elif call == "cloudformation describe-stacks":
    if "OutputKey==" in query:
        print(state["outputs"].get(query.split("'")[1], "None"))
    else:
        print("\\n".join(f"{k}\\t{v}" for k, v in state["outputs"].items()) or "None")
elif call == "s3api get-bucket-notification-configuration":
    print(json.dumps(state["notifications"]) if state["notifications"] else "")
"""


class Aws:
    """The stand-in, its state and its calls."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "bin").mkdir()
        program = folder / "bin" / "aws"
        program.write_text(f"#!{sys.executable} -S\n{AWS}")
        program.chmod(0o755)
        self.fail = ["cloudformation describe-stacks"]  # until it is deployed
        self.outputs = dict(OUTPUTS)
        self.notifications = {}
        # The scripts find the project by their own place: a copy keeps build/ of the project out of it.
        self.project = folder / "project"
        shutil.copytree(ROOT / "deploy", self.project / "deploy")
        self.package = folder / "package.zip"
        self.package.write_bytes(b"zip")

    def run(self, script, *arguments, **environment):
        state = {"fail": self.fail, "outputs": self.outputs, "notifications": self.notifications}
        (self.folder / "state.json").write_text(json.dumps(state))
        (self.folder / "calls.jsonl").write_text("")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        inherited["PATH"] = f"{self.folder / 'bin'}:{inherited['PATH']}"
        return subprocess.run(
            [self.project / "deploy" / script, *arguments],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**inherited, "FAKE_AWS": str(self.folder), "AWS_REGION": "eu-west-1", **environment},
        )

    def calls(self, *prefix):
        lines = (self.folder / "calls.jsonl").read_text().splitlines()
        return [call for call in map(json.loads, lines) if call[: len(prefix)] == list(prefix)]


@pytest.fixture(name="aws")
def make_aws(tmp_path):
    return Aws(tmp_path)


def overrides(call):
    start = call.index("--parameter-overrides") + 1
    return dict(item.split("=", 1) for item in call[start:])


def deploy(aws, *arguments, **environment):
    return aws.run("deploy.sh", "--package", str(aws.package), *arguments, **environment)


def present(aws, *missing):
    """The stack is there; the calls named fail."""
    aws.fail = [*missing]


def test_first_deployment(aws, tmp_path):
    aws.fail.append("glue get-database")
    sql = tmp_path / "load.sql"
    sql.write_text("SELECT a, b = 1 AS c\nFROM chunk")
    done = deploy(aws, "--table", "nyc.trips", "--sql-file", str(sql), "--parameter", "ChunkSize=128MiB")
    assert done.returncode == 0, done.stderr
    (package,) = aws.calls("cloudformation", "package")
    bucket = "calve-deploy-111122223333-eu-west-1"
    assert package[package.index("--s3-bucket") + 1] == bucket
    staged = aws.project / package[package.index("--template-file") + 1]
    assert staged.read_text() == (ROOT / "deploy" / "template.yaml").read_text()
    assert (staged.parent / "calve-lambda.zip").read_bytes() == b"zip"
    (deployed,) = aws.calls("cloudformation", "deploy")
    assert overrides(deployed) == {
        "Table": "nyc.trips",
        "Sql": "SELECT a, b = 1 AS c\nFROM chunk",
        "ChunkSize": "128MiB",
    }
    assert "CAPABILITY_IAM" in deployed
    assert "CAPABILITY_AUTO_EXPAND" in deployed
    assert "aws s3 cp FILE.csv s3://landed/in/" in done.stdout
    assert "https://dashboard" in done.stdout
    assert aws.calls("s3api", "create-bucket") == []


def test_update_keeps_what_is_not_named(aws):
    present(aws)
    done = deploy(aws)
    assert done.returncode == 0, done.stderr
    (deployed,) = aws.calls("cloudformation", "deploy")
    assert "--parameter-overrides" not in deployed


def test_a_new_stack_needs_a_table(aws):
    done = deploy(aws)
    assert done.returncode == 1
    assert "--table" in done.stderr
    assert aws.calls("cloudformation", "deploy") == []


def test_a_database_that_is_there_is_used(aws):
    assert deploy(aws, "--table", "nyc.trips").returncode == 0
    (asked,) = aws.calls("glue", "get-database")
    assert asked[-1] == "nyc"
    (deployed,) = aws.calls("cloudformation", "deploy")
    assert overrides(deployed)["CreateDatabase"] == "no"


def test_a_database_that_is_not_there_is_created(aws):
    aws.fail.append("glue get-database")
    assert deploy(aws, "--table", "nyc.trips").returncode == 0
    (deployed,) = aws.calls("cloudformation", "deploy")
    assert "CreateDatabase" not in overrides(deployed)


@pytest.mark.parametrize(("region", "constraint"), [("eu-west-1", True), ("us-east-1", False)])
def test_staging_bucket_is_created_once(aws, region, constraint):
    present(aws, "s3api head-bucket")
    assert deploy(aws, "--region", region).returncode == 0
    (created,) = aws.calls("s3api", "create-bucket")
    assert f"calve-deploy-111122223333-{region}" in created
    assert (f"LocationConstraint={region}" in created) == constraint


def test_enabling_eventbridge_keeps_other_notifications(aws):
    present(aws)
    aws.notifications = {"QueueConfigurations": [{"Id": "other", "QueueArn": "q", "Events": ["s3:ObjectRemoved:*"]}]}
    done = deploy(aws, "--enable-eventbridge", "--parameter", "LandingBucketName=landed")
    assert done.returncode == 0, done.stderr
    (put,) = aws.calls("s3api", "put-bucket-notification-configuration")
    assert json.loads(put[-1]) == {**aws.notifications, "EventBridgeConfiguration": {}}


def test_enabling_eventbridge_on_a_bucket_without_notifications(aws):
    present(aws)
    assert deploy(aws, "--enable-eventbridge", "--parameter", "LandingBucketName=landed").returncode == 0
    (put,) = aws.calls("s3api", "put-bucket-notification-configuration")
    assert json.loads(put[-1]) == {"EventBridgeConfiguration": {}}


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--tabel", "a.b"], "no option"),
        (["--table"], "needs a value"),
        (["--parameter", "ChunkSize"], "KEY=VALUE"),
        (["--enable-eventbridge"], "LandingBucketName"),
        (["--package", "absent.zip"], "no such file"),
    ],
)
def test_deploy_refuses(aws, arguments, what):
    present(aws)
    done = deploy(aws, *arguments)
    assert done.returncode == 1
    assert what in done.stderr
    assert aws.calls("cloudformation", "deploy") == []


def test_without_credentials_nothing_is_done(aws):
    present(aws, "sts get-caller-identity")
    done = deploy(aws, "--table", "a.b")
    assert done.returncode == 1
    assert "credentials" in done.stderr
    assert aws.calls("s3api") == []


def created(aws):
    present(aws)
    aws.outputs.update(CreatedLandingBucket="made-1", CreatedWarehouseBucket="made-2", CreatedDatabase="nyc")


def test_teardown_keeps_data(aws):
    created(aws)
    done = aws.run("teardown.sh", "--stack", "mine")
    assert done.returncode == 0, done.stderr
    (deleted,) = aws.calls("cloudformation", "delete-stack")
    assert deleted[-1] == "mine"
    assert aws.calls("s3") == []
    assert aws.calls("glue") == []
    for left in ("s3://made-1", "s3://made-2", "nyc"):
        assert left in done.stdout


def test_teardown_deletes_data_when_told_to(aws):
    created(aws)
    done = aws.run("teardown.sh", "--delete-data")
    assert done.returncode == 0, done.stderr
    assert {call[-1] for call in aws.calls("s3", "rb")} == {"s3://made-1", "s3://made-2"}
    assert [call[-1] for call in aws.calls("glue", "delete-database")] == ["nyc"]
    order = [call[1] for call in aws.calls()]
    assert order.index("wait") < order.index("delete-database") < order.index("rb")


def test_teardown_never_deletes_what_the_stack_did_not_create(aws):
    present(aws)
    aws.outputs.update(LandingBucket="landed")
    assert aws.run("teardown.sh", "--delete-data").returncode == 0
    assert aws.calls("cloudformation", "delete-stack")
    assert aws.calls("s3") == []
    assert aws.calls("glue") == []


def test_teardown_stops_when_the_stack_stays(aws):
    created(aws)
    aws.fail = ["cloudformation wait"]
    assert aws.run("teardown.sh", "--delete-data").returncode != 0
    assert aws.calls("s3") == []
    assert aws.calls("glue") == []


def test_teardown_of_no_stack(aws):
    done = aws.run("teardown.sh", "--delete-data")
    assert done.returncode == 1
    assert "no stack calve" in done.stderr
    assert aws.calls("cloudformation", "delete-stack") == []
