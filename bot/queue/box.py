"""Seals envelopes under the installation's own key (Fernet: AES and HMAC-SHA256), and opens only what it sealed."""

import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from bot.errors import Misconfigured
from bot.model import codec
from bot.model.queues import DEFAULT
from bot.model.request import Asked
from bot.model.run import Plan
from bot.queue.interface import Envelope


class SealedBox:
    """One key, two directions; Misconfigured when the key is no Fernet key."""

    def __init__(self, key: str | bytes) -> None:
        try:
            self._fernet = Fernet(key)
        except ValueError:
            raise Misconfigured(
                "SIGNALBOX_KEY is no usable key.",
                "It is 32 random bytes in URL-safe base64; leave it out on one machine, and one is made.",
            ) from None

    def warm_up(self) -> None:
        """Do once what the first envelope would wait for, some ten milliseconds: mostly OpenSSL."""
        self.open_bytes(self.seal_bytes(b""))
        codec.learn(Plan)
        codec.learn(Asked)

    def seal(self, envelope: Envelope) -> bytes:
        """The envelope as text that only this installation can read."""
        content = {
            "v": codec.VERSION,
            "run_id": envelope.run_id,
            "plan": codec.to_plain(envelope.plan),
            "secrets": codec.to_plain(envelope.secrets),
            "asked": codec.to_plain(envelope.asked),
            "queue": envelope.queue,
        }
        return self._fernet.encrypt(json.dumps(content).encode())

    def seal_bytes(self, content: bytes) -> bytes:
        """Any bytes, so that only this installation can read them."""
        return self._fernet.encrypt(content)

    def open_bytes(self, sealed: bytes) -> bytes:
        """What `seal_bytes` was given; Misconfigured as `open`."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise Misconfigured(
                "This was sealed under another installation's key.",
                "Give every process of this installation the same SIGNALBOX_KEY (or the same key file).",
            ) from None

    def open(self, sealed: bytes) -> Envelope:
        """The envelope again; Misconfigured when it was sealed under another key or tampered with."""
        content = json.loads(self.open_bytes(sealed))
        return Envelope(
            run_id=int(content["run_id"]),
            plan=codec.from_plain(Plan, content["plan"]),
            secrets=content["secrets"],
            asked=codec.from_plain(Asked, asked) if (asked := content.get("asked")) else None,
            queue=content.get("queue", DEFAULT),
        )


def installation_key(home: Path) -> bytes:
    """The key kept in `home/key` (0600), made on first use; safe when several processes come first at once."""
    path = home / "key"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f"key.{secrets.token_hex(8)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(Fernet.generate_key())
        try:
            os.link(fresh, path)  # fails when another process was first: then its key is the key
        except FileExistsError:
            return path.read_bytes()
        finally:
            fresh.unlink()
    return path.read_bytes()
