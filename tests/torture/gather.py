"""An installation that has come to rest is looked through: SQL, Redis, the fake Slack, processes and folders."""

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from redis import Redis
from sqlalchemy import select

from bot.ledger.tables import automation_events, consents, run_events, run_plans, run_statuses, runs
from bot.model.status import RunStatus
from tests.e2e import processes
from tests.slack.town import key_of
from tests.torture.crew import Crew
from tests.torture.ground import Ground
from tests.torture.seen import Ask, RunSeen, Seen, Shown, Strike

LEFT_OVER = ("envelope", "places", "alive", "queue", "wave")
"""What of a run is not in Redis any more when it has ended."""
FOR_GOOD = (
    "signalbox:stops",
    "signalbox:metrics",
    "signalbox:installation",
    "signalbox:rules:",
    "signalbox:ruleset:",
    "signalbox:slack:inbox",
)
RQ_OWN = ("rq:workers", "rq:worker:", "rq:queues", "rq:failed:", "rq:finished:")


def rest(crew: Crew, seconds: float) -> list[str]:
    """Wait until nothing is under way any more; what still is after so many seconds."""
    deadline = time.monotonic() + seconds
    while (left := _under_way(crew)) and time.monotonic() < deadline:
        time.sleep(0.5)
        crew.mind()
    return left


def _under_way(crew: Crew) -> list[str]:
    ground = crew.ground
    final = ", ".join(f"'{status.value}'" for status in RunStatus if status.final)
    questions = {
        "runs": f"SELECT count(*) AS n FROM runs WHERE recapped_at IS NULL OR status NOT IN ({final})",
        "deliveries": "SELECT count(*) AS n FROM deliveries WHERE state = 'pending'",
        "alerts": "SELECT count(*) AS n FROM alert_news WHERE NOT ruled",
    }
    left = {name: int(ground.rows(sql)[0]["n"]) for name, sql in questions.items()}
    with ground.place.redis() as redis:
        left["inbox"] = int(redis.xlen("signalbox:slack:inbox"))
        left["lines"] = int(redis.hlen("signalbox:lines"))
        left["jobs"] = sum(1 for _ in _jobs(redis))
    left["processes"] = len(crew.of_runs())
    left["folders"] = len(ground.place.left_behind())
    return [f"{count} {name}" for name, count in left.items() if count]


def look(
    crew: Crew, *, strikes: Iterable[Strike] = (), asks: Iterable[Ask] = (), broken: Mapping[str, str] | None = None
) -> Seen:
    """All that the checker wants to know, while the crew is still there."""
    ground = crew.ground
    with ground.place.redis() as redis:
        streams, keys = _streams(redis), tuple(_wrong_keys(redis))
    return Seen(
        runs=tuple(_runs(ground, broken or {})),
        marks=tuple(ground.marks()),
        strikes=tuple(strikes),
        asks=tuple(asks),
        told=_told(ground),
        offered=tuple(_offered(ground)),
        streams=streams,
        keys=keys,
        shown=_shown(ground),
        unsent=int(ground.rows("SELECT count(*) AS n FROM deliveries WHERE state <> 'sent'")[0]["n"]),
        broken_limits=tuple(str(each.detail) for each in ground.slack.violations if not each.kind.endswith("_ack")),
        processes=tuple(f"of run {run}: {processes.command(pid)[:120]}" for pid, run in crew.of_runs().items()),
        folders=tuple(ground.place.left_behind()),
        audit=_audit(ground),
    )


def _runs(ground: Ground, broken: Mapping[str, str]) -> Iterable[RunSeen]:
    with ground.database.reading() as connection:
        rows = connection.execute(
            select(runs, run_plans.c.plan).join(run_plans, run_plans.c.run_id == runs.c.id).order_by(runs.c.id)
        ).mappings()
        steps = _grouped(connection, select(run_statuses).order_by(run_statuses.c.id), lambda row: row["to_status"])
        events = _grouped(connection, select(run_events).order_by(run_events.c.counter), dict)
        audit = _grouped(connection, select(automation_events), lambda row: row["result"])
        stages = _grouped(connection, select(consents), lambda row: row["stage"])
        for row in rows:
            yield _run(row, steps[row["id"]], events[row["id"]], audit[row["id"]], stages[row["id"]], broken)


