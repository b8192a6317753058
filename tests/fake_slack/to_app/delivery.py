"""What is told to the app, and what became of it."""

import json
from dataclasses import dataclass, field
from typing import Any

ACK = 3.0  # seconds within which the app acknowledges


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """One thing to tell: `kind` is slash_commands, interactive or events_api, as Socket Mode names them."""

    kind: str
    payload: dict[str, Any]

    @property
    def retriable(self) -> bool:
        """Slack tells events again, nothing else."""
        return self.kind == "events_api"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One try: `seconds` until the answer or the end of waiting; `error` is timeout, connection_failed ... or empty."""

    seconds: float
    status: int = 0
    body: bytes = b""
    error: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def acked(self) -> bool:
        """Whether Slack takes this for an acknowledgement."""
        return not self.error and self.status == 200 and self.seconds <= ACK


@dataclass(kw_only=True)
class Delivery:
    """One thing that was told, with all tries; empty while it is held back. `wire` is (body, headers) of HTTP."""

    outgoing: Outgoing
    attempts: list[Attempt] = field(default_factory=list)
    wire: tuple[bytes, dict[str, str]] | None = None

    @property
    def acked(self) -> bool:
        """Whether the app acknowledged it in time."""
        return any(attempt.acked for attempt in self.attempts)

    @property
    def status(self) -> int:
        """Status of the last try; 0 when there was none, or no answer."""
        return self.attempts[-1].status if self.attempts else 0

    @property
    def seconds(self) -> float:
        """How long the last try took."""
        return self.attempts[-1].seconds if self.attempts else 0.0

    @property
    def answer(self) -> Any:
        """What the acknowledgement said: JSON, else text; empty text when it said nothing."""
        body = self.attempts[-1].body if self.acked else b""
        try:
            return json.loads(body) if body else ""
        except ValueError:
            return body.decode("utf-8", "replace")
