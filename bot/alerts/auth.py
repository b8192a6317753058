"""Whether a request comes from whom it should: secrets, headers, the raw body and the time enter, a Verdict leaves.

Nothing is parsed before. Every comparison takes the same time whatever is compared; without a secret nobody comes in.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

OLDEST_SECONDS = 300
"""How far the time that a sender signs may be from ours."""
MOST_SIGNATURES = 10
_LONGEST_TIME = 12


class Verdict(StrEnum):
    """The answer; `missing` is the sender's mistake, the rest is a no."""

    GOOD = "good"
    MISSING = "missing"
    WRONG = "wrong"
    STALE = "stale"
    NO_SECRET = "no_secret"  # noqa: S105 (no secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """How a sender shows who it is.

    `type` is bearer, basic, hmac or header; `secrets` are all that hold, two while one is changed. Of hmac `header`
    has one signature or several between commas, each behind `prefix`; with a `timestamp_header` what is signed is
    `<unix time>:<body>`.
    """

    type: str
    secrets: tuple[str, ...]
    user: str = ""
    header: str = ""
    prefix: str = ""
    timestamp_header: str = ""

    def __repr__(self) -> str:
        return f"Auth(type={self.type!r}, {len(self.secrets)} secrets)"


def judge(auth: Auth, headers: Mapping[str, str], body: bytes, now: float) -> Verdict:
    """The verdict on a request that came at `now`, UTC seconds since the epoch; names of headers in any case."""
    secrets = tuple(secret.encode("utf-8", "surrogateescape") for secret in auth.secrets if secret)
    if not secrets:
        return Verdict.NO_SECRET
    small = {name.lower(): value for name, value in headers.items()}
    match auth.type:
        case "bearer":
            return _bearer(secrets, small.get("authorization"))
        case "basic":
            return _basic(secrets, auth.user, small.get("authorization"))
        case "header":
            return _one_of(secrets, small.get(auth.header.lower()))
        case "hmac":
            return _signed(auth, secrets, small, body, now)
    return Verdict.WRONG


def once(auth: Auth, headers: Mapping[str, str]) -> str | None:
    """What to remember of a good request for twice `OLDEST_SECONDS`, so that it is not taken again.

    None where the sender signs no time: there the keys of its alerts tell.
    """
    if auth.type != "hmac" or not auth.timestamp_header:
        return None
    small = {name.lower(): value for name, value in headers.items()}
    signed = small.get(auth.timestamp_header.lower(), ""), small.get(auth.header.lower(), "")
    return hashlib.sha256("\0".join(signed).encode("utf-8", "surrogateescape")).hexdigest()


def _bearer(secrets: tuple[bytes, ...], said: str | None) -> Verdict:
    scheme, _, token = (said or "").partition(" ")
    return _one_of(secrets, token.strip()) if scheme.lower() == "bearer" else Verdict.MISSING


def _basic(secrets: tuple[bytes, ...], user: str, said: str | None) -> Verdict:
    scheme, _, coded = (said or "").partition(" ")
    if scheme.lower() != "basic":
        return Verdict.MISSING
    try:
        given = base64.b64decode(coded.strip().encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return Verdict.WRONG
    wanted = tuple(user.encode() + b":" + secret for secret in secrets)
    return Verdict.GOOD if _equals_one(wanted, given) else Verdict.WRONG


def _one_of(secrets: tuple[bytes, ...], said: str | None) -> Verdict:
    if not said:
        return Verdict.MISSING
    return Verdict.GOOD if _equals_one(secrets, said.encode("utf-8", "surrogateescape")) else Verdict.WRONG


def _signed(auth: Auth, secrets: tuple[bytes, ...], small: Mapping[str, str], body: bytes, now: float) -> Verdict:
    said = small.get(auth.header.lower())
    if not said:
        return Verdict.MISSING
    basis = body
    if auth.timestamp_header:
        time = small.get(auth.timestamp_header.lower(), "")
        if not time:
            return Verdict.MISSING
        if not (time.isascii() and time.isdigit() and len(time) <= _LONGEST_TIME):
            return Verdict.WRONG
        if abs(now - int(time)) > OLDEST_SECONDS:
            return Verdict.STALE
        basis = time.encode() + b":" + body
    wanted = tuple(hmac.new(secret, basis, hashlib.sha256).hexdigest().encode() for secret in secrets)
    given = [each.strip() for each in said.split(",", MOST_SIGNATURES)[:MOST_SIGNATURES]]
    bare = [each.removeprefix(auth.prefix).lower() for each in given if each.startswith(auth.prefix)]
    found = [_equals_one(wanted, each.encode("utf-8", "surrogateescape")) for each in bare]
    return Verdict.GOOD if any(found) else Verdict.WRONG


def _equals_one(wanted: tuple[bytes, ...], given: bytes) -> bool:
    """Every one is compared, whichever it is."""
    found = [hmac.compare_digest(each, given) for each in wanted]
    return any(found)
