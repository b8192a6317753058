"""A schedule with real processes: its time counts once, whatever becomes of the relay."""

import os
import signal
import time
from datetime import UTC, datetime, timedelta

from bot.guards.policy_schedules import Schedule
from bot.queue import Mark, RedisAgenda
from tests.e2e import processes
from tests.e2e.place import Place

AFTER_SECONDS = (0.0, 0.1, 0.25)
"""How long relays live that are killed over it."""
POLICY = """\
roles:
  all: {members: ["terminal:*", "schedule:*"], may: [{runbooks: ["*"], environments: ["*"]}]}
schedules:
  always: {cron: "* * * * *", say: run safe on web1 in local, channel: ops, late: 1h}
"""
ALWAYS = Schedule(cron="* * * * *", say="as in the policy", channel="ops")


MARK = f"always {ALWAYS.times}"


def kill(place: Place) -> None:
    """The relay of the stack, which starts another one."""
    (pid,) = processes.until(lambda: processes.named(place.root, "-m", "bot", "relay"), 60, "the relay")
    os.kill(pid, signal.SIGKILL)


def ready(place: Place) -> int:
    """How many relays have begun."""
    return (place.root / "up.log").read_text().count("relay is ready")


def test_a_time_counts_once_whatever_becomes_of_the_relay(place: Place) -> None:
    """Given a time that has come, when relay after relay is killed over it, then it has one run, which ends well."""
    place.playbook("safe", [{"ansible.builtin.debug": {"msg": "safe"}}], safety={"automation": "safe"})
    place.write("signalbox.yml", POLICY)
    place.commit()
    with place.up("--workers", "1"), place.redis() as client:
        agenda, seen = RedisAgenda(client), set()
        processes.until(lambda: MARK in agenda.marks(), 60, "the schedule is known")
        for seconds in AFTER_SECONDS:
            now, before = datetime.now(UTC), ready(place)
            agenda.put(MARK, Mark(at=now - timedelta(minutes=3), seen=now))
            kill(place)
            processes.until(lambda before=before: ready(place) > before, 60, "the next relay")
            time.sleep(seconds)
            kill(place)
            due = ALWAYS.last(now)
            processes.until(lambda due=due: agenda.marks()[MARK].at >= due, 60, "its time was dealt with")
            seen.add(agenda.marks()[MARK].at)
        runs = place.rows("SELECT id, actor, origin, once FROM runs ORDER BY id")
        assert {row["once"] for row in runs} >= {f"schedule always {due:%Y-%m-%dT%H:%MZ}" for due in seen}
        assert len({row["once"] for row in runs}) == len(runs)
        assert {(row["actor"], row["origin"]) for row in runs} == {("schedule:always", "schedule")}
        assert {place.settled(row["id"]) for row in runs} == {"successful"}
        accepted = place.rows("SELECT run_id FROM automation_events WHERE status = 'accepted'")
        assert {row["run_id"] for row in accepted} >= {row["id"] for row in runs}
        assert len(accepted) == len({row["run_id"] for row in accepted})
        assert place.rows("SELECT 1 FROM automation_events WHERE status = 'refused'") == []
    listed = place.chat("schedules")
    assert "always" in listed.out
    assert "run safe on web1 in local" in listed.out
