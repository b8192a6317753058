"""/metrics: what is counted, that it is counted once, and what a store that is away does to it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway

from bot.entrypoints.http import web
from bot.entrypoints.metrics_page import metrics_page
from bot.errors import Unavailable
from bot.flows.measure import Measure
from bot.ledger import AutomationEvent, MemoryLedger
from bot.metrics import METRICS, MemoryCounters, RedisCounters
from bot.model.consent import Pending, Stage, close
from bot.model.people import Actor, Conversation, Origin
from bot.model.run import Plan, Target
from bot.model.runbook import Revision
from bot.model.status import RunStatus
from bot.model.stop import Stop, StopKind
from bot.queue import MemoryQueue, MemoryStops
from tests.queue.redis_server import RedisServer

ANNA = Actor(transport="terminal", name="anna")
HERE = Conversation(transport="terminal", channel="ops")


NOW = datetime(2026, 5, 1, tzinfo=UTC)
PLAN = Plan(
    runbook="risky",
    summary="S",
    playbook="p.yml",
    module=None,
    target=Target(environment="dev", limit="all", hosts=("web1",), fingerprint="f"),
    timeout=60,
    revision=Revision(commit=None, dirty=False, content_hash="0"),
)


class World:
    """Stores with something in them, and the flow under test."""

    def __init__(self) -> None:
        self.ledger = MemoryLedger()
        self.queue = MemoryQueue()
        self.stops = MemoryStops()
        self.counters = MemoryCounters()
        self.measure = self.another()

    def another(self) -> Measure:
        """The flow in another process, or after a restart."""
        return Measure(
            ledger=lambda: self.ledger,
            queue=lambda: self.queue,
            stops=lambda: self.stops,
            counters=lambda: self.counters,  # type: ignore[arg-type,return-value]
        )

    def run(self, runbook: str = "ping", *, waited: float = 0.2, took: float = 3.0, end: str = "successful") -> None:
        """A run that has ended, or is under way when `end` is empty."""
        plan = Plan(
            runbook=runbook,
            summary="S",
            playbook="p.yml",
            module=None,
            target=Target(environment="dev", limit="all", hosts=("web1",), fingerprint="f"),
            parameters={"service": "nginx"} if runbook == "restart" else {},
            timeout=60,
            revision=Revision(commit=None, dirty=False, content_hash="0"),
        )
        run = self.ledger.create(plan, ANNA, HERE, Origin.CHAT, "run it")
        started = run.created_at + timedelta(seconds=waited)
        self.ledger.set_status(run.id, RunStatus.STARTING, at=started)
        self.ledger.set_status(run.id, RunStatus.RUNNING, at=started)
        if end:
            self.ledger.set_status(run.id, RunStatus(end), at=started + timedelta(seconds=took))

    def waits(self) -> int:
        """A run that wants an approval."""
        pending = Pending(stage=Stage.APPROVE, asked_at=NOW, deadline=NOW + timedelta(hours=1), count=1)
        return self.ledger.create(PLAN, ANNA, HERE, Origin.CHAT, "run it", pending=pending).id

    def settle(self, run_id: int, stage: Stage, seconds: int) -> None:
        """How that came out, after so many seconds."""
        self.ledger.change_consent(run_id, lambda p: close(p, stage, "", "", NOW + timedelta(seconds=seconds)))


@pytest.fixture
def world() -> World:
    """Nothing counted yet."""
    return World()


def scrape(measure: Measure) -> dict[str, float]:
    """Every sample as Prometheus reads it, by its name with labels."""
    found = {}
    for family in text_string_to_metric_families(measure.handle().decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()) if value)
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_runs_are_counted_by_what_became_of_them(world: World) -> None:
    """Given runs of two runbooks, when Prometheus asks, then they are there with service, action and result."""
    for end in ("successful", "successful", "failed", ""):
        world.run(end=end)
    world.run("restart")
    found = scrape(world.measure)
    assert found["signalbox_runs_total{action=ping,result=successful}"] == 2
    assert found["signalbox_runs_total{action=ping,result=failed}"] == 1
    assert found["signalbox_runs_total{action=restart,result=successful,service=nginx}"] == 1
    assert found["signalbox_active_runs{status=running}"] == 1
    assert found["signalbox_active_runs{status=queued}"] == 0


def test_times_are_in_their_buckets(world: World) -> None:
    """Given runs that waited and took so long, when Prometheus asks, then the buckets, sums and counts are right."""
    world.run(waited=0.2, took=3.0)
    world.run(waited=2.0, took=9000.0)
    found = scrape(world.measure)
    assert found["signalbox_run_queue_wait_seconds_bucket{le=0.25}"] == 1
    assert found["signalbox_run_queue_wait_seconds_bucket{le=2.5}"] == 2
    assert found["signalbox_run_queue_wait_seconds_sum"] == pytest.approx(2.2)
    assert found["signalbox_run_duration_seconds_bucket{action=ping,le=3600.0}"] == 1
    assert found["signalbox_run_duration_seconds_bucket{action=ping,le=+Inf}"] == 2
    assert found["signalbox_run_duration_seconds_count{action=ping}"] == 2


def test_each_run_is_counted_once(world: World) -> None:
    """Given scrapes between and after runs, when another process is asked too, then all say the same."""
    for end in ("successful", "", "failed"):
        world.run(end=end)
        scrape(world.measure)
    world.ledger.set_status(2, RunStatus.LOST, at=datetime.now(UTC) + timedelta(seconds=5))
    world.run()
    want = scrape(world.another())
    assert scrape(world.measure) == want == scrape(world.measure)
    assert sum(value for name, value in want.items() if name.startswith("signalbox_runs_total")) == 4


def test_refusals_and_asked_for_persons(world: World) -> None:
    """Given audit rows, when Prometheus asks twice, then refusals are there by their error, questions by runbook."""
    for result in ("NotAllowed", "NotAllowed", "BadTarget"):
        world.ledger.record(AutomationEvent(action="ping", status="refused", result=result))
    world.ledger.record(AutomationEvent(action="restart", status="requires_manual"))
    scrape(world.measure)
    found = scrape(world.measure)
    assert found["signalbox_refusals_total{reason=NotAllowed}"] == 2
    assert found["signalbox_refusals_total{reason=BadTarget}"] == 1
    assert found["signalbox_requires_manual_total{action=restart}"] == 1


def test_approvals_are_counted_once_by_how_they_came_out(world: World) -> None:
    """Given runs that waited, when Prometheus asks before and after, then each is counted once, with its age."""
    first, second, third = world.waits(), world.waits(), world.waits()
    world.settle(second, Stage.GRANTED, 90)
    found = scrape(world.measure)
    assert found["signalbox_approvals_total{result=granted}"] == 1
    world.settle(first, Stage.EXPIRED, 3600)
    found = scrape(world.measure)
    assert found == scrape(world.measure) == scrape(world.another())
    assert found["signalbox_approvals_total{result=granted}"] == 1
    assert found["signalbox_approvals_total{result=expired}"] == 1
    assert found["signalbox_approval_age_seconds_bucket{le=120.0}"] == 1
    assert found["signalbox_approval_age_seconds_count"] == 2
    assert world.ledger.consent(third) is not None


@pytest.fixture(params=["twin", "redis"])
def counters(request: pytest.FixtureRequest) -> Iterator[MemoryCounters | RedisCounters]:
    """Both counters, one after the other."""
    if request.param == "twin":
        yield MemoryCounters()
        return
    server = RedisServer()
    server.start()
    yield RedisCounters(Redis(unix_socket_path=str(server.socket)))
    server.remove()


def test_counters_add_up(world: World, counters: MemoryCounters) -> None:
    """Given calls and lags that processes counted, when Prometheus asks, then they are summed, in their buckets."""
    world.counters = counters
    for outcome in ("ok", "ok", "rate_limited"):
        counters.count("signalbox_slack_calls_total", "chat.update", outcome)
    for seconds in (0.2, 0.2, 100.0, -3.0):
        counters.observe("signalbox_event_lag_seconds", seconds)
    found = scrape(world.measure)
    assert found["signalbox_slack_calls_total{method=chat.update,outcome=ok}"] == 2
    assert found["signalbox_slack_calls_total{method=chat.update,outcome=rate_limited}"] == 1
    assert found["signalbox_event_lag_seconds_bucket{le=0.05}"] == 1
    assert found["signalbox_event_lag_seconds_bucket{le=0.25}"] == 3
    assert found["signalbox_event_lag_seconds_bucket{le=60.0}"] == 3
    assert found["signalbox_event_lag_seconds_bucket{le=+Inf}"] == 4
    assert found["signalbox_event_lag_seconds_sum"] == pytest.approx(100.4)


def test_what_a_newer_version_counted_is_passed_over(world: World) -> None:
    """Given a counter that this version does not know, when Prometheus asks, then the rest is there."""
    world.counters._sums["signalbox_new_total", "x"] = 3
    assert scrape(world.measure)["signalbox_workers"] == world.queue.workers()


def test_counting_never_fails() -> None:
    """Given a Redis that is away, when something is counted, then nothing happens."""
    counters = RedisCounters(Redis(unix_socket_path="/nowhere/redis.sock"))
    counters.count("signalbox_slack_calls_total", "chat.update", "ok")
    counters.observe("signalbox_event_lag_seconds", 1.0)


def test_a_store_that_is_away_takes_only_its_own(world: World) -> None:
    """Given no database, then no Redis, when Prometheus asks, then what the other knows is there, and who is away."""
    world.run()

    def away() -> MemoryLedger:
        raise Unavailable("It does not answer.")

    world.measure.ledger = away
    found = scrape(world.measure)
    assert (found["signalbox_up{part=database}"], found["signalbox_up{part=redis}"]) == (0, 1)
    assert "signalbox_queue_depth" in found

    def gone() -> RedisCounters:
        raise RedisAway

    other = world.another()
    other.counters = gone
    found = scrape(other)
    assert (found["signalbox_up{part=database}"], found["signalbox_up{part=redis}"]) == (1, 0)
    assert found["signalbox_runs_total{action=ping,result=successful}"] == 1


def test_the_page(world: World) -> None:
    """Given the page, when it is asked for, then it is 200 in Prometheus' own type, hostile labels escaped."""
    world.counters.count("signalbox_slack_calls_total", 'a"b\n', "ok")
    answer = web(list, metrics_page(world.measure.handle)).test_client().get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert r'method="a\"b\n"' in answer.get_data(as_text=True)


