"""What the cloud's figures need besides the server tests' harness: a quick S3 server, counters of S3's and SQS's requests."""

import collections
import http.client
import http.server
import json
import math
import os
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "servers"))
from aws_flow import VersitygwFlow
from local_http import LocalHttp
from servers import HOST, ROOT, Versitygw

OPTIMISED = ROOT / "build" / "bench" / "versitygw"
SQS_UNIT_BYTES = 64 * 1024  # each of them is billed as a request
S3_KINDS = ("get", "list", "head", "put", "delete")


class QuickVersitygw(Versitygw):
    """The optimised build where there is one (tools/bench.sh makes it): the tests' one is compiled without optimisation."""

    @property
    def optimised(self):
        return OPTIMISED.exists()

    def command(self):
        words = super().command()
        return [OPTIMISED, *words[1:]] if self.optimised else words

    def cpu_seconds(self):
        """User and system time of the server so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def log_size(self):
        return self.log.stat().st_size

    def requests_since(self, offset):
        """S3_KINDS counted in the access log from a byte offset (log_size) on. POST is a put: they cost the same."""
        with open(self.log, "rb") as log:
            log.seek(offset)
            lines = log.read().decode(errors="replace").splitlines()
        counts = collections.Counter({kind: 0 for kind in S3_KINDS})
        for line in lines:
            cells = [cell.strip() for cell in line.split(" | ")]
            if len(cells) < 7 or cells[1] != "vgw":
                continue
            method, query = cells[5], cells[-1].lstrip("| ")
            if method == "GET" and "list-type=" in query:
                counts["list"] += 1
            else:
                counts["put" if method == "POST" else method.lower()] += 1
        return counts


class QuickFlow(VersitygwFlow):
    """The server tests' flow on the quick S3 server."""

    s3_class = QuickVersitygw


class CountingProxy(LocalHttp):
    """Between clients and an SQS server on this machine: counts what SQS would bill, operation by operation.

    A receive that brought nothing is counted apart, as EMPTY: pollers make them whether there is work or not.
    """

    EMPTY = "ReceiveMessage, empty"

    def __init__(self, port):
        self._lock = threading.Lock()
        self._counts = collections.Counter()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            connection_to_server = None

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.connection_to_server is None:
                    self.connection_to_server = http.client.HTTPConnection(HOST, port, timeout=60)
                headers = {key: value for key, value in self.headers.items() if key.lower() != "host"}
                self.connection_to_server.request("POST", self.path, body, headers)
                response = self.connection_to_server.getresponse()
                answer = response.read()
                proxy._count(self.headers.get("X-Amz-Target", ""), body, answer)
                self.send_response(response.status)
                for key, value in response.headers.items():
                    if key.lower() not in ("server", "date", "content-length", "transfer-encoding", "connection"):
                        self.send_header(key, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def finish(self):
                if self.connection_to_server is not None:
                    self.connection_to_server.close()
                super().finish()

            def log_message(self, *_):
                pass

        super().__init__(Handler)

    def _count(self, target, body, answer):
        operation = target.rpartition(".")[2] or "unknown"
        if operation == "ReceiveMessage" and not json.loads(answer or b"{}").get("Messages"):
            operation = self.EMPTY
        units = max(1, math.ceil(max(len(body), len(answer)) / SQS_UNIT_BYTES))
        with self._lock:
            self._counts[operation] += units

    def take(self):
        """The counts since the last call."""
        with self._lock:
            counts, self._counts = self._counts, collections.Counter()
        return counts
