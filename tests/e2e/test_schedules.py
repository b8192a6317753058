"""A schedule with real processes: its time counts once, whatever becomes of the relay."""

import os
import signal
from datetime import UTC, datetime, timedelta

from bot.guards.policy_schedules import Schedule
from bot.queue import Mark, RedisAgenda
from tests.e2e import processes
from tests.e2e.place import Place

ROUNDS = 3
POLICY = """\
roles:
  all: {members: ["terminal:*", "schedule:*"], may: [{runbooks: ["*"], environments: ["*"]}]}
schedules:
  always: {cron: "* * * * *", say: run safe on web1 in local, channel: ops, late: 1h}
"""
ALWAYS = Schedule(cron="* * * * *", say="as in the policy", channel="ops")


def relay(place: Place) -> int:
    """The relay of the stack."""
    return processes.until(lambda: processes.named(place.root, "-m", "bot", "relay"), 60, "the relay")[0]


def test_a_time_counts_once_whatever_becomes_of_the_relay(place: Place) -> None:
    """Given a time that has come, when relay after relay is killed over it, then it has one run, which ends well."""
    place.playbook("safe", [{"ansible.builtin.debug": {"msg": "safe"}}], safety={"automation": "safe"})
    place.write("signalbox.yml", POLICY)
    place.commit()
    with place.up("--workers", "1"), place.redis() as client:
        agenda, seen = RedisAgenda(client), set()
        processes.until(lambda: "always" in agenda.marks(), 60, "the schedule is known")
        for _ in range(ROUNDS):
            began = datetime.now(UTC)
            agenda.put("always", Mark(times=ALWAYS.times, at=began - timedelta(minutes=3)))
            os.kill(relay(place), signal.SIGKILL)
            due = ALWAYS.last(began)
            processes.until(lambda due=due: agenda.marks()["always"].at >= due, 60, "its time was dealt with")
            seen.add(agenda.marks()["always"].at)
        runs = place.rows("SELECT id, actor, origin, once FROM runs ORDER BY id")
        assert {row["once"] for row in runs} >= {f"schedule always {due:%Y-%m-%dT%H:%MZ}" for due in seen}
        assert len({row["once"] for row in runs}) == len(runs) < ROUNDS + 2
        assert {(row["actor"], row["origin"]) for row in runs} == {("schedule:always", "schedule")}
        assert {place.settled(row["id"]) for row in runs} == {"successful"}
        accepted = place.rows("SELECT run_id FROM automation_events WHERE status = 'accepted'")
        assert sorted(row["run_id"] for row in accepted) == sorted(row["id"] for row in runs)
    assert "left out" not in (place.root / "up.log").read_text()
    listed = place.chat("schedules")
    assert "always" in listed.out
    assert "run safe on web1 in local" in listed.out