def stop(kind: StopKind, environment: str) -> Stop:
    """One that is in force."""
    return Stop(kind=kind, environment=environment, actor="terminal:anna", reason="so", at=0.0)


def test_what_is_locked_frozen_and_stopped_is_told(world: World) -> None:
    """Given two locks, a freeze and a brake, when Prometheus asks, then they are counted; a release is not."""
    held = [stop(StopKind.LOCK, "dev"), stop(StopKind.LOCK, "prod"), stop(StopKind.FREEZE, "")]
    held += [stop(StopKind.BRAKE, "prod"), stop(StopKind.RELEASE, "dev")]
    world.stops.change(lambda _: tuple(held))
    told = scrape(world.measure)
    assert (told["signalbox_locks{kind=lock}"], told["signalbox_locks{kind=freeze}"]) == (2, 1)
    assert {name for name in told if name.startswith("signalbox_brake")} == {"signalbox_brake{environment=prod}"}


def test_what_guards_deny_is_counted_by_guard(world: World) -> None:
    """Given refusals, when Prometheus asks, then each counts once by its error, and once for each guard that denied."""
    for result in ("NotAllowed: roles, freeze", "NotAllowed: freeze", "NotAllowed", "BadTarget"):
        world.ledger.record(AutomationEvent(action="a", status="refused", result=result))
    told = scrape(world.measure)
    assert told["signalbox_refusals_total{reason=NotAllowed}"] == 3
    assert told["signalbox_denials_total{guard=freeze}"] == 2
    assert told["signalbox_denials_total{guard=roles}"] == 1


