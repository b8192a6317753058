"""Fixtures that all tests share, and the groups of tests that one process has to run."""

import pytest

pytest_plugins = ["tests.fleet.fixture"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--dist loadgroup` a test's id names its group.

    pytest-xdist 3.8 writes it where pytest 9.2 does not read it any more; without it every process would start
    whatever the tests of a group share, and run some of them.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        for mark in item.iter_markers("xdist_group"):
            item._id = type(item._id).parse(f"{item.nodeid}@{mark.args[0]}")
