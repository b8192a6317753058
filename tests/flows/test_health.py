"""Health: each dependency well, and each broken in its own way, with a remedy and without a secret."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from bot.alerts import configured
from bot.errors import Misconfigured, ProjectBroken
from bot.flows.health import Health
from bot.ledger.sql import SqlLedger
from bot.model.health import Finding
from bot.queue import Leases, RedisQueue, SealedBox, installation_key
from tests.queue.redis_server import RedisServer, client_of

from .world import World

SERVICES = ["redis", "database", "workers", "relay", "engine"]
ALL = [*SERVICES, "project", "environments", "policy", "alerts", "home", "ansible", "ssh", "git"]


@pytest.fixture(scope="module")
def shared() -> Iterator[RedisServer]:
    """A real Redis for all tests here that do not stop it."""
    server = RedisServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def client(shared: RedisServer) -> Iterator[redis.Redis]:
    """A client of a Redis without data."""
    with shared.client() as client:
        client.flushall()
        yield client


@pytest.fixture
def stations(world: World, client: redis.Redis, tmp_path: Path) -> Iterator[dict[str, Callable[[], Any]]]:
    """Everything that health looks at, all of it well but for workers and relay, which nobody has started."""
    ledger = SqlLedger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.migrate()
    yield {
        "redis": lambda: client,
        "ledger": lambda: ledger,
        "queue": lambda: RedisQueue(client, SealedBox(installation_key(tmp_path))),
        "leases": lambda: Leases(client),
        "catalog": lambda: world.catalog,
        "inventories": lambda: world.inventories,
        "policy": lambda: world.policy,
        "alerts": lambda: configured(world.policy.policy().alerts),
        "secret": lambda _name: "",
        "engine": lambda: "loaded, 3 runs so far",
        "home": tmp_path,
    }
    ledger.close()


def found(stations: dict[str, Callable[[], Any]]) -> dict[str, Finding]:
    """What `doctor` finds, by name; what fails always has a remedy."""
    findings = {finding.name: finding for finding in Health(**stations).handle()}
    assert list(findings) == ALL
    assert all(finding.what for finding in findings.values())
    assert all(finding.ok or finding.remedy for finding in findings.values())
    assert all("\n" not in finding.what for finding in findings.values())
    return findings


def test_everything_that_is_there_is_well(stations: dict[str, Callable[[], Any]], client: redis.Redis) -> None:
    """Given stations that answer, when they are looked at, then each is well and says what it is."""
    assert Leases(client).take("relay")
    findings = found(stations)
    assert [name for name, finding in findings.items() if not finding.ok] == ["workers"]
    assert "version" in findings["redis"].what
    assert "at migration" in findings["database"].what
    assert findings["relay"].what == "at work"
    assert findings["project"].what == "3 runbooks"
    assert findings["environments"].what == "lab (5 hosts)"
    assert "none written" in findings["policy"].what
    assert findings["ansible"].what.startswith("ansible-core ")
    assert findings["engine"].what == "loaded, 3 runs so far"


def test_ansible_that_is_not_loaded_is_no_failure(stations: dict[str, Callable[[], Any]]) -> None:
    """Given runs that start Ansible anew, when the engine is looked at, then it is said why, and is well."""
    finding = found({**stations, "engine": lambda: "not loaded, a run starts Ansible anew: so it is."})["engine"]
    assert (finding.ok, finding.what) == (True, "not loaded, a run starts Ansible anew: so it is.")


def test_nobody_at_work_is_said(stations: dict[str, Callable[[], Any]]) -> None:
    """Given no worker and no relay, when they are looked for, then both fail, and the remedy starts them."""
    findings = found(stations)
    assert (findings["workers"].ok, findings["relay"].ok) == (False, False)
    assert "`python -m bot worker`" in findings["workers"].remedy
    assert "`python -m bot relay`" in findings["relay"].remedy


def test_a_queue_without_workers_is_said(
    world: World, stations: dict[str, Callable[[], Any]], client: redis.Redis
) -> None:
    """Given workers, none of them for an environment's queue, when they are looked for, then both are told."""
    world.write("inventories/far/hosts.yml", "all: {hosts: {far1: {}}}\n")
    world.write("signalbox.yml", "environments: {far: {queue: dc1}, planned: {queue: dc2}}\n")
    beat = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    client.hset("rq:worker:one", "last_heartbeat", beat)
    for known in ("rq:workers", "rq:workers:signalbox"):
        client.sadd(known, "rq:worker:one")
    finding = found(stations)["workers"]
    assert (finding.ok, finding.what) == (False, "No worker listens to dc1 (far).")
    assert "--queues" in finding.remedy
    client.sadd("rq:workers:signalbox:dc1", "rq:worker:one")
    assert found(stations)["workers"].what == "1 listening, 0 runs waiting"


