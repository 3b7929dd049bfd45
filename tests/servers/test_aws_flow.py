"""The flows deliver what S3 would: a test event, then one notification of each upload, in S3's own words."""

import json
import urllib.parse

import pytest
from aws_flow import CHUNKS, EVENTS, LAKE, LANDING, MAX_RECEIVES, MotoFlow, VersitygwFlow, aws_notification
from conditions import wait_until
from servers import why_missing

KEY = "in/a b+ä/trips.csv"


@pytest.fixture(scope="module", params=["moto", "versitygw"])
def flow(request, tmp_path_factory):
    parts = ["moto"] if request.param == "moto" else ["versitygw", "elasticmq"]
    for part in parts:
        if reason := why_missing(part):
            pytest.skip(reason)
    opened = MotoFlow() if request.param == "moto" else VersitygwFlow(tmp_path_factory.mktemp("flow"))
    with opened as flow:
        yield flow
        if request.param == "versitygw":
            assert not flow.bridge.failures


def take(flow, queue):
    """The body of the next message, which is then gone."""
    url = flow.queues[queue]
    found = wait_until(
        lambda: flow.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"), f"a message in {queue}"
    )
    flow.sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
    return json.loads(found[0]["Body"])


def records_of(flow):
    """The records of the next notification; test events before it are dropped."""
    while (body := take(flow, EVENTS)).get("Event") == "s3:TestEvent":
        assert "Records" not in body
    return body["Records"]


def test_the_first_message_is_a_test_event(flow):
    assert take(flow, EVENTS)["Event"] == "s3:TestEvent"
    assert flow.is_idle()


def test_an_upload_is_announced_once(flow, tmp_path):
    (tmp_path / "trips.csv").write_text("a\n1\n")
    assert flow.upload(tmp_path / "trips.csv", KEY) == f"s3://{LANDING}/{KEY}"
    (record,) = records_of(flow)
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["s3"]["bucket"]["name"] == LANDING
    found = record["s3"]["object"]
    assert urllib.parse.unquote_plus(found["key"]) == KEY
    assert found["size"] == 4
    assert found["eTag"] == flow.s3.head_object(Bucket=LANDING, Key=KEY)["ETag"].strip('"')
    assert flow.is_idle()


def test_a_big_upload_comes_in_parts_and_has_its_size(flow, tmp_path):
    size = 17 * 1024 * 1024
    with open(tmp_path / "big", "wb") as file:
        file.truncate(size)
    flow.upload(tmp_path / "big", "big.csv")
    names = []
    while "ObjectCreated:CompleteMultipartUpload" not in names or not flow.is_idle():
        (record,) = records_of(flow)
        names.append(record["eventName"])
        assert (record["s3"]["object"]["key"], record["s3"]["object"]["size"]) == ("big.csv", size)
    # moto says it twice, as S3 may: notifications come at least once.
    assert len(names) == (2 if isinstance(flow, MotoFlow) else 1)


def test_tables_and_deletions_are_not_announced(flow):
    flow.s3.put_object(Bucket=LAKE, Key="t/data.parquet", Body=b"x")
    flow.s3.put_object(Bucket=LANDING, Key="last.csv", Body=b"a\n")
    assert flow.objects(LAKE) == ["t/data.parquet"]
    flow.s3.delete_object(Bucket=LANDING, Key="last.csv")
    if isinstance(flow, VersitygwFlow):  # its events come when they come
        wait_until(lambda: "s3:ObjectRemoved:Delete" in flow.bridge.seen, "the event of the deletion")
    (record,) = records_of(flow)
    assert record["s3"]["object"]["key"] == "last.csv"
    assert flow.is_idle()


def test_what_fails_again_and_again_is_dead(flow):
    url = flow.queues[CHUNKS]
    flow.sqs.send_message(QueueUrl=url, MessageBody='{"chunk": 1}')
    for _ in range(MAX_RECEIVES):
        (message,) = flow.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
        flow.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    flow.sqs.receive_message(QueueUrl=url)
    assert flow.dead() == ['{"chunk": 1}']
    assert flow.is_idle()


def test_environment_is_complete(flow):
    environment = flow.environment()
    assert environment["AWS_ENDPOINT_URL_S3"] == flow.s3_server.endpoint
    assert environment["AWS_ENDPOINT_URL_SQS"] == flow.sqs_server.endpoint
    assert ("AWS_ENDPOINT_URL_GLUE" in environment) == isinstance(flow, MotoFlow)


def test_a_notification_without_creations_is_none():
    removed = {"eventName": "s3:ObjectRemoved:Delete", "s3": {}}
    assert aws_notification({"Records": [removed]}, None) is None
    assert aws_notification({"Event": "s3:TestEvent"}, None) is None
