"""The HTTP end: requests on loopback enter, routes answer them, replies (or closed connections) leave."""

import socket
import threading
import time
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.fake_slack.reply import Reply, Request

Answer = Callable[[Request], Reply]
Upgrade = Callable[[Request, socket.socket], None]


class Server(ThreadingHTTPServer):
    """Serves in threads until it is closed; `answer` replies, `upgrade` takes over connections of WebSocket."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, port: int, answer: Answer, upgrade: Upgrade, trouble: Callable[[str], None]) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answer, self.upgrade, self.trouble = answer, upgrade, trouble
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="fake-slack", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; what is being answered is answered still."""
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """A client that went away is its own business; a mistake of the fake must not stay unseen."""
        text = traceback.format_exc()
        if not any(name in text for name in ("BrokenPipeError", "ConnectionResetError", "TimeoutError")):
            self.trouble(text)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        request = self._request()
        if request.headers.get("upgrade", "").lower() == "websocket":
            self.close_connection = True
            self.server.upgrade(request, self.connection)
            return
        self._send(self.server.answer(request))

    def do_POST(self) -> None:
        self._send(self.server.answer(self._request()))

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(verb=self.command, path=parts.path, query=parts.query, headers=headers, body=body)

    def _send(self, reply: Reply) -> None:
        self.close_connection = True
        if reply.delay:
            time.sleep(reply.delay)
        if reply.drop:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(reply.status)
        headers = {**reply.headers, "Content-Length": str(len(reply.body)), "Connection": "close"}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: Any) -> None:
        """Say nothing; `slack.calls` holds what was called."""
