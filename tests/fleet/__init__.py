"""Groups of real, throw-away hosts for tests: names and groups go in, hosts that answer over SSH come out."""

from .fleet import Fleet
from .shell import FleetError

__all__ = ["Fleet", "FleetError"]