def test_healthz_looks_at_services_only(stations: dict[str, Callable[[], Any]]) -> None:
    """Given the checks, when services are looked at, then it is those, in order."""
    assert [finding.name for finding in Health(**stations).services()] == SERVICES


def test_a_redis_that_is_away(stations: dict[str, Callable[[], Any]], tmp_path: Path) -> None:
    """Given no Redis, when health is looked at, then what needs it fails, each with a remedy; all else is well."""
    gone = client_of(tmp_path / "nothing.sock")
    box = SealedBox(installation_key(tmp_path))
    broken = {"redis": lambda: gone, "queue": lambda: RedisQueue(gone, box), "leases": lambda: Leases(gone)}
    findings = found({**stations, **broken})
    assert [name for name, finding in findings.items() if not finding.ok] == ["redis", "workers", "relay"]
    assert "REDIS_URL" in findings["redis"].remedy


def test_a_database_that_can_not_be_opened(stations: dict[str, Callable[[], Any]], tmp_path: Path) -> None:
    """Given a database that is no database, when health is looked at, then it fails, with the variable to mend."""
    (tmp_path / "broken.db").write_bytes(b"this is no database at all" * 100)
    findings = found({**stations, "ledger": lambda: SqlLedger(f"sqlite:///{tmp_path}/broken.db")})
    assert not findings["database"].ok


def test_a_database_of_an_older_version(stations: dict[str, Callable[[], Any]], tmp_path: Path) -> None:
    """Given a database without our tables, when health is looked at, then it says that migrations are to be applied."""
    findings = found({**stations, "ledger": lambda: SqlLedger(f"sqlite:///{tmp_path}/empty.db")})
    assert "still to apply" in findings["database"].what
    assert "`python -m bot relay`" in findings["database"].remedy


@pytest.mark.parametrize("name", ["redis", "ledger", "queue", "leases", "catalog", "inventories", "policy"])
@pytest.mark.parametrize(
    "error",
    [ProjectBroken("It is broken.", "Mend it."), Misconfigured("It is wrong."), ValueError("secret://user:pw@host")],
    ids=["with remedy", "without remedy", "unexpected"],
)
def test_a_station_that_can_not_be_made(
    stations: dict[str, Callable[[], Any]], client: redis.Redis, name: str, error: Exception
) -> None:
    """Given one station that can't even be made, when health is looked at, then only its checks fail; no word leaks."""

    def broken() -> Any:
        raise error

    Leases(client).take("relay")
    findings = found({**stations, name: broken})
    failed = {finding.name for finding in findings.values() if not finding.ok} - {"workers"}
    own = {
        "ledger": "database",
        "queue": "workers",
        "leases": "relay",
        "catalog": "project",
        "inventories": "environments",
    }
    assert failed == {own.get(name, name)} - {"workers"}
    assert "pw@host" not in repr(findings)


