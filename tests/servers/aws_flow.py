"""The cloud's part of an end-to-end flow: a bucket that files land in, a queue that hears of them, a queue for chunks.

    with MotoFlow() as flow:                      # or VersitygwFlow(folder)
        run("calve", "worker", ..., env=os.environ | flow.environment())
        flow.upload("trips.csv", "in/trips.csv")
        wait_until(lambda: flow.is_idle(), "the queues to run empty")

MotoFlow is S3, SQS, its notifications and Glue in one server that believes every client. VersitygwFlow is made of servers
that are strict, each in its own way: versitygw for S3 (its events go through Bridge) and ElasticMQ for SQS; no Glue.
"""

import contextlib
import http.server
import json
import urllib.parse

from local_http import LocalHttp
from servers import ElasticMq, Moto, Versitygw

LANDING = "landing"  # the bucket of the source files
LAKE = "lake"  # the bucket of the tables
EVENTS = "events"  # the queue of S3's notifications
CHUNKS = "chunks"  # the queue of the chunks
MAX_RECEIVES = 3


def aws_notification(event, size_of):
    """versitygw's event as S3 writes it: names without their prefix, keys form-encoded, ETags bare, true sizes, no empty
    versions. `size_of(bucket, key)` gives the size where versitygw reports 0, as it does for multipart uploads."""
    records = []
    for record in event.get("Records", []):
        name = record["eventName"].removeprefix("s3:")
        if not name.startswith("ObjectCreated:"):
            continue
        bucket, found = record["s3"]["bucket"]["name"], record["s3"]["object"]
        made = {
            "key": urllib.parse.quote_plus(found["key"], safe="/"),
            "size": found["size"] or size_of(bucket, found["key"]),
            "eTag": (found["eTag"] or "").strip('"'),
            "sequencer": f"{int(found['sequencer'], 16):016X}",
        }
        if found.get("versionId"):
            made["versionId"] = found["versionId"]
        s3 = {
            "s3SchemaVersion": "1.0",
            "configurationId": LANDING,
            "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            "object": made,
        }
        kept = {key: record[key] for key in ("awsRegion", "eventTime")}
        records.append({"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": name, "s3": s3} | kept)
    return {"Records": records} if records else None


class Bridge(LocalHttp):
    """A web hook for versitygw: what is created in LANDING becomes a message of a queue. versitygw calls it after its own
    answer to the client, so that a file may be there before its message, as on S3. The server's test event is passed on."""

    def __init__(self):
        self.seen = []  # names of the events that came, delivered or not
        self.failures = []  # what went wrong, in words
        self._deliver = None
        bridge = self

        class Handler(http.server.BaseHTTPRequestHandler):
            timeout = 30

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(bridge.receive(body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        super().__init__(Handler)

    def connect(self, sqs, queue_url, s3):
        """From here on events are delivered. The ones before were of no file: buckets come later."""

        def size_of(bucket, key):
            return s3.head_object(Bucket=bucket, Key=key)["ContentLength"]

        def deliver(event):
            message = aws_notification(event, size_of)
            if message and message["Records"][0]["s3"]["bucket"]["name"] == LANDING:
                sqs.send_message(QueueUrl=queue_url, MessageBody=json.dumps(message))

        # What S3 sends to a queue that has just been configured.
        test_event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": LANDING}
        sqs.send_message(QueueUrl=queue_url, MessageBody=json.dumps(test_event))
        self._deliver = deliver

    def receive(self, body):
        """Takes one event; the HTTP status of the answer."""
        try:
            event = json.loads(body)
            if self._deliver:
                self._deliver(event)
            self.seen += [record["eventName"] for record in event.get("Records", [])]
        except Exception as error:  # whatever it is, the test must hear of it
            self.failures.append(f"{error!r} on {body[:500]!r}")
            return 500
        return 200


class Flow:
    """What both flows share. Needs self.s3_server and self.sqs_server, running; makes buckets and queues."""

    s3_server = sqs_server = None

    def set_up(self, visibility_s):
        self.s3 = self.s3_server.client("s3")
        self.sqs = self.sqs_server.client("sqs")
        for bucket in (LANDING, LAKE):
            self.s3.create_bucket(Bucket=bucket)
        self.queues = {name: self._make_queue(name, visibility_s) for name in (EVENTS, CHUNKS)}

    def _arn(self, url):
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def _make_queue(self, name, visibility_s):
        """A queue with its dead-letter queue; its URL."""
        dead = self._arn(self.sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"])
        redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": MAX_RECEIVES})
        attributes = {"VisibilityTimeout": str(visibility_s), "RedrivePolicy": redrive}
        return self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def environment(self):
        """For any program that speaks to AWS and reads AWS's environment variables."""
        return self.s3_server.credentials() | {
            "AWS_ENDPOINT_URL_S3": self.s3_server.endpoint,
            "AWS_ENDPOINT_URL_SQS": self.sqs_server.endpoint,
        }

    def upload(self, path, key):
        """Puts a file into the landing bucket; its URI."""
        self.s3.upload_file(str(path), LANDING, key)
        return f"s3://{LANDING}/{key}"

    def pending(self, queue):
        """How many messages a queue has, waiting or being worked on; the dead ones are in `queue`-dead."""
        url = self.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        counts = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return int(counts["ApproximateNumberOfMessages"]) + int(counts["ApproximateNumberOfMessagesNotVisible"])

    def is_idle(self):
        """Nothing to do, nothing being done. Only means something once the work is known to have begun."""
        return all(self.pending(queue) == 0 for queue in (EVENTS, CHUNKS))

    def dead(self):
        """Bodies of the messages in the dead-letter queues, which stay there."""
        bodies = []
        for queue in (EVENTS, CHUNKS):
            url = self.sqs.get_queue_url(QueueName=f"{queue}-dead")["QueueUrl"]
            while found := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60).get(
                "Messages"
            ):
                bodies += [message["Body"] for message in found]
                entries = [
                    {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 60}
                    for n, message in enumerate(found)
                ]
                self.sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)
        return bodies

    def objects(self, bucket, prefix=""):
        """Keys of a bucket."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


class MotoFlow(Flow):
    """S3 -> SQS by moto's own notifications, and Glue."""

    def __init__(self, visibility_s=60):
        self.visibility_s = visibility_s
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.s3_server = self.sqs_server = stack.enter_context(Moto())
            self.set_up(self.visibility_s)
            target = {"QueueArn": self._arn(self.queues[EVENTS]), "Events": ["s3:ObjectCreated:*"]}
            self.s3.put_bucket_notification_configuration(
                Bucket=LANDING, NotificationConfiguration={"QueueConfigurations": [target]}
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def environment(self):
        return super().environment() | {"AWS_ENDPOINT_URL_GLUE": self.s3_server.endpoint}


class VersitygwFlow(Flow):
    """S3 by versitygw on a folder, SQS by ElasticMQ, the bridge between them."""

    s3_class = Versitygw

    def __init__(self, folder, visibility_s=60):
        self.folder = folder
        self.visibility_s = visibility_s
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.bridge = stack.enter_context(Bridge())
            self.s3_server = stack.enter_context(self.s3_class(self.folder, self.bridge.endpoint))
            self.sqs_server = stack.enter_context(ElasticMq())
            self.set_up(self.visibility_s)
            self.bridge.connect(self.sqs, self.queues[EVENTS], self.s3)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()
