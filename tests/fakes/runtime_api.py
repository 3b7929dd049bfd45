#!/usr/bin/env python3
"""A Lambda runtime API on loopback, with the life of the process behind it: for end-to-end tests and cold-start figures.

    runtime_api.py [--port N] [--timeout SECONDS] -- COMMAND [ARGUMENTS]...

starts COMMAND at the first invocation, with AWS_LAMBDA_RUNTIME_API in its environment, and serves
POST /2015-03-31/functions/function/invocations: the body is the event, the answer is what the process said. As the real
runtime emulator has been seen to do: a response and an error both come with status 200, a process that exits gives 502
with Runtime.ExitError and is started again by the next invocation, a time-out gives 200 with plain text and kills the
process. One invocation at a time, as in a real execution environment.

Towards the process it is strict where the API documentation is: a result for an id that is not open gets 400
InvalidRequestID, a second result or an init error after the first /next gets 403 InvalidStateTransition, a response of
more than 6 MB gets 413 RequestEntityTooLarge (the invocation stays open for an /error), everything else 202.

As a module: `with RuntimeApi(command, ...) as api: outcome = api.invoke(payload)`. `command=None`: the process is
somebody else's, who gives it `api.address`. `lose_answers` makes it act and then break the connection, which is how a
lost answer looks.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = "/2018-06-01/runtime/"
INVOKE = "/2015-03-31/functions/function/invocations"
MAX_RESPONSE_BYTES = 6 * 1024 * 1024
ARN = "arn:aws:lambda:us-east-1:012345678912:function:function"


@dataclass
class Outcome:
    """What became of an invocation. kind: response, error, init-error, exit or timeout."""

    kind: str
    body: bytes
    error_type: str = ""  # Lambda-Runtime-Function-Error-Type of an error.
    seconds: float = 0.0  # From the call of invoke; the start of a process is in it.
    cold: bool = False  # A process was started for it.

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class _Invocation:
    payload: bytes
    request_id: str
    deadline_ms: int
    trace_id: str
    delivered: bool = False
    outcome: Outcome | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def finish(self, outcome):
        """The first outcome stands. True when this was it."""
        if self.outcome is not None:
            return False
        self.outcome = outcome
        self.done.set()
        return True


class RuntimeApi:
    """Thread-safe. A context manager; leaving it ends the process (SIGTERM, then SIGKILL) and the server."""

    def __init__(self, command=None, port=0, timeout_seconds=60.0, env=None, stderr=None, stdout=None):
        self.command = command
        self.timeout_seconds = timeout_seconds
        self.env = dict(os.environ if env is None else env)
        self.stderr = stderr
        self.stdout = stdout
        self.process = None
        self.last_exit_code = None
        self.starts = 0  # Of the process.
        self.requests = []  # (method, path) as they came.
        self.lose_answers = {}  # {"response" | "error" | "next": how many of them}
        self._lock = threading.Condition()
        self._invoking = threading.Lock()
        self._current = None  # The invocation that is open or waits for /next.
        self._finished_ids = set()
        self._asked_next = False  # By the process that runs now.
        self._init_error = None
        self._lost_delivery = False  # The answer to /next that held the current invocation was lost.
        self._waiting = 0  # Connections in /next.
        self._closing = False
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.api = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def address(self):
        """host:port, the value of AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        self.stop_process()
        self._server.shutdown()
        self._server.server_close()

    def invoke(self, payload, timeout_seconds=None, trace_id="Root=1-0;Sampled=0", while_waiting=None):
        """Sends one event (bytes, str, or anything that JSON takes) and waits for its Outcome.

        `while_waiting` is called once the process is there, before the wait.
        """
        if not isinstance(payload, bytes):
            payload = (payload if isinstance(payload, str) else json.dumps(payload)).encode()
        timeout = self.timeout_seconds if timeout_seconds is None else timeout_seconds
        with self._invoking:
            began = time.monotonic()
            invocation = _Invocation(payload, str(uuid.uuid4()), int((time.time() + timeout) * 1000), trace_id)
            with self._lock:
                self._current = invocation
                self._lock.notify_all()
            cold = self.start_process()
            if while_waiting is not None:
                while_waiting()
            outcome = self._await(invocation, began + timeout)
            outcome.seconds, outcome.cold = time.monotonic() - began, cold
            return outcome

    def _await(self, invocation, deadline):
        while not invocation.done.wait(0.002 if self.command else 0.02):
            if self.process is not None and self.process.poll() is not None:
                # What it posted before it ended has been handled by now, or is on its way through a handler thread.
                if invocation.done.wait(0.2):
                    break
                code = self._forget_process()
                body = {"errorType": "Runtime.ExitError", "errorMessage": f"exit status {code}"}
                with self._lock:
                    if self._init_error is not None:
                        invocation.finish(self._init_error)
                    invocation.finish(Outcome("exit", json.dumps(body).encode()))
            elif time.monotonic() >= deadline:
                text = f"Task timed out after {self.timeout_seconds:.2f} seconds"
                with self._lock:
                    timed_out = invocation.finish(Outcome("timeout", text.encode()))
                if timed_out and self.process is not None:
                    self.process.kill()
                    self.process.wait()
                    self._forget_process()
        with self._lock:
            self._finished_ids.add(invocation.request_id)
            if self._current is invocation:
                self._current = None
        return invocation.outcome

    def start_process(self):
        """Starts the command unless it runs. True when it did."""
        if self.command is None:
            return False
        if self.process is not None and self.process.poll() is None:
            return False
        self._forget_process()
        self.starts += 1
        env = {**self.env, "AWS_LAMBDA_RUNTIME_API": self.address}
        self.process = subprocess.Popen(
            self.command, env=env, stdin=subprocess.DEVNULL, stderr=self.stderr, stdout=self.stdout
        )
        return True

    def stop_process(self, grace_seconds=2.0):
        """SIGTERM, then SIGKILL. The exit code (negative: the signal), or None when there was no process."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(grace_seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self._forget_process()

    def wait_until_idle(self, timeout_seconds=10.0):
        """Until the process waits in /next with nothing to do: True, or False when it does not come to that."""
        with self._lock:
            return self._lock.wait_for(lambda: self._asked_next and self._waiting > 0, timeout_seconds)

    def _forget_process(self):
        if self.process is not None:
            self.last_exit_code = self.process.poll()
        self.process = None
        with self._lock:
            self._asked_next = False
        return self.last_exit_code

    # What the process calls. Each answers (status, headers, body), or None for a broken connection.

    def next(self, connection):
        with self._lock:
            current = self._current
            if current is not None and current.delivered and current.outcome is None and not self._lost_delivery:
                return _refuse(403, "InvalidStateTransition", "the invocation before has no result")
            self._asked_next, self._init_error = True, None
            self._waiting += 1
            self._lock.notify_all()
            try:
                while not self._deliverable():
                    self._lock.wait(0.05)
                    if self._closing or _gone(connection):
                        return None
            finally:
                self._waiting -= 1
            invocation = self._current
            invocation.delivered, self._lost_delivery = True, False
            if self._loses("next"):
                self._lost_delivery = True  # It is handed out again.
                return None
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        return 200, headers, invocation.payload

    def _deliverable(self):
        current = self._current
        return current is not None and current.outcome is None and (not current.delivered or self._lost_delivery)

    def result(self, request_id, verb, body, error_type):
        with self._lock:
            current = self._current
            if current is None or current.request_id != request_id or not current.delivered:
                if request_id in self._finished_ids:
                    return _refuse(403, "InvalidStateTransition", "the invocation has its result")
                return _refuse(400, "InvalidRequestID", "no such invocation")
            if verb == "response" and len(body) > MAX_RESPONSE_BYTES:
                return _refuse(413, "RequestEntityTooLarge", f"{len(body)} bytes")
            if not current.finish(Outcome(verb, body, error_type)):
                return _refuse(403, "InvalidStateTransition", "the invocation has its result")
            if self._loses(verb):
                return None
        return 202, {}, b'{"status":"OK"}'

    def init_error(self, body, error_type):
        with self._lock:
            if self._asked_next:
                return _refuse(403, "InvalidStateTransition", "the runtime has begun")
            self._init_error = Outcome("init-error", body, error_type)
        return 202, {}, b'{"status":"OK"}'

    def _loses(self, what):
        left = self.lose_answers.get(what, 0)
        self.lose_answers[what] = max(left - 1, 0)
        return left > 0


def _refuse(status, error_type, message):
    return status, {}, json.dumps({"errorType": error_type, "errorMessage": message}).encode()


def _gone(connection):
    """True when the other side has closed: its death must not swallow the next invocation."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A process that ends while it waits in /next is no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._serve(b"")

    def do_POST(self):
        self._serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _serve(self, body):
        api = self.server.api
        if self.command == "POST" and self.path == INVOKE:
            outcome = api.invoke(body)
            return self._answer((502 if outcome.kind == "exit" else 200, {}, outcome.body))
        api.requests.append((self.command, self.path))
        parts = self.path.removeprefix(VERSION).split("/") if self.path.startswith(VERSION) else []
        error_type = self.headers.get("Lambda-Runtime-Function-Error-Type", "")
        if self.command == "GET" and parts == ["invocation", "next"]:
            self._answer(api.next(self.connection))
        elif self.command == "POST" and parts == ["init", "error"]:
            self._answer(api.init_error(body, error_type))
        elif (
            self.command == "POST"
            and len(parts) == 3
            and parts[0] == "invocation"
            and parts[2] in ("response", "error")
        ):
            self._answer(api.result(parts[1], parts[2], body, error_type))
        else:
            self._answer(_refuse(404, "NotFound", self.path))

    def _answer(self, answer):
        if answer is None:
            self.close_connection = True
            return
        try:
            self._write(*answer)
        except OSError:  # The process has gone meanwhile.
            self.close_connection = True

    def _write(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=60.0)
    parser.add_argument("command", nargs="+", help="the runtime to start, with its arguments, behind --")
    options = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with RuntimeApi(options.command, options.port, options.timeout) as api:
        print(f"http://{api.address}{INVOKE}", flush=True)
        stopped.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