def test_a_broken_runbook_is_named_with_its_line(world: World, stations: dict[str, Callable[[], Any]]) -> None:
    """Given a broken runbook file, when health is looked at, then file, line, fault and remedy are there."""
    world.write("playbooks/bad.runbook.yml", "id: bad\nsummary: Bad\nplaybook: site.yml\nsafty: {}\n")
    finding = found(stations)["project"]
    assert not finding.ok
    assert finding.what.startswith("1 runbook files left out, first playbooks/bad.runbook.yml:4: ")
    assert "safety" in finding.remedy


def test_a_broken_inventory_is_named(world: World, stations: dict[str, Callable[[], Any]]) -> None:
    """Given a broken inventory, when health is looked at, then the environment is named."""
    world.write("inventories/bad/hosts.yml", "all: [\n")
    finding = found(stations)["environments"]
    assert not finding.ok
    assert finding.what.startswith("bad: ")


def test_no_environment_at_all(world: World, stations: dict[str, Callable[[], Any]]) -> None:
    """Given no inventories, when health is looked at, then the remedy says where they belong."""
    (world.root / "inventories/lab/hosts.yml").unlink()
    (world.root / "inventories/lab").rmdir()
    finding = found(stations)["environments"]
    assert not finding.ok
    assert "inventories/" in finding.remedy


def test_a_policy_that_broke_later_holds_and_is_reported(world: World, stations: dict[str, Callable[[], Any]]) -> None:
    """Given a good policy that somebody broke, when health is looked at, then the last good one is said to hold."""
    world.write("signalbox.yml", "roles: {a: {}, b: {}}\n")
    assert found(stations)["policy"].what == "2 roles"
    world.write("signalbox.yml", "roles: {a: {}, b: {}, c: \n")
    finding = found(stations)["policy"]
    assert not finding.ok
    assert "The last good one holds." in finding.what


SENDERS = """
alerts:
  alertmanager: {auth: {type: bearer, secret_env: [NEW, OLD]}}
  opsgenie: {auth: {type: header, header: X-Token, secret_env: TOKEN}}
"""


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"OLD": "long-enough-to-be-a-secret", "TOKEN": "long-enough-as-well"}, ""),
        ({}, "NEW and OLD of alerts.alertmanager are not set. TOKEN of alerts.opsgenie is not set."),
        (
            {"NEW": "hunter2", "TOKEN": "long-enough-as-well"},
            "NEW of alerts.alertmanager is shorter than 16 characters.",
        ),
    ],
)
def test_senders_without_a_good_secret_are_said(
    world: World, stations: dict[str, Callable[[], Any]], known: dict[str, str], said: str
) -> None:
    """Given sources, when their secrets are not set or too short, then that is said with the remedy, and no secret."""
    assert found(stations)["alerts"].what == "nobody may send any"
    world.write("signalbox.yml", SENDERS)
    finding = found({**stations, "secret": lambda name: known.get(name, "")})["alerts"]
    assert (finding.ok, finding.what) == (not said, said or "alertmanager, opsgenie may send")
    assert said == "" or "openssl rand -hex 32" in finding.remedy
    assert "hunter2" not in str(finding)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_home_without_room_is_said(stations: dict[str, Callable[[], Any]], small_disk: Path) -> None:
    """Given a home on a disk that is nearly full, or read-only, when health is looked at, then it says which."""
    finding = found({**stations, "home": small_disk / "to" / "come"})["home"]
    assert (finding.ok, finding.what) == (False, "2 MB are free in SIGNALBOX_HOME.")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert found({**stations, "home": small_disk})["home"].what == "SIGNALBOX_HOME cannot be written."


@pytest.mark.parametrize("program", ["ssh", "git"])
def test_a_missing_program(
    stations: dict[str, Callable[[], Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str
) -> None:
    """Given a PATH without a program, when health is looked at, then it is named, and the remedy installs it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = found(stations)[program]
    assert finding.what == f"{program} is not installed."
    assert finding.remedy.startswith("Install")
