#!/usr/bin/env python3
"""The Lambda runtime loop (lambda_tool) against the runtime API of tests/fakes: check_lambda.py LAMBDA_TOOL"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "fakes"))
from runtime_api import INVOKE, RuntimeApi

TOOL = sys.argv[1]
QUIET = subprocess.DEVNULL
# A proxy that is not there: the runtime API must not be asked through it.
ENV = {**os.environ, "http_proxy": "http://127.0.0.1:1", "no_proxy": ""}


def api(**options):
    return RuntimeApi([TOOL], env={**ENV, **options.pop("env", {})}, stderr=QUIET, **options)


def check_warm_reuse_and_fields():
    with api() as runtime:
        first = runtime.invoke({"do": "echo", "text": "é\n\u0000"}, timeout_seconds=30, trace_id="Root=1-a")
        second = runtime.invoke({"do": "echo"}, timeout_seconds=30, trace_id="Root=1-b")
        assert first.kind == second.kind == "response", (first, second)
        assert first.cold and not second.cold
        assert first.json["event"]["text"] == "é\n\u0000"
        assert first.json["pid"] == second.json["pid"] and runtime.starts == 1
        assert (first.json["trace"], second.json["trace"]) == ("Root=1-a", "Root=1-b")
        assert 20_000 < first.json["remaining_ms"] <= 28_000, first.json
        assert first.json["arn"].startswith("arn:aws:lambda:")


def check_partial_batch():
    def record(message_id, body):
        return {"messageId": message_id, "receiptHandle": "r", "body": body, "eventSource": "aws:sqs"}

    with api() as runtime:
        batch = {"Records": [record("a", "ok"), record("b", "fail"), record("c", {}), record("d", "ok")]}
        failures = runtime.invoke(batch).json["batchItemFailures"]
        assert sorted(f["itemIdentifier"] for f in failures) == ["b", "c"], failures


def check_errors_do_not_end_the_process():
    with api() as runtime:
        failed = runtime.invoke({"do": "fail"})
        assert failed.kind == "error" and failed.error_type == "Calve.BadData", failed
        assert failed.json == {"errorMessage": "told to fail \ufffd", "errorType": "Calve.BadData", "stackTrace": []}
        big = runtime.invoke({"do": "big"})
        assert big.kind == "error" and big.error_type == "Calve.AnswerTooLarge", big
        assert runtime.invoke({"do": "echo"}).kind == "response" and runtime.starts == 1


def check_ends_and_starts_again():
    with api() as runtime:
        gone = runtime.invoke({"do": "exit"})
        assert gone.kind == "exit" and gone.json["errorType"] == "Runtime.ExitError", gone
        assert runtime.last_exit_code == 3
        assert runtime.invoke({"do": "echo"}).cold
        thrown = runtime.invoke({"do": "throw"})
        assert thrown.kind == "error" and "told to throw" in thrown.json["errorMessage"], thrown
        runtime.process.wait(10)
        assert runtime.process.returncode == 1
        late = runtime.invoke({"do": "hang"}, timeout_seconds=0.5)
        assert late.kind == "timeout" and late.body.startswith(b"Task timed out after"), late
        assert runtime.invoke({"do": "echo"}).kind == "response"


def check_lost_answers():
    with api() as runtime:
        runtime.lose_answers = {"response": 1, "error": 1, "next": 1}
        assert runtime.invoke({"do": "echo"}).kind == "response"
        assert runtime.invoke({"do": "fail"}).kind == "error"
        assert runtime.invoke({"do": "echo"}).kind == "response"
        assert runtime.starts == 1 and runtime.process.poll() is None
        posted = [path for method, path in runtime.requests if method == "POST"]
        assert len(posted) == 5, posted  # Two of the three were posted twice.


def check_init_error():
    with api(env={"LAMBDA_TOOL_INIT_ERROR": "no table is named"}) as runtime:
        outcome = runtime.invoke({"do": "echo"})
        assert outcome.kind == "init-error" and outcome.error_type == "Calve.InvalidArgument", outcome
        assert outcome.json["errorMessage"] == "no table is named"
        assert runtime.last_exit_code == 1


def check_termination():
    with api() as runtime:
        runtime.invoke({"do": "echo"})
        assert runtime.wait_until_idle()
        process, began = runtime.process, time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        # Lambda gives half a second from SIGTERM to SIGKILL; the signal wakes the poll, nothing waits for a tick.
        idle_seconds = time.monotonic() - began
        assert idle_seconds < 0.5, idle_seconds

        with tempfile.TemporaryDirectory() as scratch:
            begun = Path(scratch) / "begun"
            os.mkfifo(begun)

            def terminate():
                begun.read_bytes()  # Ends when the handler has opened and closed it.
                runtime.process.send_signal(signal.SIGTERM)

            outcome = runtime.invoke({"do": "await-stop", "fifo": str(begun)}, while_waiting=terminate)
        assert outcome.kind == "response" and outcome.json == "stopped", outcome
        assert runtime.process.wait(10) == 0
        print(f"SIGTERM to exit while idle: {idle_seconds * 1000:.0f} ms")


def check_unreachable_api():
    # Nobody listens there: bounded tries, then a non-zero code and a line that says so.
    env = {**ENV, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"}
    done = subprocess.run([TOOL], env=env, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1 and b"the Lambda runtime ends" in done.stdout + done.stderr, done


def check_the_command_line():
    script = Path(__file__).resolve().parents[1] / "fakes" / "runtime_api.py"
    command = [sys.executable, str(script), "--", TOOL]
    server = subprocess.Popen(command, env=ENV, stdout=subprocess.PIPE, stderr=QUIET, text=True)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        url = server.stdout.readline().strip()
        assert url.endswith(INVOKE), url
        with opener.open(url, json.dumps({"do": "echo", "n": 1}).encode(), timeout=30) as answer:
            assert answer.status == 200 and json.load(answer)["event"]["n"] == 1
        try:
            opener.open(url, b'{"do":"exit"}', timeout=30)
            raise AssertionError("the exit of the process must be a 502")
        except urllib.error.HTTPError as error:
            assert error.code == 502 and json.load(error)["errorType"] == "Runtime.ExitError"
    finally:
        server.terminate()
        assert server.wait(20) == 0


def main():
    checks = [(name, check) for name, check in globals().items() if name.startswith("check_")]
    for name, check in checks:
        check()
        print(f"{name}: ok")


if __name__ == "__main__":
    main()
