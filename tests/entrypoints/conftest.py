"""What tests of entry points are given: the world that flows are tested in."""

from tests.flows.conftest import here, world

__all__ = ["here", "world"]
