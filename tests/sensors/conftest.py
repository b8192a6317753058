"""What tests of sensors are given: a project for plugins, and a Redis."""

from tests.rules.conftest import client, server

__all__ = ["client", "server"]
