"""deploy/template.yaml, judged as text (cfn-lint, before and after SAM's transform) and as the stack that it makes."""

import fnmatch
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cfn import ROOT, TEMPLATE, Stack, expand, source

ACCOUNT = "111122223333"
CASES = {
    "all created": {},
    "existing buckets and database": {
        "LandingBucketName": "landed",
        "LandingPrefix": "in/",
        "WarehouseBucketName": "lake",
        "StatePrefix": "ledger/calve",
        "CreateDatabase": "no",
        "GlueTables": "raw_*",
        "KmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/abc",
        "Sql": "SELECT * FROM chunk",
        "AlarmTopicArn": "arn:aws:sns:eu-west-1:111122223333:ops",
    },
    "one bucket for both": {"LandingBucketName": "lake", "LandingPrefix": "in/", "WarehouseBucketName": "lake"},
    "workers": {"RunOn": "worker", "AlarmEmail": "ops@example.com", "PlanReservedConcurrency": 10},
}
# What may be a wildcard, and why. Anything else is a finding.
WILDCARDS = {
    "arn:aws:s3:::*/*": "objects below the landing prefix, the warehouse or the ledger",
    "arn:aws:glue:eu-west-1:111122223333:table/*/*": "GlueTables says so",
    "*Bucket.Arn/*": "a Deny of everything but TLS",
}


@pytest.fixture(params=CASES, name="stack")
def make_stack(request):
    return Stack(Table="nyc.trips", **CASES[request.param])


