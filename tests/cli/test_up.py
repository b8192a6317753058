"""How long runs may go on when `up` ends: as the setting says, and never long where a chat waits for the home."""

import argparse

import pytest

from bot.cli.up import END_SECONDS, RUN_SECONDS, _children
from bot.settings import load


@pytest.mark.parametrize(
    ("setting", "while_used", "seconds"),
    [("", False, RUN_SECONDS), ("3600", False, 3600), ("0", False, 0), ("3600", True, RUN_SECONDS), ("3", True, 3)],
)
def test_workers_have_the_time_that_the_setting_says(
    setting: str, while_used: bool, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a setting or none, when `up` makes its children, then workers know it, and have a margin; the relay stays.

    The stack of a chat never takes longer than usual.
    """
    monkeypatch.setenv("SIGNALBOX_STOP_SECONDS", setting)
    given = argparse.Namespace(workers=2, while_used=while_used, host=None, port=None)
    children = _children(given, load())
    workers = [child for child in children if child.name == "worker"]
    assert [worker.environment for worker in workers] == [{"SIGNALBOX_STOP_SECONDS": str(seconds)}] * 2
    assert [worker.grace for worker in workers] == [seconds + END_SECONDS] * 2
    assert [child.name for child in children if child.stays] == ["relay"]
