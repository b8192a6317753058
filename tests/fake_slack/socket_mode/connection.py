"""One connection of Socket Mode: envelopes go out, acknowledgements come in and wake whoever waits for them."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fake_slack.socket_mode.frames import CLOSE, PING, PONG, TEXT, Gone, Wire


@dataclass(kw_only=True)
class Waiting:
    """Somebody waits for the acknowledgement of one envelope; `lost` when the connection ended before it came."""

    envelope_id: str
    acked: threading.Event = field(default_factory=threading.Event)
    payload: Any = None
    lost: bool = False
    expired: bool = False


class Connection:
    """One WebSocket of the app."""

    def __init__(self, wire: Wire, name: str, late: Callable[[str], None]) -> None:
        self.name = name
        self.open = True
        self.draining = False  # refresh was asked for: nothing new goes this way
        self._wire, self._late = wire, late
        self._waiting: dict[str, Waiting] = {}
        self._lock = threading.Lock()

    def send(self, message: dict[str, Any]) -> None:
        """Send JSON; raises Gone."""
        self._wire.send(TEXT, json.dumps(message).encode())

    @property
    def pending(self) -> int:
        """How many envelopes wait for their acknowledgement."""
        return len(self._waiting)

    def deliver(self, envelope: dict[str, Any]) -> Waiting:
        """Send an envelope, and wait for its acknowledgement elsewhere; raises Gone."""
        waiting = Waiting(envelope_id=envelope["envelope_id"])
        with self._lock:
            if not self.open:
                raise Gone
            self._waiting[waiting.envelope_id] = waiting
        self.send(envelope)
        return waiting

    def read(self) -> None:
        """Read until the connection ends; then whatever was not acknowledged is lost."""
        try:
            while self._one():
                pass
        except Gone:
            pass
        finally:
            self._end()

    def close(self, *, politely: bool = True) -> None:
        """End the connection from Slack's side."""
        if politely:
            self._wire.close()
        else:
            self._wire.drop()

    def _one(self) -> bool:
        frame = self._wire.receive()
        if frame.kind == PING:
            self._wire.send(PONG, frame.payload)
        elif frame.kind == CLOSE:
            self._wire.close()
            return False
        elif frame.kind == TEXT:
            self._acknowledge(json.loads(frame.payload))
        return True

    def _acknowledge(self, message: dict[str, Any]) -> None:
        with self._lock:
            waiting = self._waiting.pop(message.get("envelope_id", ""), None)
        if waiting is None:
            self._late(f"acknowledgement of an envelope that waits for none: {message.get('envelope_id')}")
        elif waiting.expired:
            self._late(f"acknowledgement of {waiting.envelope_id} came later than three seconds")
        else:
            waiting.payload = message.get("payload")
            waiting.acked.set()

    def _end(self) -> None:
        with self._lock:
            self.open = False
            lost = list(self._waiting.values())
        for waiting in lost:
            waiting.lost = True
            waiting.acked.set()