@pytest.fixture(name="findings", scope="module")
def run_cfn_lint(tmp_path_factory):
    """What cfn-lint says of the template, of the template after the transform, and of a broken one; in one run."""
    folder = tmp_path_factory.mktemp("lint")
    expanded = folder / "expanded.json"
    expanded.write_text(json.dumps(expand()))
    broken = folder / "broken.yaml"
    broken.write_text(TEMPLATE.read_text().replace("SqsManagedSseEnabled", "SqsManagedSseEnable"))
    files = {"template": TEMPLATE, "expanded": expanded, "broken": broken}
    command = [Path(sys.executable).with_name("cfn-lint"), "--include-checks", "I", "--format", "json", "--"]
    done = subprocess.run(command + [*files.values()], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    told = {name: [f["Message"] for f in found if f["Filename"] == str(path)] for name, path in files.items()}
    assert sum(map(len, told.values())) == len(found)
    return told


def listed(value):
    return value if isinstance(value, list) else [value]


def statements(stack):
    """(resource, statement) of every policy document in the stack."""

    def walk(name, node):
        if isinstance(node, dict):
            for statement in node.get("Statement", []):
                yield name, statement
            for value in node.values():
                yield from walk(name, value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(name, value)

    for name, resource in stack.resources.items():
        yield from walk(name, resource["Properties"])


def test_cfn_lint_finds_nothing(findings):
    assert findings["template"] == []


def test_cfn_lint_finds_nothing_after_the_transform(findings):
    assert findings["expanded"] == []


def test_cfn_lint_would_find_something(findings):
    assert any("SqsManagedSseEnable" in message for message in findings["broken"])


def test_every_parameter_is_constrained_described_and_grouped():
    template = source()
    parameters = template["Parameters"]
    grouped = [
        name
        for group in template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        for name in group["Parameters"]
    ]
    assert sorted(grouped) == sorted(parameters)
    for name, spec in parameters.items():
        constraints = {"AllowedPattern", "AllowedValues", "MinValue", "MaxLength"} & set(spec)
        assert constraints, f"{name} takes anything"
    assert [name for name, spec in parameters.items() if "Default" not in spec] == ["Table"]


def test_each_queue_hides_messages_for_six_times_the_functions_timeout():
    allowed = source()["Parameters"]["ConsumeTimeout"]["AllowedValues"]
    assert max(map(int, allowed)) == 900
    for seconds in allowed:
        stack = Stack(Table="nyc.trips", PlanTimeout=seconds, ConsumeTimeout=seconds)
        for mapping in stack.of_type("AWS::Lambda::EventSourceMapping").values():
            queue = stack.properties(mapping["EventSourceArn"].removesuffix(".Arn"))
            function = stack.properties(mapping["FunctionName"])
            assert int(queue["VisibilityTimeout"]) >= 6 * int(function["Timeout"])
            assert int(queue["VisibilityTimeout"]) <= 12 * 3600


def test_event_source_mappings(stack):
    mappings = stack.of_type("AWS::Lambda::EventSourceMapping")
    assert {m["FunctionName"]: m["EventSourceArn"] for m in mappings.values()} == {
        "PlanFunction": "EventsQueue.Arn",
        "ConsumeFunction": "ChunksQueue.Arn",
    }
    for mapping in mappings.values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert 2 <= int(mapping["ScalingConfig"]["MaximumConcurrency"]) <= 1000
        assert 1 <= int(mapping["BatchSize"]) <= 10
        assert mapping["Enabled"] is (stack.parameters["RunOn"] == "lambda")


def test_two_functions_from_one_artefact(stack):
    functions = stack.of_type("AWS::Lambda::Function")
    assert sorted(functions) == ["ConsumeFunction", "PlanFunction"]
    plan, consume = functions["PlanFunction"], functions["ConsumeFunction"]
    assert plan["Code"] == consume["Code"]
    for function in functions.values():
        assert (function["Runtime"], function["Handler"], function["Architectures"]) == (
            "provided.al2023",
            "bootstrap",
            ["x86_64"],
        )
    environments = [f["Environment"]["Variables"] for f in (plan, consume)]
    assert [e.pop("CALVE_HANDLER") for e in environments] == ["plan", "consume"]
    assert environments[0] == environments[1]
    assert environments[0]["CALVE_QUEUE"] == "ChunksQueue"
    assert environments[0]["CALVE_WAREHOUSE"].startswith("s3://")
    assert ("CALVE_STATE" in environments[0]) == bool(stack.parameters["StatePrefix"])
    assert ("CALVE_SQL" in environments[0]) == bool(stack.parameters["Sql"])
    assert plan["Role"] != consume["Role"]


def test_the_artefact_is_where_the_aws_cli_looks_for_it():
    # In Globals `aws cloudformation package` overlooks it, and packs the folder of the template instead.
    template = source()
    assert "CodeUri" not in template["Globals"]["Function"]
    functions = [r for r in template["Resources"].values() if r["Type"] == "AWS::Serverless::Function"]
    assert [f["Properties"]["CodeUri"] for f in functions] == ["./calve-lambda.zip"] * 2


def test_settings_of_the_functions_are_settings_of_calve(stack):
    documented = (ROOT / "docs" / "configuration.md").read_text()
    flags = set(re.findall(r"`--([a-z-]+)`", documented))
    lambda_only = {"CALVE_HANDLER", "CALVE_QUEUE"}  # deploy/README.md has them
    readme = (ROOT / "deploy" / "README.md").read_text()
    for function in stack.of_type("AWS::Lambda::Function").values():
        for name in function["Environment"]["Variables"]:
            if name in lambda_only:
                assert f"`{name}" in readme
            else:
                assert name.removeprefix("CALVE_").lower().replace("_", "-") in flags


def test_reserved_concurrency_only_when_asked_for():
    assert "ReservedConcurrentExecutions" not in Stack(Table="a.b").properties("PlanFunction")
    asked = Stack(Table="a.b", ConsumeReservedConcurrency=60).properties("ConsumeFunction")
    assert asked["ReservedConcurrentExecutions"] == "60"


def test_queues_are_encrypted_and_give_up_into_dead_letters(stack):
    queues = stack.of_type("AWS::SQS::Queue")
    assert sorted(queues) == ["ChunksDeadLetters", "ChunksQueue", "EventsDeadLetters", "EventsQueue"]
    for name, queue in queues.items():
        assert queue["SqsManagedSseEnabled"] is True
        if name.endswith("Queue"):
            dead = name.replace("Queue", "DeadLetters")
            assert queue["RedrivePolicy"]["deadLetterTargetArn"] == f"{dead}.Arn"
            assert int(queue["RedrivePolicy"]["maxReceiveCount"]) >= 2
            # A dead letter's age counts from when it was first sent.
            assert queues[dead]["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


def test_services_send_only_on_behalf_of_this_stack(stack):
    allowed = [s for name, s in statements(stack) if name.endswith("Policy") and "Service" in s.get("Principal", {})]
    assert len(allowed) == 3
    for statement in allowed:
        assert statement["Effect"] == "Allow"
        assert statement["Action"] == "sqs:SendMessage"
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
        assert "*" not in statement["Condition"]["ArnEquals"]["aws:SourceArn"]


def test_every_queue_and_created_bucket_refuses_plain_http(stack):
    denied = set()
    for _, statement in statements(stack):
        if statement["Effect"] == "Deny":
            assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            denied.update(resource.split(".")[0] for resource in listed(statement["Resource"]))
    assert denied == set(stack.of_type("AWS::SQS::Queue")) | set(stack.of_type("AWS::S3::Bucket"))


def test_least_privilege(stack):
    for name, statement in statements(stack):
        if "Principal" in statement and statement["Effect"] == "Allow":
            assert "Service" in statement["Principal"], f"{name}: {statement}"
        if "Resource" not in statement:
            assert listed(statement["Action"]) == ["sts:AssumeRole"]
            continue
        for resource in listed(statement["Resource"]):
            assert resource != "*", f"{name}: {statement}"
            if "*" in resource:
                assert any(fnmatch.fnmatchcase(resource, known) for known in WILDCARDS), f"{name}: {resource}"
        if statement["Effect"] == "Allow":
            for action in listed(statement["Action"]):
                assert "*" not in action, f"{name}: {action}"


def actions_on(stack, names, resource):
    found = set()
    for name, statement in statements(stack):
        if name in names and resource in listed(statement.get("Resource", [])):
            found.update(listed(statement["Action"]))
    return found


def test_each_role_has_its_own_queues(stack):
    assert "sqs:ReceiveMessage" in actions_on(stack, ["PlanRole"], "EventsQueue.Arn")
    assert actions_on(stack, ["PlanRole"], "ChunksQueue.Arn") == {
        "sqs:SendMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
    }
    assert actions_on(stack, ["ConsumeRole"], "EventsQueue.Arn") == set()
    assert {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:SendMessage"} <= actions_on(
        stack, ["ConsumeRole"], "ChunksQueue.Arn"
    )
    assert actions_on(stack, ["PlanRole"], "ConsumeLogs.Arn") == set()


def test_nothing_is_written_to_the_landing_bucket():
    stack = Stack(Table="nyc.trips", **CASES["existing buckets and database"])
    assert actions_on(stack, ["DataPolicy"], "arn:aws:s3:::landed/in/*") == {"s3:GetObject", "s3:GetObjectVersion"}
    assert actions_on(stack, ["DataPolicy"], "arn:aws:s3:::landed") == {"s3:ListBucket"}
    for resource in ("arn:aws:s3:::lake/warehouse/*", "arn:aws:s3:::lake/ledger/calve/*"):
        assert {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"} <= actions_on(stack, ["DataPolicy"], resource)
    tables = "arn:aws:glue:eu-west-1:111122223333:table/nyc/"
    assert "glue:UpdateTable" in actions_on(stack, ["DataPolicy"], tables + "raw_*")
    assert "glue:UpdateTable" in actions_on(Stack(Table="nyc.trips"), ["DataPolicy"], tables + "trips")


def test_notification(stack):
    rule = stack.properties("ObjectCreated")
    detail = rule["EventPattern"]["detail"]
    bucket = stack.parameters["LandingBucketName"] or "LandingBucket"
    assert detail["bucket"]["name"] == [bucket]
    assert detail["object"]["key"] == [{"wildcard": stack.parameters["LandingPrefix"] + "*.csv"}]
    (target,) = rule["Targets"]
    assert target["Arn"] == "EventsQueue.Arn"
    assert target["DeadLetterConfig"] == {"Arn": "EventsDeadLetters.Arn"}
    for name, made in stack.of_type("AWS::S3::Bucket").items():
        if name == "LandingBucket":
            configuration = made["NotificationConfiguration"]["EventBridgeConfiguration"]
            assert configuration == {"EventBridgeEnabled": True}


def test_one_bucket_without_a_prefix_would_load_its_own_output():
    with pytest.raises(ValueError, match="LandingPrefix"):
        Stack(Table="nyc.trips", LandingBucketName="lake", WarehouseBucketName="lake")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Table", "trips"),
        ("Table", "a.b.c"),
        ("LandingPrefix", "in"),
        ("LandingPrefix", "in*/"),
        ("WarehousePrefix", "/w"),
    ]
    + [("ChunkSize", "64"), ("MaxBadRecords", "few"), ("ConsumeTimeout", "899"), ("ConsumeMaxConcurrency", "1")],
)
def test_parameters_refuse_nonsense(name, value):
    with pytest.raises(ValueError, match=f"{name}="):
        Stack(**{"Table": "nyc.trips", name: value})


def test_data_outlives_the_stack(stack):
    for resource in stack.resources.values():
        if resource["Type"] in ("AWS::S3::Bucket", "AWS::Glue::Database"):
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


def test_buckets_are_private(stack):
    for bucket in stack.of_type("AWS::S3::Bucket").values():
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        assert bucket["BucketEncryption"]


def test_alarms(stack):
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    watched = {(a["MetricName"], a["Dimensions"][0]["Value"]): a for a in alarms.values()}
    assert len(watched) == len(alarms)
    for queue in ("Events", "Chunks"):
        dead = watched["ApproximateNumberOfMessagesVisible", f"{queue}DeadLetters.QueueName"]
        assert (dead["Threshold"], dead["ComparisonOperator"], dead["Statistic"]) == (
            0,
            "GreaterThanThreshold",
            "Maximum",
        )
        assert ("ApproximateAgeOfOldestMessage", f"{queue}Queue.QueueName") in watched
    for function in ("PlanFunction", "ConsumeFunction"):
        assert {("Errors", function), ("Throttles", function)} <= set(watched)
    topic = stack.parameters["AlarmTopicArn"] or ("AlarmTopic" if stack.parameters["AlarmEmail"] else None)
    for alarm in alarms.values():
        assert alarm.get("AlarmActions") == alarm.get("OKActions") == ([topic] if topic else None)


def test_logs_are_kept_for_a_while_only(stack):
    groups = stack.of_type("AWS::Logs::LogGroup")
    used = {f["LoggingConfig"]["LogGroup"] for f in stack.of_type("AWS::Lambda::Function").values()}
    assert used == set(groups)
    assert all(int(group["RetentionInDays"]) == 30 for group in groups.values())


def test_dashboard(stack):
    body = json.loads(stack.properties("Dashboard")["DashboardBody"])
    metrics = [metric for widget in body["widgets"] for metric in widget["properties"]["metrics"]]
    ours = {metric[1] for metric in metrics if metric[0] == "calve"}
    documented = set(re.findall(r"^\| `([a-z_]+)` \|", (ROOT / "deploy" / "README.md").read_text(), re.MULTILINE))
    assert ours == documented
    assert {metric[3] for metric in metrics if metric[0] == "calve"} == {"PlanFunction", "ConsumeFunction"}
    for wanted in ("Duration", "ConcurrentExecutions", "ApproximateAgeOfOldestMessage"):
        assert wanted in {metric[1] for metric in metrics}
    corners = [(widget["x"], widget["y"]) for widget in body["widgets"]]
    assert len(set(corners)) == len(corners)
    assert all(widget["x"] + widget["width"] <= 24 for widget in body["widgets"])


def test_outputs_name_what_stays():
    assert {"CreatedLandingBucket", "CreatedWarehouseBucket", "CreatedDatabase"} <= set(Stack(Table="a.b").outputs)
    kept = Stack(Table="a.b", **CASES["existing buckets and database"]).outputs
    assert not any(name.startswith("Created") for name in kept)
    assert "WorkerPolicyArn" in Stack(Table="a.b", RunOn="worker").outputs
