"""A server that answers wrongly on purpose: one behavior enters, an address leaves, and what was asked is counted."""

import socket
import socketserver
import threading
from collections.abc import Callable
from typing import Any, Self, cast

Behavior = Callable[[socket.socket, threading.Event], None]
"""What is done with a connection; the event is set when the server ends."""


def read_request(connection: socket.socket) -> bytes:
    """The whole request, headers and body."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += connection.recv(65_536)
    headers, _, body = read.partition(b"\r\n\r\n")
    lengths = [line for line in headers.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < length:
        body += connection.recv(65_536)
    return headers + b"\r\n\r\n" + body


def answer(status: str, body: bytes = b"", *headers: str) -> Behavior:
    """Read the request, answer this."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    whole = "\r\n".join([*lines, "", ""]).encode() + body

    def act(connection: socket.socket, _: threading.Event) -> None:
        read_request(connection)
        connection.sendall(whole)

    return act


def json_answer(body: str, *headers: str, status: str = "200 OK") -> Behavior:
    """Read the request, answer this JSON."""
    return answer(status, body.encode(), "Content-Type: application/json; charset=utf-8", *headers)


def drop_after_reading(connection: socket.socket, _: threading.Event) -> None:
    """Read the request, close."""
    read_request(connection)


def drop_before_reading(connection: socket.socket, _: threading.Event) -> None:
    """Close at once."""


def drop_in_the_answer(connection: socket.socket, _: threading.Event) -> None:
    """Read the request, answer half."""
    read_request(connection)
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"ok": tr')


def never_answer(connection: socket.socket, ended: threading.Event) -> None:
    """Read the request, say nothing."""
    read_request(connection)
    ended.wait(60)


class Faulty:
    """The server; `requests` holds what came, `url` is where."""

    def __init__(self, behavior: Behavior) -> None:
        self.requests: list[bytes] = []
        self._ended = threading.Event()
        self._server = _server(behavior, self._ended, self.requests)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/api/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Counting:
    """A socket that remembers what was received from it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.received = b""

    def recv(self, size: int) -> bytes:
        """As a socket does; an end of the stream in the middle of a request is an error."""
        chunk = self._connection.recv(size)
        if not chunk:
            raise ConnectionError("the client went away")
        self.received += chunk
        return chunk

    def sendall(self, content: bytes) -> None:
        """As a socket does."""
        self._connection.sendall(content)


def _server(behavior: Behavior, ended: threading.Event, requests: list[bytes]) -> Any:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            counting = _Counting(self.request)
            behavior(cast("socket.socket", counting), ended)
            requests.append(counting.received)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    return Server(("127.0.0.1", 0), Handler)


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
