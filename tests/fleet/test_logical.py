"""Stories of a fleet without root: names for this machine, and which hosts words mean."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from bot.engine.environment import allowed, for_playbook
from bot.engine.private import private_dir
from bot.errors import FleetBroken
from bot.fleet import names, state
from bot.fleet.keeper import keeper
from bot.fleet.logical import LOUD, LogicalKeeper
from bot.fleet.state import HostState
from bot.targets import Inventories

ROOT = Path(__file__).resolve().parents[2]


def test_words_mean_hosts() -> None:
    """Nothing means what is there or the usual four, a number so many, names themselves."""
    assert names.wanted([], []) == ("web1", "web2", "db1", "cache1")
    assert names.wanted([], ["x1"]) == ("x1",)
    assert names.wanted(["6"], []) == ("web1", "web2", "db1", "cache1", "web3", "web4")
    assert names.wanted(["a", "b", "a"], []) == ("a", "b")
    assert names.groups(["web1", "my-db-2"]) == {"web1": ("web", "dc1"), "my-db-2": ("my_db", "dc2")}
    for wrong in ("0", "201"):
        with pytest.raises(FleetBroken, match="1 to 200"):
            names.wanted([wrong], [])


def test_who_is_not_root_gets_names_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given another user than root, the fleet is names for this machine, each of which says that it is no host."""
    monkeypatch.setattr("bot.fleet.keeper.is_root", lambda: False)
    told: list[HostState] = []
    fleet = keeper(tmp_path)
    fleet.up(["2"], told.append)

    assert isinstance(fleet, LogicalKeeper)
    assert [(host.host, host.message) for host in told] == [("web1", LOUD), ("web2", LOUD)]
    assert fleet.status() == told


def test_names_can_be_forgotten_and_not_broken(tmp_path: Path) -> None:
    """Given names, breaking or saving one is refused; one can be taken down, and with the last one nothing is left."""
    fleet = keeper(tmp_path, logical=True)
    fleet.up(["web1", "web2"], lambda _: None)
    for refused in (lambda: fleet.hurt("web1", "slow", "", print), lambda: fleet.save("x", print)):
        with pytest.raises(FleetBroken, match="A name for this machine"):
            refused()

    fleet.down(["web1"], lambda _: None)
    assert [host.host for host in fleet.status()] == ["web2"]
    fleet.down([], lambda _: None)
    assert state.load(tmp_path) is None


def test_environment_says_what_it_is_made_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given no fleet and then names, the environment is empty, then has them; both times it says so."""
    monkeypatch.setenv("SIGNALBOX_HOME", str(tmp_path))
    inventories = Inventories(ROOT)
    down = inventories.describe("fleet")
    assert (down.host_count, down.problem) == (0, "")
    assert down.note == "The fleet is down; `python -m bot fleet up` starts it."

    keeper(tmp_path, logical=True).up(["2"], lambda _: None)
    up = inventories.describe("fleet")
    assert (up.host_count, up.note[:40]) == (2, "These hosts are names for this machine: ")


def test_home_is_found_in_the_project_s_env_file(tmp_path: Path) -> None:
    """Given a copy of the script in another project whose .env names the home, its hosts are found."""
    script = tmp_path / "inventories/fleet/hosts.py"
    script.parent.mkdir(parents=True)
    script.write_text((ROOT / "inventories/fleet/hosts.py").read_text())
    script.chmod(0o755)
    (tmp_path / ".env").write_text("A=b\nSIGNALBOX_HOME='there'\n")
    keeper(tmp_path / "there", logical=True).up(["web1"], lambda _: None)

    done = subprocess.run([script], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["all"]["hosts"] == ["web1"]


def test_home_is_found_from_within_a_run(tmp_path: Path) -> None:
    """Given a run's environment, which does not name the home, the hosts of the home that the run lies in are found."""
    keeper(tmp_path, logical=True).up(["7"], lambda _: None)
    with private_dir(tmp_path, 1) as private:
        own = {"PATH": os.environ["PATH"], "SIGNALBOX_HOME": str(tmp_path)}
        seen = for_playbook(allowed(own), ROOT, private)
        assert "SIGNALBOX_HOME" not in seen
        script = ROOT / "inventories/fleet/hosts.py"
        done = subprocess.run([script], env=seen, capture_output=True, text=True, check=True)
    assert len(json.loads(done.stdout)["all"]["hosts"]) == 7
