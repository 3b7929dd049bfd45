"""Lambda's event source mapping in small: polls a queue, invokes a function over the Runtime API, deletes what succeeded.

As AWS documents it: a batch of up to ten messages, deleted only when the function's answer names them in no
batchItemFailures; a function that fails, ends or times out leaves all of them to their visibility time-out.
"""

import json
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fakes"))
from runtime_api import RuntimeApi


class Mapping:
    """One function behind one queue: `concurrency` execution environments, each a process of its own."""

    def __init__(
        self, sqs, queue_url, command, env, concurrency=1, batch=10, timeout_seconds=60, stderr=None, stdout=None
    ):
        self.sqs = sqs
        self.url = queue_url
        self.batch = batch
        self.arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.outcomes = []
        self._stop = threading.Event()
        self.functions = [
            RuntimeApi(command, env=env, timeout_seconds=timeout_seconds, stderr=stderr, stdout=stdout)
            for _ in range(concurrency)
        ]
        self._threads = [threading.Thread(target=self._poll, args=(function,)) for function in self.functions]

    def __enter__(self):
        for function in self.functions:
            function.__enter__()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for function in self.functions:
            function.close()

    def _poll(self, function):
        while not self._stop.is_set():
            found = self.sqs.receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=self.batch, WaitTimeSeconds=1, AttributeNames=["All"]
            ).get("Messages", [])
            if found:
                self._invoke(function, found)

    def _invoke(self, function, messages):
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": self.arn,
                "awsRegion": "us-east-1",
            }
            for message in messages
        ]
        outcome = function.invoke({"Records": records})
        self.outcomes.append(outcome)
        if outcome.kind != "response":
            return
        failed = {item["itemIdentifier"] for item in json.loads(outcome.body)["batchItemFailures"]}
        for message in messages:
            if message["MessageId"] not in failed:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
