"""Example runbooks from a chat command to real hosts over SSH and back: events out, rows in SQL."""

import re

import pytest

from bot.fleet import Fleet
from tests.e2e.place import Place
from tests.e2e.talk import Result

pytestmark = [pytest.mark.fleet, pytest.mark.xdist_group("e2e-fleet-road")]

WEB = {"web1", "web2", "web3"}
ALL = WEB | {"db1"}


def outcomes(result: Result) -> dict[str, dict[str, int]]:
    """How each host came out, as the recap says."""
    return {each["host"]: each for each in result.run["outcomes"]}


def messages(result: Result, task: str) -> dict[str, str]:
    """What each host said in a task."""
    return {e["host"]: e["message"] for e in result.of("event") if e["task"] == task and e["result"]}


def test_a_ping_leaves_events_in_order_and_rows_in_every_table(fleet_town: Place) -> None:
    """A ping of four hosts answers from all, and SQL holds the run, its statuses, hosts, events and audit."""
    result = fleet_town.ask("run ping in fleet")
    number = result.run["id"]
    assert (result.status, result.run["status"], set(outcomes(result))) == (0, "successful", ALL)
    counters = [row["counter"] for row in fleet_town.rows("SELECT counter FROM run_events WHERE run_id=?", number)]
    assert sorted(counters) == list(range(1, len(result.of("event")) + 1))
    statuses = fleet_town.rows("SELECT to_status FROM run_statuses WHERE run_id=? ORDER BY id", number)
    assert [row["to_status"] for row in statuses] == ["queued", "starting", "running", "successful"]
    hosts = fleet_town.rows("SELECT host, ok, unreachable, failed FROM run_hosts WHERE run_id=?", number)
    counted = {row["host"]: (row["ok"], row["unreachable"], row["failed"]) for row in hosts}
    assert counted == dict.fromkeys(ALL, (1, 0, 0))
    audit = fleet_town.rows("SELECT action, status FROM automation_events WHERE run_id=? ORDER BY id", number)
    told = [("ping", status) for status in ("accepted", "started", "successful")]
    assert [tuple(row.values()) for row in audit] == told


@pytest.mark.parametrize(
    ("limit", "hosts"),
    [
        ("web:&dc1:!web3", ["web1"]),
        ("web[1:2]", ["web2", "web3"]),
        ("dc2", ["web2", "db1"]),
        ("~(web|db)1", ["web1", "db1"]),
        ("web*,!web2", ["web1", "web3"]),
    ],
)
def test_a_limit_is_ansibles_own_pattern(fleet_town: Place, limit: str, hosts: list[str]) -> None:
    """Groups, ranges, intersections, exclusions and expressions narrow a run to exactly the hosts they mean."""
    result = fleet_town.ask(f"run uptime on {limit} in fleet")
    assert (result.status, set(outcomes(result))) == (0, set(hosts))
    touched = {event["host"] for event in result.of("event") if event["host"]}
    assert touched == set(hosts)


def test_a_host_report_has_one_message_for_each_host(fleet_town: Place) -> None:
    """Every host says its uptime, load, memory and disk; the ad-hoc facts say its system."""
    result = fleet_town.ask("report on web in fleet", "run facts on db1 in fleet")
    assert result.status == 0
    said = [e for e in result.of("event") if re.search(r"^load ", e["message"], re.MULTILINE)]
    assert {e["host"] for e in said} >= WEB
    facts = [e["message"] for e in result.of("event") if e["host"] == "db1" and e["result"] == "ok"]
    assert any("Debian" in fact for fact in facts), facts


def test_a_full_disk_fails_its_host_with_a_message(fleet: Fleet, fleet_town: Place) -> None:
    """A file system without a free byte fails its host alone, with how full it is; the exit status is 1."""
    fleet.fill_disk("web2", "/srv")
    try:
        result = fleet_town.ask("run disk-usage on web in fleet threshold=90 paths=/srv")
    finally:
        fleet.heal("web2")
    assert (result.status, result.run["status"]) == (1, "failed")
    failed = [event for event in result.of("event") if event["result"] == "failed"]
    assert {event["host"] for event in failed} == {"web2"}
    assert all("100" in event["message"] for event in failed)
    assert {host for host, counts in outcomes(result).items() if counts["failed"]} == {"web2"}


