"""How one thing that we depend on is: what `doctor` and `/healthz` show."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One dependency; `remedy` says what to do when it is not `ok`."""

    name: str
    ok: bool
    what: str
    remedy: str = ""