def _run(  # noqa: PLR0917 (what SQL has of it)
    row: Mapping[str, Any], steps: list[str], events: list[Any], audit: list[str], stages: list[str], broken: Any
) -> RunSeen:
    plan, last = json.loads(row["plan"]), events[-1] if events else {}
    ahead = row["runbook"] == "guarded" and row["check_mode"]  # the check that goes first
    token, hosts = str(plan["parameters"].get("token", "")), tuple(plan["target"]["hosts"])
    data = json.loads(last.get("rest") or "{}").get("data", {})
    fails = str(plan["parameters"].get("breaks", ""))
    return RunSeen(
        id=row["id"],
        status=row["status"],
        reason=row["reason"],
        token="" if ahead else token,
        runbook=row["runbook"],
        hosts=hosts,
        broken=(fails,) if fails in hosts and token in broken else (),
        parent=row["parent"],
        canceled_by=row["cancel_asked_by"],
        steps=tuple(steps),
        counters=tuple(event["counter"] for event in events),
        last_kind=last.get("kind", ""),
        final_counter=int(data.get("final_counter", 0)),
        started=row["started_at"] is not None,
        ended_at=row["ended_at"].timestamp() if row["ended_at"] else 0.0,
        recapped=row["recapped_at"] is not None,
        results=sum(1 for result in audit if result),
        stage=stages[0] if stages else "",
    )


def _grouped(connection: Any, question: Any, value: Callable[[Any], Any]) -> Mapping[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(question).mappings():
        found[row["run_id"]].append(value(row))
    return found


def _streams(redis: Redis) -> dict[int, tuple[int, ...]]:
    found = {}
    for key in redis.scan_iter("signalbox:run:*:events", count=1000):
        entries = redis.xrange(key)
        found[int(key.split(b":")[2])] = tuple(int(entry.partition(b"-")[0]) for entry, _ in entries)
    return found


def _jobs(redis: Redis) -> Iterable[str]:
    """Jobs that are not over; of those that failed RQ keeps a record for an hour."""
    for key in redis.scan_iter("rq:job:*", count=1000):
        if redis.hget(key, "status") != b"failed" or redis.ttl(key) == -1:
            yield key.decode()


def _wrong_keys(redis: Redis) -> Iterable[str]:
    """Keys that nobody would ever remove, and those that must be gone with their run."""
    yield from _jobs(redis)
    for raw in redis.scan_iter(count=1000):
        name = raw.decode()
        gone = name.startswith(("signalbox:lease:run:", "signalbox:lines", "rq:wip:"))
        gone |= name.startswith("rq:queue:") and ":first_seen:" not in name  # RQ's, for a day
        gone |= name.startswith("signalbox:run:") and name.endswith(LEFT_OVER)
        lasting = redis.ttl(name) == -1 and not name.startswith((*FOR_GOOD, *RQ_OWN))
        if gone or lasting:
            yield name + ("" if gone else " stays for good")


def _shown(ground: Ground) -> dict[int, Shown]:
    cards: dict[int, list[str]] = defaultdict(list)
    recaps: dict[int, list[str]] = defaultdict(list)
    for message in ground.slack.messages(None):
        kind, _, number = key_of(message).partition(":")
        if kind in {"card", "recap"} and number.isdecimal() and not message.deleted:
            (cards if kind == "card" else recaps)[int(number)].append(message.text)
    return {run: Shown(cards=tuple(cards[run]), recaps=tuple(recaps[run])) for run in {*cards, *recaps}}


def _told(ground: Ground) -> int:
    """How many messages single persons were shown."""
    return sum(len(channel.ephemerals) for channel in ground.slack.workspace.channels.values())


def _offered(ground: Ground) -> Iterable[str]:
    """What rules wanted and only offer, as where somebody has locked the host."""
    for row in ground.rows("SELECT ask FROM suggestions WHERE state = 'offered'"):
        yield str(json.loads(row["ask"])["parameters"].get("token", ""))


def _audit(ground: Ground) -> str:
    """What `export --verify` says against the audit; empty when it holds."""
    argv = [sys.executable, "-m", "bot", "export", "--verify"]
    place = ground.place
    said = subprocess.run(argv, env=place.environment(), cwd=place.root, capture_output=True, text=True, check=False)
    return "" if said.returncode == 0 else said.stderr.strip() or f"export --verify ended with {said.returncode}"
