"""Several machines: network namespaces, each with a home and a checkout of its own; one Redis, one PostgreSQL.

The hub has the stores, a relay and the chats; `east` and `west` have a worker each, with nothing but Redis over TLS.
"""

import base64
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from bot.fleet import net
from tests.e2e import processes
from tests.e2e.place import Place
from tests.ledger.postgres import PostgresServer
from tests.queue.redis_ways import PASSWORD, QUOTED, USER, Server, certify, locked
from tests.torture.checks import LOST_SECONDS

pytestmark = [
    pytest.mark.xdist_group("e2e-machines"),
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces are root's"),
]

SUBNET = 251
NETS = f"machines{os.getpid()}"
HUB = f"{net.BLOCK}.{SUBNET}.1"
POLICY = """
roles: {all: {members: ["terminal:*"], may: [{runbooks: ["*"], environments: ["*"]}]}}
environments: {east: {queue: dc1}, west: {queue: dc2}, north: {queue: dc3}}
"""
WHERE = "- {name: Where, command: ip -4 -oneline address show dev host0, register: found}\n"
WHERE += "- {name: Say, debug: {msg: '{{ found.stdout }}'}}"
SLEEP = "- {name: Sleep, command: sleep 4}\n- {name: After, command: 'true'}"


@dataclass(frozen=True)
class Machines:
    """The hub, and the two that work; `sql` is the server that the hub has."""

    hub: Place
    east: Place
    west: Place
    sql: PostgresServer

    def last_ended_at(self) -> float:
        """When the last run that was asked for ended, as SQL has it. Unix seconds."""
        asked = "SELECT ended_at FROM runs ORDER BY id DESC LIMIT 1"
        with psycopg.connect(self.sql.url_of("signalbox")) as connection, connection.execute(asked) as answer:
            (ended_at,) = answer.fetchone() or (None,)
        assert isinstance(ended_at, datetime)
        return ended_at.timestamp()

    def share(self) -> None:
        """The same project on all of them."""
        for place in (self.hub, self.east, self.west):
            for name in ("east", "west", "north"):
                place.inventory(name, {"lab": [f"{name}1"]})
            place.write("signalbox.yml", POLICY)
            place.playbook("where", WHERE)
            place.playbook("sleep", SLEEP)
            place.commit()


def _entered(name: str) -> tuple[str, ...]:
    return ("nsenter", f"--net={net.path(name)}", "--")


def _stores(folder: Path, stack: ExitStack) -> tuple[dict[str, str], PostgresServer]:
    """Redis with TLS and a user, PostgreSQL with a password: what processes need to know of them, and that server."""
    certify(folder, HUB)
    lines = ["tls-port 6379", f"tls-cert-file {folder}/server.pem", f"tls-key-file {folder}/server.key"]
    lines += [f"tls-ca-cert-file {folder}/ca.pem", "tls-auth-clients no", f"unixsocket {folder}/redis.sock"]
    settings = [line.replace("127.0.0.1", HUB) for line in locked(0)]
    server = Server(folder / "redis", *settings, *lines, enter=_entered(net.controller(NETS)))
    stack.callback(server.kill)
    server.answers(Redis(unix_socket_path=f"{folder}/redis.sock", username="inner", password="inner"))
    postgres = PostgresServer(HUB, _entered(net.controller(NETS)))
    stack.callback(postgres.remove)
    postgres.start()
    postgres.execute("CREATE ROLE locked LOGIN PASSWORD 'sql-word'")
    postgres.execute("CREATE DATABASE signalbox OWNER locked")
    environment = {
        "REDIS_URL": f"rediss://{USER}:{QUOTED}@{HUB}:6379/0?ssl_ca_certs={folder}/ca.pem",
        "DATABASE_URL": f"postgresql://locked:sql-word@{HUB}:5432/signalbox",
        "SIGNALBOX_KEY": base64.urlsafe_b64encode(os.urandom(32)).decode(),
    }
    return environment, postgres


def _machine(name: str, env: dict[str, str], stack: ExitStack) -> Place:
    place = Place()
    stack.callback(place.close)
    place.enter, place.extra = _entered(name), dict(env)
    return place


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """All of it at work; nothing is left of it."""
    folder = tmp_path_factory.mktemp("stores")
    with ExitStack() as stack:
        stack.callback(net.remove, NETS)
        net.raise_controller(NETS, SUBNET)
        for index, name in enumerate(("east", "west")):
            net.raise_host(NETS, name, SUBNET, index)
        env, sql = _stores(folder, stack)
        worker = {name: env[name] for name in ("REDIS_URL", "SIGNALBOX_KEY")}
        hub = _machine(net.controller(NETS), env, stack)
        east, west = (_machine(net.namespace(NETS, name), worker, stack) for name in ("east", "west"))
        made = Machines(hub, east, west, sql)
        made.share()
        stack.enter_context(hub.process("relay"))
        stack.enter_context(east.process("worker", "--queues", "dc1"))
        stack.enter_context(west.process("worker", env={"SIGNALBOX_QUEUES": "dc2,default"}))
        redis = Redis(unix_socket_path=f"{folder}/redis.sock", username="inner", password="inner")
        processes.until(lambda: redis.scard("rq:workers") == len([east, west]), 60, "both workers")
        redis.close()
        yield made


