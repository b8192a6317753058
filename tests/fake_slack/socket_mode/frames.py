"""WebSocket as RFC 6455 has it, the server's side: a socket enters, whole messages come and go."""

import base64
import hashlib
import socket
import struct
import threading
from dataclasses import dataclass

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
_SMALL, _MEDIUM = 126, 127


class Gone(Exception):
    """The other side is not there any more."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole message: what kind, and its bytes."""

    kind: int
    payload: bytes


def accept(key: str) -> bytes:
    """The answer to a client that wants to speak WebSocket."""
    proof = base64.b64encode(hashlib.sha1(key.encode() + _MAGIC).digest()).decode()
    lines = ("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade")
    return "\r\n".join((*lines, f"Sec-WebSocket-Accept: {proof}", "", "")).encode()


class Wire:
    """Frames over one socket; many threads may send, one reads."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._sending = threading.Lock()

    def send(self, kind: int, payload: bytes) -> None:
        """Send one message; raises Gone."""
        length = len(payload)
        head = bytes([0x80 | kind])
        if length < _SMALL:
            head += bytes([length])
        elif length < 1 << 16:
            head += bytes([_SMALL]) + struct.pack("!H", length)
        else:
            head += bytes([_MEDIUM]) + struct.pack("!Q", length)
        try:
            with self._sending:
                self._socket.sendall(head + payload)
        except OSError as mistake:
            raise Gone from mistake

    def receive(self) -> Frame:
        """The next message, put together of its fragments, unmasked; raises Gone."""
        final, kind, payload = self._one()
        while not final:
            final, more, rest = self._one()
            if more in (PING, PONG, CLOSE):
                return Frame(more, rest)
            payload += rest
        return Frame(kind, payload)

    def close(self) -> None:
        """Say goodbye and hang up."""
        try:
            self.send(CLOSE, struct.pack("!H", 1000))
            self._socket.shutdown(socket.SHUT_RDWR)
        except (Gone, OSError):
            return

    def drop(self) -> None:
        """Hang up without a word."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def _one(self) -> tuple[bool, int, bytes]:
        first, second = self._exactly(2)
        length = second & 0x7F
        if length == _SMALL:
            (length,) = struct.unpack("!H", self._exactly(2))
        elif length == _MEDIUM:
            (length,) = struct.unpack("!Q", self._exactly(8))
        mask = self._exactly(4) if second & 0x80 else b"\0\0\0\0"
        payload = self._exactly(length)
        plain = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        return bool(first & 0x80), first & 0x0F, plain

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            try:
                piece = self._socket.recv(count - len(found))
            except OSError as mistake:
                raise Gone from mistake
            if not piece:
                raise Gone
            found += piece
        return found
