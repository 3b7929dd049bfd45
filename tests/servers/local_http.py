"""A small HTTP server of a test's own: on a free loopback port, in threads, for as long as it is entered."""

import http.server
import sys
import threading

from servers import HOST


class LocalHttp:
    """Serves `handler`, a class of http.server's. Clients that go away in the middle are not worth a word."""

    def __init__(self, handler):
        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                if not isinstance(sys.exc_info()[1], ConnectionError):
                    super().handle_error(request, client_address)

        self._server = Server((HOST, 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def endpoint(self):
        return f"http://{HOST}:{self._server.server_port}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
