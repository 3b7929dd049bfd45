"""Each server enforces what our tests rely on: what these tests prove may be tested on it, and nothing else."""

import base64
import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError
from conditions import wait_until
from servers import ServerError


def refused(call, **arguments):
    """The HTTP status and the code of the error that an AWS call must end with."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def received(sqs, url, **arguments):
    """The messages of one receive call; an empty list and no list at all both mean none."""
    return sqs.receive_message(QueueUrl=url, **arguments).get("Messages", [])


@pytest.fixture
def bucket(versitygw, fresh):
    versitygw.client("s3").create_bucket(Bucket=fresh)
    return fresh


class TestVersitygw:
    def test_refuses_a_wrong_signature(self, versitygw, bucket):
        intruder = versitygw.client("s3", aws_secret_access_key="not-the-secret")
        assert refused(intruder.put_object, Bucket=bucket, Key="k", Body=b"x") == (403, "SignatureDoesNotMatch")
        assert versitygw.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 0

    def test_put_if_absent_is_refused_once_the_object_is_there(self, versitygw, bucket):
        s3 = versitygw.client("s3")
        s3.put_object(Bucket=bucket, Key="plan/a.json", Body=b"first", IfNoneMatch="*")
        status, code = refused(s3.put_object, Bucket=bucket, Key="plan/a.json", Body=b"second", IfNoneMatch="*")
        assert (status, code) == (412, "PreconditionFailed")
        assert s3.get_object(Bucket=bucket, Key="plan/a.json")["Body"].read() == b"first"

    def test_replace_needs_the_current_etag(self, versitygw, bucket):
        s3 = versitygw.client("s3")
        old = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]
        s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfMatch=old)
        status, _ = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"3", IfMatch=old)
        assert status == 412
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"2"

    def test_refuses_a_body_with_another_md5(self, versitygw, bucket):
        other = base64.b64encode(bytes(16)).decode()
        status, code = refused(versitygw.client("s3").put_object, Bucket=bucket, Key="k", Body=b"x", ContentMD5=other)
        assert (status, code) == (400, "BadDigest")

    def test_multipart_wants_five_mebibytes_a_part(self, versitygw, bucket):
        s3 = versitygw.client("s3")
        upload = {"Bucket": bucket, "Key": "big"}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        parts = [
            {"PartNumber": n, "ETag": s3.upload_part(**upload, PartNumber=n, Body=b"small")["ETag"]} for n in (1, 2)
        ]
        status, code = refused(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": parts})
        assert (status, code) == (400, "EntityTooSmall")

    def test_ranges(self, versitygw, bucket):
        s3 = versitygw.client("s3")
        s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
        assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=3-5")["Body"].read() == b"345"
        assert refused(s3.get_object, Bucket=bucket, Key="k", Range="bytes=10-")[0] == 416


class TestElasticMq:
    def test_a_message_is_hidden_while_it_is_worked_on_and_comes_back(self, elasticmq, fresh):
        sqs = elasticmq.client("sqs")
        url = sqs.create_queue(QueueName=fresh, Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="chunk 1")
        (first,) = received(sqs, url)
        assert received(sqs, url) == []
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
        (again,) = received(sqs, url, AttributeNames=["ApproximateReceiveCount"])
        assert again["MessageId"] == first["MessageId"]
        assert again["Attributes"]["ApproximateReceiveCount"] == "2"
        assert again["ReceiptHandle"] != first["ReceiptHandle"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert counts["ApproximateNumberOfMessages"] == counts["ApproximateNumberOfMessagesNotVisible"] == "0"

    def test_too_many_deliveries_lead_to_the_dead_letter_queue(self, elasticmq, fresh):
        sqs = elasticmq.client("sqs")
        dead = sqs.create_queue(QueueName=f"{fresh}-dead")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
        url = sqs.create_queue(QueueName=fresh, Attributes={"RedrivePolicy": policy})["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="poison")
        for _ in range(2):
            (message,) = received(sqs, url)
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        assert received(sqs, url) == []
        assert [message["Body"] for message in received(sqs, dead, WaitTimeSeconds=5)] == ["poison"]

    def test_a_batch_answers_entry_by_entry(self, elasticmq, fresh):
        sqs = elasticmq.client("sqs")
        url = sqs.create_queue(QueueName=fresh)["QueueUrl"]
        entries = [{"Id": "good", "MessageBody": "x"}, {"Id": "bad", "MessageBody": "x", "DelaySeconds": 100000}]
        answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
        assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
        assert [entry["Id"] for entry in answer["Failed"]] == ["bad"]


class TestMoto:
    def test_an_upload_notifies_the_queue_after_a_test_event(self, moto, fresh):
        s3, sqs = moto.client("s3"), moto.client("sqs")
        url = sqs.create_queue(QueueName=fresh)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        s3.create_bucket(Bucket=fresh)
        target = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket=fresh, NotificationConfiguration={"QueueConfigurations": [target]}
        )
        (first,) = received(sqs, url, WaitTimeSeconds=5)
        test_event = json.loads(first["Body"])
        assert test_event["Event"] == "s3:TestEvent"
        assert "Records" not in test_event
        s3.put_object(Bucket=fresh, Key="in/a b+c.csv", Body=b"a\n1\n")
        (message,) = wait_until(lambda: received(sqs, url, WaitTimeSeconds=1), "the notification of the upload")
        (record,) = json.loads(message["Body"])["Records"]
        assert record["eventName"] == "ObjectCreated:Put"
        assert record["s3"]["bucket"]["name"] == fresh
        assert record["s3"]["object"]["size"] == 4

    def test_glue_keeps_tables(self, moto, fresh):
        glue = moto.client("glue")
        glue.create_database(DatabaseInput={"Name": fresh})
        table = {"Name": "t", "Parameters": {"table_type": "ICEBERG", "metadata_location": "s3://b/1.json"}}
        glue.create_table(DatabaseName=fresh, TableInput=table)
        assert refused(glue.create_table, DatabaseName=fresh, TableInput=table)[1] == "AlreadyExistsException"
        read = glue.get_table(DatabaseName=fresh, Name="t")["Table"]
        assert read["Parameters"] == table["Parameters"]
        assert read["VersionId"]
        assert refused(glue.get_table, DatabaseName=fresh, Name="none")[1] == "EntityNotFoundException"


class TestIcebergRest:
    TABLE = {  # noqa: RUF012
        "name": "t",
        "schema": {
            "type": "struct",
            "schema-id": 0,
            "fields": [{"id": 1, "name": "n", "type": "long", "required": False}],
        },
    }

    @staticmethod
    def call(rest, method, path, body=None):
        """Status and JSON of one request."""
        request = urllib.request.Request(
            f"{rest.endpoint}/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def make_table(self, rest, namespace):
        assert self.call(rest, "POST", "namespaces", {"namespace": [namespace], "properties": {}})[0] == 200
        return self.call(rest, "POST", f"namespaces/{namespace}/tables", self.TABLE)

    def test_refuses_a_commit_on_a_stale_snapshot_with_409(self, rest, fresh):
        _, table = self.make_table(rest, fresh)
        stale = {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": 5}
        current = {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": None}
        update = {"action": "set-properties", "updates": {"loaded": "yes"}}
        path = f"namespaces/{fresh}/tables/t"
        status, error = self.call(rest, "POST", path, {"requirements": [stale], "updates": [update]})
        assert (status, error["error"]["type"]) == (409, "CommitFailedException")
        assert self.call(rest, "GET", path)[1]["metadata-location"] == table["metadata-location"]
        status, committed = self.call(rest, "POST", path, {"requirements": [current], "updates": [update]})
        assert status == 200
        assert committed["metadata"]["properties"]["loaded"] == "yes"

    def test_a_table_is_made_once_and_its_metadata_is_where_it_says(self, rest, fresh):
        status, table = self.make_table(rest, fresh)
        assert status == 200
        assert table["metadata"]["location"] == f"{rest.warehouse_uri}/{fresh}/t"
        location = table["metadata-location"]
        assert location.startswith(table["metadata"]["location"])
        with open(location.removeprefix("file://")) as file:
            assert json.load(file)["table-uuid"] == table["metadata"]["table-uuid"]
        status, error = self.call(rest, "POST", f"namespaces/{fresh}/tables", self.TABLE)
        assert (status, error["error"]["type"]) == (409, "AlreadyExistsException")

    def test_what_is_not_there_is_404(self, rest, fresh):
        status, error = self.call(rest, "GET", f"namespaces/{fresh}/tables/t")
        assert (status, error["error"]["type"]) == (404, "NoSuchTableException")


class TestPostgres:
    def test_answers_and_keeps_what_it_committed(self, postgres):
        postgres.query("CREATE TABLE kept (n bigint)")
        postgres.query("INSERT INTO kept SELECT 1 UNION ALL SELECT 2")
        assert postgres.query("SELECT sum(n) FROM kept") == "3"

    def test_wants_the_password(self, postgres):
        with pytest.raises(ServerError, match="password authentication failed"):
            postgres.query("SELECT 1", password="not-the-password")

    def test_listens_on_loopback_only(self, postgres):
        assert postgres.query("SHOW listen_addresses") == "127.0.0.1"


def test_a_server_leaves_nothing_behind(tmp_path, versitygw):
    with type(versitygw)(tmp_path) as second:
        process = second.process
        assert process.poll() is None
        assert second.port != versitygw.port
    assert process.returncode is not None


def test_a_server_that_cannot_start_shows_its_log(tmp_path, versitygw):
    missing = type(versitygw)(tmp_path / "no-such-folder")
    with pytest.raises(ServerError, match=r"versitygw does not start(.|\n)*no-such-folder"):
        missing.__enter__()
