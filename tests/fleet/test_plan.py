"""Stories of what a fleet is made from: plans, and the machine's own package sources. No host is started."""

from pathlib import Path

import pytest

from bot.errors import FleetBroken
from bot.fleet import Fleet, cgroups, plan, rootfs


@pytest.mark.parametrize("host", ["", "Web1", "web_1", "-web", "web1-", "w" * 33, "a/b", "web 1", "$(id)", "é"])
def test_hosts_that_can_not_be_are_refused(host: str) -> None:
    """A name that could not be a host's, or could reach into a path or a shell, is refused by name."""
    with pytest.raises(FleetBroken, match="can't name a host"):
        Fleet(hosts={host: []})


def test_empty_fleets_are_refused() -> None:
    """A fleet without hosts is a mistake, said at once."""
    with pytest.raises(FleetBroken, match="1 to 200 hosts"):
        Fleet(hosts={})


def test_plan_survives_its_file(tmp_path: Path) -> None:
    """What is saved is what is loaded, with addresses by order and groups by host."""
    hosts = plan.check("one", {"web1": ["web", "dc1"], "db1": ["db", "dc1"]})
    saved = plan.Plan(fleet="one", subnet=7, hosts=hosts)
    plan.save(saved, tmp_path)

    assert plan.load(tmp_path) == saved
    assert saved.addresses == {"web1": "198.18.7.11", "db1": "198.18.7.12"}
    assert saved.groups == {"db": ["db1"], "dc1": ["web1", "db1"], "web": ["web1"]}


def test_free_subnet_is_the_lowest_that_nobody_has(tmp_path: Path) -> None:
    """Given fleets on 0 and 2 and one that is only being made, the next gets 1."""
    folders = [tmp_path / name for name in ("a", "b", "c")]
    for folder in folders:
        folder.mkdir()
    plan.save(plan.Plan(fleet="a", subnet=0, hosts={}), folders[0])
    plan.save(plan.Plan(fleet="b", subnet=2, hosts={}), folders[1])

    assert plan.free_subnet(folders) == 1


def test_fleet_that_is_not_up_says_so() -> None:
    """Asking anything of a fleet before it is up is answered with what to do."""
    with pytest.raises(FleetBroken, match="not up"):
        Fleet(hosts={"web1": []}).run("web1", "true")


def test_only_the_release_s_own_sources_are_used(tmp_path: Path) -> None:
    """Given sources of the release in both formats, of third parties, and disabled ones, only the first are taken."""
    name = rootfs.codename()
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text(f"deb http://mirror.test/debian {name}-updates main\n")
    (parts / "debian.sources").write_text(f"Types: deb\nURIs: http://mirror.test/\nSuites: {name} {name}-updates\n")
    (parts / "vendor.list").write_text(f"deb https://vendor.test/apt vendor-{name} main\n")
    (parts / "off.list").write_text(f"# deb http://mirror.test/debian {name} main\n")
    (parts / "debian.sources.bak").write_text(f"Suites: {name}\n")

    assert rootfs.sources(tmp_path) == [tmp_path / "sources.list", parts / "debian.sources"]


def test_cgroups_are_found_with_and_without_version_one(tmp_path: Path) -> None:
    """Mounted together, v1 and unified both carry trees; v2 alone is one place; with neither, the error says so."""
    with pytest.raises(FleetBroken, match="No cgroup hierarchy"):
        cgroups.hierarchies(tmp_path)
    for name in ("systemd", "unified", "memory"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cgroup.procs").touch()
    assert cgroups.hierarchies(tmp_path) == [tmp_path / "systemd", tmp_path / "unified"]
    (tmp_path / "cgroup.procs").touch()
    assert cgroups.hierarchies(tmp_path) == [tmp_path]
