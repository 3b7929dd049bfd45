"""A REST catalog that vends credentials: a real one, behind a proxy that adds them to what it tells of tables."""

import http.client
import http.server
import json

from local_http import LocalHttp
from servers import HOST


class VendingProxy(LocalHttp):
    """Adds `vend()`'s storage-credentials to every LoadTableResult of the REST catalog on `port`, and `config` to what
    its configuration overrides."""

    def __init__(self, port, vend, config=None):
        proxy = self
        self.vended = 0  # LoadTableResults that have gone through
        self.asked = []  # what clients say that they take

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            timeout = 60

            def forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                upstream = http.client.HTTPConnection(HOST, port, timeout=60)
                skipped = ("host", "connection", "accept-encoding", "content-length")
                headers = {key: value for key, value in self.headers.items() if key.lower() not in skipped}
                upstream.request(self.command, self.path, body, headers)
                response = upstream.getresponse()
                answer = response.read()
                upstream.close()
                # A commit is answered with the metadata too, but not with credentials.
                is_commit = b'"requirements"' in body
                if response.status == 200 and not is_commit and "/tables" in self.path:
                    table = json.loads(answer or b"{}")
                    if "metadata" in table:
                        proxy.vended += 1
                        proxy.asked.append(self.headers.get("X-Iceberg-Access-Delegation", ""))
                        table["storage-credentials"] = vend()
                        answer = json.dumps(table).encode()
                if response.status == 200 and config and self.path.startswith("/v1/config"):
                    told = json.loads(answer)
                    told["overrides"] = {**told.get("overrides", {}), **config}
                    answer = json.dumps(told).encode()
                self.send_response(response.status)
                self.send_header("Content-Type", response.headers.get("Content-Type", "application/json"))
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_POST = do_DELETE = do_HEAD = forward

            def log_message(self, *_):
                pass

        super().__init__(Handler)
