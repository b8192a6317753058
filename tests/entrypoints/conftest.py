"""What tests of entry points are given: the world that flows are tested in."""

from tests.flows.conftest import here, quiet, world

__all__ = ["here", "quiet", "world"]
