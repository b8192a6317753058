"""The storm: fifty runs at once against Slack's real limits, with a fault every few seconds. Nothing is lost."""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e import processes
from tests.slack.town import Town, key_of

pytestmark = [pytest.mark.xdist_group("slack-storm"), pytest.mark.timeout(1200)]

RUNS = 50
TASKS = 30
EVERY_SECONDS = 3.0
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "5xx"},
    {"kind": "429", "retry_after": 2},
    {"kind": "drop_after_accept", "method": "chat.*"},
    {"kind": "5xx_after", "method": "chat.postMessage"},
    {"kind": "slow", "delay": 1.0},
    {"kind": "drop_before"},
    {"kind": "429", "retry_after": 3, "method": "chat.update"},
    {"kind": "drop_after_accept", "method": "files.*"},
    {"kind": "5xx", "method": "upload"},
    {"kind": "slow_before", "delay": 1.5},
)


@pytest.fixture
def town() -> Iterator[Town]:
    """An installation with as many workers as the machine bears, and a playbook whose runs may be side by side."""
    made = Town()
    tasks: list[Any] = [
        {"name": f"Step {number}", "ansible.builtin.debug": {"msg": f"step {number}"}} for number in range(1, TASKS + 1)
    ]
    fails = {"name": "Fail", "ansible.builtin.fail": {"msg": "as asked"}, "when": "bad | default('no') == 'yes'"}
    bad = {"bad": {"type": "str", "choices": ["yes", "no"]}}
    made.place.playbook("many", [*tasks, fails], parameters=bad, safety={"concurrency": "allow"})
    made.place.commit()
    workers = str(max(2, min(8, os.cpu_count() or 2)))
    try:
        with made.up(env={"SIGNALBOX_WORKERS": workers}):
            yield made
    finally:
        made.close()


class Weather(threading.Thread):
    """A fault every few seconds, one kind after the other, until it is told to stop; one that met no call is gone."""

    def __init__(self, town: Town) -> None:
        super().__init__(daemon=True)
        self.set: list[Any] = []
        self._town, self._over = town, threading.Event()

    def run(self) -> None:
        """Until `clear`."""
        while not self._over.wait(EVERY_SECONDS):
            how = FAULTS[len(self.set) % len(FAULTS)]
            if self.set:
                self.set[-1].remove()
            self.set.append(self._town.slack.faults.add(times=1, **how))

    def clear(self) -> None:
        """No more faults."""
        self._over.set()
        self.join()
        self._town.slack.faults.clear()


def ask_all(town: Town, channels: list[str]) -> None:
    """Fifty commands from as many threads."""

    def ask(number: int) -> None:
        text = f"run many on web1 in local{' bad=yes' if number % 5 == 0 else ''}"
        assert town.slack.person("U1").slash("/ansible", text, channel=channels[number % len(channels)]).acked

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(RUNS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_fifty_runs_in_a_storm_all_end_right(town: Town) -> None:
    """Every card shows its end, with one recap and one log each; no limit is broken, no 429 repeated too early."""
    channels = [town.channel() for _ in range(5)]
    weather = Weather(town)
    weather.start()
    ask_all(town, channels)
    count = "SELECT count(*) AS n FROM runs WHERE recapped_at IS NOT NULL"
    processes.until(lambda: town.place.rows(count)[0]["n"] >= RUNS, 700, f"the end of all runs\n{town.log()}")
    pending = "SELECT count(*) AS n FROM deliveries WHERE state = 'pending'"
    processes.until(lambda: town.place.rows(pending)[0]["n"] == 0, 240, f"everything delivered\n{town.log()}")
    weather.clear()
    assert_all_right(town)
    assert sum(fault.hits for fault in weather.set) >= 10
    assert town.slack.violations == []


def assert_all_right(town: Town) -> None:
    """Of each run one card, as SQL says it ended, one recap and one log, the last two in the card's thread."""
    bot = town.slack.workspace.bot_user
    posted = [message for message in town.slack.messages(None) if message.user == bot]
    found = Counter(key_of(message) for message in posted)
    rows = town.place.rows("SELECT id, status FROM runs ORDER BY id")
    assert Counter(row["status"] for row in rows) == {"successful": RUNS - RUNS // 5, "failed": RUNS // 5}
    wanted = [key for row in rows for key in (f"card:{row['id']}", f"recap:{row['id']}", f"run-{row['id']}.log")]
    assert {key: found[key] for key in wanted} == dict.fromkeys(wanted, 1)
    by_key = {key_of(message): message for message in posted}
    for row in rows:
        card = by_key[f"card:{row['id']}"]
        assert row["status"] in card.text
        log = by_key[f"run-{row['id']}.log"]
        assert {log.thread_ts, by_key[f"recap:{row['id']}"].thread_ts} == {card.ts}
        assert log.files[0].content is not None
        assert f"Step {TASKS}".encode() in log.files[0].content