def test_runs_go_to_the_machines_that_their_environments_are_bound_to(machines: Machines) -> None:
    """Each environment's run is on the machine whose worker listens; no machine of a worker has SQL or a key file."""
    for place, name, index in ((machines.east, "east", 0), (machines.west, "west", 1)):
        result = machines.hub.ask(f"run where in {name}")
        assert (result.status, result.run["status"]) == (0, "successful"), result.out + result.err
        assert f"inet {net.address(SUBNET, index)}/24" in result.said
        assert not {"signalbox.db", "key"} & {path.name for path in place.home.iterdir()}


def test_a_project_that_differs_is_refused_with_the_reason(machines: Machines) -> None:
    """West has another version of the playbook: its runs end with what has changed; those of east do not mind."""
    machines.west.playbook("where", WHERE.replace("Where", "Elsewhere"))
    try:
        refused = machines.hub.ask("run where in west")
        assert (refused.status, refused.run["status"]) == (1, "error")
        assert refused.run["reason"].startswith("where has changed since this was asked. ")
        assert "Bring the same revision of the project to every machine" in refused.run["reason"]
        assert machines.hub.ask("run where in east").run["status"] == "successful"
    finally:
        machines.share()


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("ansible.cfg", "[defaults]\nforks = 3\n", "another ansible.cfg."),
        ("playbooks/library/mine.py", "x = 1\n", "other plugins or modules."),
        ("inventories/west/group_vars/all.yml", "a: 1\n", "other group_vars or host_vars."),
    ],
)
def test_surroundings_that_differ_are_refused_with_their_kind(
    machines: Machines, name: str, text: str, told: str
) -> None:
    """West has another file that no playbook names: its runs end, and the reason tells which kind of file it is."""
    path = machines.west.project / name
    before = path.read_text() if path.exists() else None
    machines.west.write(name, text)
    try:
        refused = machines.hub.ask("run where in west")
        assert (refused.status, refused.run["status"]) == (1, "error")
        assert refused.run["reason"].startswith(f"The project has changed since this was asked: {told} ")
        assert machines.hub.ask("run where in east").run["status"] == "successful"
    finally:
        path.unlink() if before is None else path.write_text(before)
    assert machines.hub.ask("run where in west").run["status"] == "successful"


def test_a_run_survives_a_link_that_is_down_for_a_moment(machines: Machines) -> None:
    """The cable of a working machine is pulled for 2 seconds: its run goes on, every event arrives, once."""
    talking = machines.hub.talking("run sleep in east", json=True)
    talking.until(lambda out: "runner_on_start" in out)
    net.cut(NETS, 0)
    subprocess.run(["sleep", "2"], check=True)
    net.mend(NETS, 0)
    result = talking.result()
    assert (result.status, result.run["status"]) == (0, "successful"), result.out
    counters = [event["counter"] for event in result.of("event")]
    assert counters == list(range(1, len(counters) + 1))


def test_doctor_tells_of_a_queue_without_workers_and_no_secret(machines: Machines) -> None:
    """An environment whose queue nobody listens to is named; no word of URLs is in doctor's lines or in any log."""
    argv = [*machines.hub.enter, sys.executable, "-m", "bot", "doctor"]
    said = subprocess.run(argv, env=machines.hub.environment(), capture_output=True, text=True, check=False)
    assert "FAILS workers       No worker listens to dc3 (north)." in said.stdout
    logs = "".join(path.read_text() for place in (machines.hub, machines.east, machines.west) for path in _logs(place))
    assert "worker is ready" in logs
    for secret in (PASSWORD, QUOTED, "sql-word", machines.hub.extra["SIGNALBOX_KEY"]):
        assert secret not in said.stdout + said.stderr + logs


def test_a_machine_that_is_cut_off_loses_its_run(machines: Machines) -> None:
    """Cut off for good: the run is lost within 10 seconds, what it left is named; back again, nothing of it goes on."""
    talking = machines.hub.talking("run sleep in west", json=True)
    talking.until(lambda out: "runner_on_start" in out)
    cut_at = time.time()
    net.cut(NETS, 1)
    try:
        result = talking.result(60)
    finally:
        net.mend(NETS, 1)
    assert result.run["status"] == "lost", result.out
    assert 0 < machines.last_ended_at() - cut_at < LOST_SECONDS
    assert result.run["busy_hosts"] == ["west1"]
    assert processes.await_none(machines.west.home / "runs", 30) == []
    again = machines.hub.ask("run where in west")
    assert again.run["status"] == "successful", again.out


def _logs(place: Place) -> Iterator[Path]:
    return place.root.glob("*.log")
