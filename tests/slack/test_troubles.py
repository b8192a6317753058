"""Whatever goes down comes back: no result is lost, none is shown twice, and what is wrong is said on /healthz."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import processes
from tests.slack.town import Town

pytestmark = pytest.mark.xdist_group("slack-troubles")


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """One installation that survives all of it."""
    made = Town()
    try:
        with made.up():
            yield made
    finally:
        made.close()


def waiting(town: Town, here: str) -> tuple[int, Path]:
    """A run under way, and the file that it waits for."""
    go = town.file()
    run = town.ask(f"run waiting on web1 in local file={go}", here)
    town.shows(run, "running", channel=here)
    return run, Path(go)


def test_slack_is_down_while_a_run_ends(town: Town) -> None:
    """Nothing listens at Slack's address for a while; afterwards the card reaches its end."""
    here = town.channel()
    run, go = waiting(town, here)
    town.slack.stop()
    go.touch()
    processes.until(lambda: town.place.status(run) == "successful", 60, "the end in SQL")
    town.slack.start()
    town.ended(run, "successful", channel=here)


def test_the_relay_is_killed_in_the_middle_of_a_run(town: Town) -> None:
    """The supervisor starts another one, which takes over card and thread."""
    here = town.channel()
    run, go = waiting(town, here)
    town.kill("relay")
    go.touch()
    town.ended(run, "successful", channel=here)


def test_posts_whose_end_nobody_knows_are_not_made_twice(town: Town) -> None:
    """The connection drops after Slack has posted: the message is looked up, not posted again."""
    here = town.channel()
    faults = [
        town.slack.faults.add(method="chat.postMessage", kind=kind, times=1)
        for kind in ("drop_after_accept", "5xx_after")
    ]
    run = town.ask("run quick on web1 in local", here)
    town.ended(run, "successful", channel=here)
    assert all(fault.hits for fault in faults)


def test_redis_restarts_with_its_file(town: Town) -> None:
    """The supervisor brings it back; the run under way reaches its end in Slack."""
    here = town.channel()
    run, go = waiting(town, here)
    with town.place.redis() as client:
        pid = int(client.info("server")["process_id"])
    os.kill(pid, signal.SIGKILL)
    processes.until(lambda: town.health()[0] == 200, 60, "everything up again")
    go.touch()
    town.ended(run, "successful", channel=here)


def test_serve_is_killed_between_the_acknowledgement_and_the_deed(town: Town) -> None:
    """The command was acknowledged and waits in Redis: the next process carries it out, once.

    A run that was written down and not yet queued is queued by the relay.
    """
    here = town.channel()
    before = town.newest()
    fault = town.slack.faults.add(method="users.info", kind="slow_before", delay=2.0)
    town.slack.workspace.add_user("eve", id="U7")
    town.slack.workspace.channel(here).members.add("U7")
    town.slack.person("U7").slash("/ansible", "runs", channel=here)
    for number in range(6):
        said = f"run quick on web{1 + number % 3} in local"
        assert town.slack.person("U1").slash("/ansible", said, channel=here).acked
    town.kill("serve")
    fault.remove()
    processes.until(lambda: town.health()[0] == 200, 60, "serve again")
    processes.until(lambda: _empty(town), 90, "an empty inbox")
    told, runs = town.told(here), town.newest() - before
    assert runs + len(told) >= 6, told
    assert runs <= 6
    for run in range(before + 1, before + 1 + runs):
        town.ended(run, "successful", channel=here)


def _empty(town: Town) -> bool:
    with town.place.redis() as client:
        return client.xlen("signalbox:slack:inbox") == 0


def test_a_token_that_is_revoked_is_told_on_healthz_and_stops_nothing(town: Town) -> None:
    """Runs go on; when the token is good again everything is shown."""
    here = town.channel()
    run, go = waiting(town, here)
    town.slack.tokens.trouble(town.slack.bot_token, "token_revoked")
    go.touch()
    processes.until(lambda: town.place.status(run) == "successful", 60, "the end in SQL")
    processes.until(lambda: "slack: FAILS" in town.health()[1], 30, "the finding")
    assert town.health()[0] == 503
    calls = len(town.slack.calls)
    town.slack.tokens.trouble(town.slack.bot_token, "")
    assert len(town.slack.calls) - calls < 5
    town.ended(run, "successful", 120, channel=here)
    processes.until(lambda: town.health()[0] == 200, 30, "health")
    assert town.slack.violations == []
