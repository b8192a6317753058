"""Every example runbook is rehearsed on real hosts that come up and go down by chat."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.fleet.shell import NOT_ROOT, is_root
from tests.e2e.place import REPOSITORY, Place

pytestmark = [
    pytest.mark.fleet,
    pytest.mark.xdist_group("e2e-fleet-road"),
    pytest.mark.skipif(not is_root(), reason=NOT_ROOT),
    pytest.mark.timeout(900),  # one chat rehearses all of them, three runs each
]

ASKED = {
    "clear-cache": "on db1",
    "collect-logs": "on db1 unit=ticker",
    "disk-usage": "on db1",
    "facts": "on db1",
    "failing": "on db1 how=none",
    "host-report": "on db1",
    "ping": "on db1",
    "recover-service": "on web1 service=nginx",
    "restart-service": "on web1 service=nginx",
    "rolling-update": "on web1 version=1.2.3",
    "set-token": "on db1 application=mail",
    "slow": "on db1 seconds=0",
    "uptime": "on db1",
}
"""Where each one is rehearsed, with which parameters."""

SECRETS = {"set-token": "n0t-F0r-Y0ur-Eyes\n"}
AGAIN = {
    "clear-cache",
    "collect-logs",
    "facts",
    "failing",
    "recover-service",
    "restart-service",
    "rolling-update",
    "uptime",
}
"""What may change something again: a restart is one each time, and so is a bare command."""

Steps = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def stage() -> Iterator[Place]:
    """An installation with the example's own environment `fleet`, in which two hosts are brought up from chat."""
    made = Place()
    for part in Path(REPOSITORY / "inventories/fleet").rglob("*"):
        if part.is_file():
            target = made.write(str(part.relative_to(REPOSITORY)), part.read_text())
            target.chmod(part.stat().st_mode)
    made.commit()
    try:
        with made.up("--workers", "1"):
            assert made.chat("env up fleet web1 db1").status == 0
            yield made
            gone = made.ask("env destroy fleet")
            assert made.chat(f"confirm {gone.run['id']}").status == 0
            assert made.settled(gone.run["id"]) == "successful"
            assert "The fleet is down" in made.chat("hosts all in fleet").out
        made.leave()
        made.assert_quiet()
    finally:
        made.close()


@pytest.fixture(scope="module")
def rehearsed(stage: Place) -> Steps:
    """For each runbook how its steps went, by their names; all are asked for in one chat."""
    lines = "".join(f"rehearse {name} {how} in fleet\n{SECRETS.get(name, '')}" for name, how in ASKED.items())
    result = stage.ask(stdin=lines, seconds=600)
    ended = [run for run in result.of("run") if "outcomes" in run]
    return {run["runbook"]: {step["name"]: step["state"] + step["note"] for step in run["steps"]} for run in ended}


def test_every_example_is_rehearsed_here() -> None:
    """Given the runbooks of the repository, when they are counted, then the table below has each of them."""
    files = (REPOSITORY / "playbooks").glob("*.runbook.yml")
    assert {yaml.safe_load(file.read_text())["id"] for file in files} == set(ASKED)


@pytest.mark.parametrize("name", sorted(ASKED))
def test_it_passes_a_rehearsal(rehearsed: Steps, name: str) -> None:
    """Given real hosts, when it is rehearsed, then check, run and second run are well, and it says what it changed."""
    steps = rehearsed[name]
    assert {**steps, "run again": ""} == {"bring up": "done", "check": "done", "run": "done", "run again": ""}
    assert steps["run again"].startswith("done")
    assert name in AGAIN or steps["run again"] == "doneidempotent, nothing changed"


def test_a_service_that_is_not_there_ends_it_with_the_check(stage: Place) -> None:
    """Given a host without a service, when its restart is rehearsed, then it ends with the check, by name."""
    result = stage.chat("rehearse restart-service on db1 in fleet service=postgresql")
    assert result.status == 1
    assert "check: failed; run: not reached; run again: not reached" in result.out, result.out