def test_a_restarted_service_is_another_process(fleet: Fleet, fleet_town: Place) -> None:
    """The nginx of web1 has another main process afterwards, the one of web2 the same."""

    def main_pid(host: str) -> str:
        return fleet.run(host, "systemctl show --property=MainPID --value nginx").stdout

    before = {host: main_pid(host) for host in ("web1", "web2")}
    result = fleet_town.ask("restart nginx on web1 in fleet")
    assert result.status == 0, result.out
    assert main_pid("web1") != before["web1"]
    assert main_pid("web2") == before["web2"]


def test_collected_logs_land_on_the_controller(fleet_town: Place) -> None:
    """The log of a unit comes back as a file below the project's state, with the host's own lines."""
    result = fleet_town.ask("collect logs of ssh on web2 in fleet")
    assert result.status == 0, result.out
    files = [path for path in fleet_town.project.rglob("ssh-*.log") if "web2" in str(path)]
    assert len(files) == 1
    assert "sshd" in files[0].read_text()


def test_a_rolling_update_goes_batch_by_batch(fleet: Fleet, fleet_town: Place) -> None:
    """With a batch of two, two batches one after the other bring the version to all web hosts and to no other."""
    result = fleet_town.ask("run rolling-update in fleet version=2.0.1 batch=2")
    assert result.status == 0, result.out
    assert [fleet.run(host, "cat /var/www/html/version.txt").stdout for host in sorted(WEB)] == ["2.0.1\n"] * 3
    assert fleet.run("db1", "test -e /var/www/html/version.txt", check=False).returncode == 1
    written = [e["host"] for e in result.of("event") if e["task"].endswith("Write the version") and e["result"]]
    assert set(written[:2]) == {"web1", "web2"}
    assert written[2:] == ["web3"]


def test_a_cache_is_emptied_and_nothing_else(fleet: Fleet, fleet_town: Place) -> None:
    """The allowed directory is empty afterwards; a directory that is not allowed is refused and stays."""
    fleet.run("web3", "cd /var/tmp && mkdir -p signalbox-cache/a other && touch signalbox-cache/a/b other/x")
    assert fleet_town.ask("clear cache on web3 in fleet").status == 0
    assert fleet.run("web3", "find /var/tmp/signalbox-cache -mindepth 1; ls /var/tmp/other").stdout == "x\n"
    refused = fleet_town.ask("run clear-cache on web3 in fleet path=/var/tmp/signalbox-cache/../other")
    assert refused.status == 1
    assert "may not be emptied" in refused.said
    assert fleet.run("web3", "ls /var/tmp/other").stdout == "x\n"


def test_a_token_from_standard_input_reaches_the_host(fleet: Fleet, fleet_town: Place) -> None:
    """The secret that follows the command on standard input stands on the host, readable for its owner only."""
    result = fleet_town.chat(stdin="run set-token on web1 in fleet application=mail\nn0t-F0r-Y0ur-Eyes\n")
    assert result.status == 0, result.out
    assert fleet.run("web1", "sudo cat /etc/signalbox-example/mail").stdout == "n0t-F0r-Y0ur-Eyes\n"
    assert fleet.run("web1", "sudo stat -c '%a %U' /etc/signalbox-example/mail").stdout == "600 root\n"
    assert "n0t-F0r-Y0ur-Eyes" not in result.out


def test_retry_touches_the_failed_hosts_only(fleet_town: Place) -> None:
    """Half of the hosts fail; the retry has exactly those as its target."""
    first = fleet_town.ask("run failing in fleet")
    bad = {host for host, counts in outcomes(first).items() if counts["failed"]}
    assert first.status == 1
    assert 0 < len(bad) < len(ALL)
    again = fleet_town.ask(f"retry {first.run['id']}")
    assert set(again.run["hosts"]) == bad
    assert {event["host"] for event in again.of("event") if event["host"]} == bad
    assert fleet_town.rows("SELECT parent, parent_how FROM runs WHERE id=?", again.run["id"]) == [
        {"parent": first.run["id"], "parent_how": "retry"}
    ]


def test_the_slow_one_takes_its_time_step_by_step(fleet_town: Place) -> None:
    """Three steps of nothing show as three tasks on every host."""
    result = fleet_town.ask("run slow on web in fleet seconds=0 steps=3")
    assert result.status == 0
    steps = [(e["task"], e["host"]) for e in result.of("event") if e["result"] and e["task"].startswith("Step")]
    assert set(steps) == {(f"Step {number} of 3", host) for number in (1, 2, 3) for host in WEB}
