"""Hosts by their facts: comparisons as people mean them, and Ansible's own cache, as it really is on disk."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.commands import state_of
from bot.errors import BadTarget, ProjectBroken, UnknownName
from bot.targets import Inventories, Known, choose

from .conftest import Project

FACTS = {
    "ansible_distribution": "Debian",
    "ansible_distribution_version": "12.11",
    "ansible_kernel": "6.1.0-28-amd64",
    "ansible_memtotal_mb": 3936,
    "ansible_processor_vcpus": 4,
    "ansible_python_version": "3.11.2",
    "ansible_all_ipv4_addresses": ["192.0.2.1", "198.51.100.1"],
    "ansible_virtualization_type": "NA",
    "ansible_selinux": False,
}


def chosen(text: str, facts: dict[str, object] = FACTS) -> bool:
    """Whether a host with these facts is meant."""
    state = state_of(text)
    assert state is not None, text
    return choose(state.conditions, ["h"], {"h": Known(values=facts, age_seconds=1.0)}).hosts == ("h",)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("os=debian", True),
        ("os=DEBIAN and version=12", True),
        ("os!=debian", False),
        ("os=debian and version<12", False),
        ("version<13", True),
        ("version<=12", True),
        ("version>12", False),
        ("version>12.9", True),
        ("version=12.11", True),
        ("version=1", False),
        ("kernel>=6.1", True),
        ("kernel<5.10", False),
        ("python>=3.9", True),
        ("python<3.9", False),
        ("memory<4GB", True),
        ("memory>=4gb", False),
        ("memory>3936", False),
        ("memory>=3936MB", True),
        ("cpus=4", True),
        ("cpus>10", False),
        ("ansible_all_ipv4_addresses=198.51.100.1", True),
        ("ansible_all_ipv4_addresses!=198.51.100.1", False),
        ("ansible_selinux=false", True),
        ("os>5", False),
    ],
)
def test_comparisons_mean_what_people_mean(text: str, meant: bool) -> None:
    """Versions are compared as far as they are written, numbers as numbers, words in any case, memory with units."""
    assert chosen(text) is meant


def test_words_with_spaces_are_the_same_without(lab: Inventories) -> None:
    """Given how a distribution is written in prose, when it is compared, then spaces do not count."""
    del lab
    assert chosen('os="Red Hat"', {"ansible_distribution": "RedHat"})


@pytest.mark.parametrize(
    "text", ["os={{lookup('pipe','id')}}", "os=$(id)", "os=__import__('os')", "os='; rm -rf /'", "os=../../etc/passwd"]
)
def test_hostile_values_are_compared_and_nothing_else(text: str) -> None:
    """Given values that are code elsewhere, when they are compared, then they are words that nothing is the same as."""
    assert not chosen(text)


def test_hosts_without_facts_are_named_and_left_out() -> None:
    """Given hosts without facts, and without the one asked for, when hosts are chosen, then neither is meant."""
    state = state_of("os!=debian")
    assert state is not None
    known = {
        "a": Known(values={"ansible_distribution": "Rocky"}, age_seconds=1.0),
        "b": Known(values={}, age_seconds=1.0),
    }
    found = choose(state.conditions, ["a", "b", "c"], known)
    assert (found.hosts, found.lacking, found.unknown) == (("a",), ("b",), ("c",))


def test_what_cannot_be_compared_is_refused() -> None:
    """Given words after `<`, or a fact that no host has, when hosts are chosen, then it is refused with near names."""
    with pytest.raises(BadTarget, match="< compares numbers and versions, and debian is neither"):
        chosen("os<debian")
    known = {"h": Known(values={}, age_seconds=1.0, names=("ansible_kernel", "ansible_fqdn"))}
    state = state_of("kernal=6")
    assert state is not None
    with pytest.raises(UnknownName, match=r"No host has a fact kernal. Did you mean ansible_kernel"):
        choose(state.conditions, ["h"], known)


def test_what_ansible_has_kept_is_read(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given facts that a real Ansible gathered into the configured cache, when asked, then values and age are there."""
    monkeypatch.delenv("ANSIBLE_CONFIG", raising=False)
    settings = "fact_caching = jsonfile\nfact_caching_connection = kept\nfact_caching_prefix = x_\n"
    project.write("ansible.cfg", f"[defaults]\n{settings}fact_caching_timeout = 1\n")
    project.write(
        "inventories/lab/hosts.yml",
        f"all: {{hosts: {{me: {{}}, other: {{}}}}, vars: {{ansible_connection: local, "
        f"ansible_python_interpreter: '{sys.executable}'}}}}\n",
    )
    ansible = str(Path(sys.executable).with_name("ansible"))
    gather = [ansible, "-i", "inventories/lab", "me", "-m", "setup", "-a", "gather_subset=!all,!min,distribution"]
    subprocess.run(gather, check=True, capture_output=True, cwd=project.root)
    (kept,) = (project.root / "kept").iterdir()
    long_ago = time.time() - 30 * 3600
    os.utime(kept, (long_ago, long_ago))
    found = project.inventories().facts("lab", ["me", "other"], ["ansible_distribution", "nope.x"])
    assert set(found) == {"me"}
    assert found["me"].values["ansible_distribution"]
    assert "nope.x" not in found["me"].values
    assert "ansible_distribution_version" in found["me"].names
    assert 29 * 3600 < (found["me"].age_seconds or 0) < 31 * 3600
    kept.write_text("{")
    assert project.inventories().facts("lab", ["me"], ["x"]) == {}


def test_without_a_cache_the_sentence_says_how_to_have_one(lab: Inventories) -> None:
    """Given a project that keeps no facts, when they are asked for, then two lines of ansible.cfg are the remedy."""
    with pytest.raises(ProjectBroken, match=r"No facts of hosts are kept here. Write `fact_caching = jsonfile`"):
        lab.facts("lab", ["web1"], ["x"])