def test_every_metric_can_have_a_value(world: World) -> None:
    """Given something of everything, when Prometheus asks, then no metric of the table is missing."""
    world.run()
    world.run(end="")
    world.settle(world.waits(), Stage.DENIED, 5)
    world.ledger.record(AutomationEvent(action="a", status="refused", result="NotAllowed: freeze"))
    world.stops.change(lambda _: (stop(StopKind.BRAKE, "prod"),))
    world.ledger.record(AutomationEvent(action="a", status="requires_manual"))
    world.counters.count("signalbox_slack_calls_total", "chat.update", "ok")
    world.counters.count("signalbox_engine_starts_total", "warm", "")
    world.counters.count("signalbox_escalations_total", "1")
    world.counters.count("signalbox_alerts_received_total", "grafana", by=3)
    world.counters.count("signalbox_alerts_refused_total", "grafana", "wrong")
    world.counters.count("signalbox_alerts_suppressed_total", "repeated")
    world.counters.count("signalbox_rule_matches_total", "town/mend")
    world.counters.count("signalbox_automatic_runs_total", "refused")
    world.counters.count("signalbox_fixes_total", "verified")
    for name in ("signalbox_event_lag_seconds", "signalbox_run_first_event_seconds"):
        world.counters.observe(name, 0.1)
    names = {line.split()[2] for line in world.measure.handle().decode().splitlines() if line.startswith("# HELP")}
    assert names == set(METRICS)
