"""A queue that stops answering does not keep a worker from ending when it is told to."""

import json
import signal
import socket
import threading
import time

from cli_support import calve
from test_worker import make_csv, start_worker


class HangingSqs:
    """Speaks as much of SQS as a worker needs, and never answers the operations in `hangs`."""

    def __init__(self, hangs, bodies=()):
        self.hangs = set(hangs)
        self.bodies = list(bodies)
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/1"
        threading.Thread(target=self._accept, daemon=True).start()

    def wait_for(self, operation):
        deadline = time.monotonic() + 30
        while operation not in self.asked:
            assert time.monotonic() < deadline, f"nobody asked for {operation}: {self.asked}"
            time.sleep(0.02)

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        stream = connection.makefile("rwb")
        while True:
            if not stream.readline():
                return
            headers = {}
            while (line := stream.readline().decode().strip()) != "":
                name, value = line.split(":", 1)
                headers[name.lower()] = value.strip()
            request = json.loads(stream.read(int(headers.get("content-length", "0"))) or b"{}")
            operation = headers["x-amz-target"].split(".")[1]
            self.asked.append(operation)
            if operation in self.hangs:
                threading.Event().wait()
            answer = json.dumps(self._answer(operation, request)).encode()
            head = (
                f"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {len(answer)}\r\n\r\n"
            )
            stream.write(head.encode() + answer)
            stream.flush()

    def _answer(self, operation, request):
        if operation == "ReceiveMessage" and self.bodies and request["QueueUrl"].endswith("/events"):
            body = self.bodies.pop(0)
            message = {"MessageId": "m1", "ReceiptHandle": "r1", "Body": body,
                       "Attributes": {"ApproximateReceiveCount": "1"}}  # fmt: skip
            return {"Messages": [message]}
        if operation == "ReceiveMessage":
            time.sleep(0.2)
        if operation == "GetQueueAttributes":
            return {"Attributes": {"VisibilityTimeout": "30", "ApproximateNumberOfMessages": "0"}}
        return {}


def start(tmp_path, sqs, *more):
    return start_worker(
        tmp_path, "--queue", f"{sqs.url}/chunks", "--events", f"{sqs.url}/events", "--threads", "1", *more,
        AWS_ENDPOINT_URL_SQS=sqs.url.removesuffix("/1"), AWS_ACCESS_KEY_ID="k", AWS_SECRET_ACCESS_KEY="s",
        AWS_REGION="eu-west-1",
    )  # fmt: skip


def seconds_to_end(worker):
    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    try:
        worker.said = worker.communicate(timeout=40)[1]
    finally:
        worker.kill()
    return time.monotonic() - began


def test_a_receive_that_hangs(tmp_path):
    sqs = HangingSqs(hangs={"ReceiveMessage"})
    worker = start(tmp_path, sqs)
    sqs.wait_for("ReceiveMessage")
    assert seconds_to_end(worker) < 5
    assert worker.returncode == 0
    assert "warning" not in worker.said, "to be told to stop is no trouble"


def test_answers_and_heartbeats_that_hang(tmp_path):
    """The drain time-out, some seconds for last words, and no more: what is in hand comes back by itself."""
    make_csv(tmp_path / "in.csv", 100)
    source = str(tmp_path / "in.csv")
    body = json.dumps({"calve": "source", "version": 1, "uri": source})
    sqs = HangingSqs(hangs={"SendMessageBatch", "ChangeMessageVisibility", "DeleteMessage"}, bodies=[body])
    worker = start(tmp_path, sqs, "--drain-timeout", "1s", "--visibility-timeout", "3s")
    sqs.wait_for("SendMessageBatch")
    sqs.wait_for("ChangeMessageVisibility")
    assert seconds_to_end(worker) < 12
    # Nothing is lost by it: a worker whose queue answers finds what there is to do.
    assert calve("backfill", source, "--table", "db.t", cwd=tmp_path).code == 0
    assert calve("worker", "--table", "db.t", "--until-empty", cwd=tmp_path).code == 0
    counted = calve("query", "SELECT count(*) AS n FROM db.t", "--format", "json", cwd=tmp_path)
    assert counted.json() == [{"n": 100}]
