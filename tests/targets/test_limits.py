"""Limits as people write them, good, mistaken and hostile, against a small fleet."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import BadTarget, UnknownName
from bot.targets import Inventories

from .conftest import Project

GOOD = [
    ("web", "web1 web2 web3"),
    ("all", "web1 web2 web3 db1 db2"),
    ("*", "web1 web2 web3 db1 db2"),
    ("web1", "web1"),
    ("db2,web1", "web1 db2"),
    ("db2:web1", "web1 db2"),
    ("web1 web2", "web1 web2"),
    ("web:&dc1", "web1 web3"),
    ("web:&dc1:!web2", "web1 web3"),
    ("web:&dc1:!web3", "web1"),
    ("web,&dc1,!web3", "web1"),
    ("!web", "db1 db2"),
    ("web[0]", "web1"),
    ("web[-1]", "web3"),
    ("web[0:1]", "web1 web2"),
    ("web[1:]", "web2 web3"),
    ("web*", "web1 web2 web3"),
    ("w?b1", "web1"),
    ("?eb[13]*", "web1 web3"),
    ("~web[12]$", "web1 web2"),
    ("~(web|db)1", "web1 db1"),
    ("dc1:!~^web", "db1"),
    ("site", "web1 web2 web3 db1 db2"),
    (" web , db1 ", "web1 web2 web3 db1"),
]


@pytest.mark.parametrize(("limit", "hosts"), GOOD)
def test_the_whole_pattern_language_works(lab: Inventories, limit: str, hosts: str) -> None:
    """Unions, intersections, exclusions, ranges, globs and expressions give hosts in inventory order."""
    target = lab.resolve("lab", limit)
    assert target.hosts == tuple(hosts.split())
    assert (target.environment, target.limit) == ("lab", limit.strip())


def test_no_limit_means_all_hosts(lab: Inventories) -> None:
    """Without a limit the whole environment is meant, and the target says `all`."""
    assert lab.resolve("lab", None).limit == "all"
    assert lab.resolve("lab", None).hosts == lab.resolve("lab", "all").hosts


@pytest.mark.parametrize("limit", ["web:&dc1:!web3", "db2,web1", "~(web|db)1", "?eb[13]*"])
def test_ansible_itself_agrees(project: Project, lab: Inventories, limit: str) -> None:
    """`ansible --limit` lists the very hosts that we resolve."""
    command = [str(Path(sys.executable).with_name("ansible")), "all", "-i", str(project.root / "inventories/lab")]
    said = subprocess.run([*command, "--limit", limit, "--list-hosts"], check=True, capture_output=True, text=True)
    assert said.stdout.split()[2:] == list(lab.resolve("lab", limit).hosts)


@pytest.mark.parametrize(
    ("limit", "what"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("@/etc/passwd", "cannot name a file"),
        ("web,@/etc/passwd", "cannot name a file"),
        ("web:!@/etc/passwd", "cannot name a file"),
        ("web @x", "cannot name a file"),
        ("!!@x", "cannot name a file"),
        ("web\x00", "cannot be printed"),
        ("web\ndb", "cannot be printed"),
        ("\u202eweb", "cannot be printed"),
        ("\udcff", "cannot be printed"),
        ("a" * 4001, "longer than 4000"),
        (",", "cannot be understood"),
        (":::", "cannot be understood"),
        ("web[1", "cannot be understood"),
        ("[[[[", "cannot be understood"),
        ("!", "names nothing"),
        ("web:!", "names nothing"),
        ("all:!!web1", "names nothing"),
        ("~", "names nothing"),
        ("web,~", "names nothing"),
        ("localhost", "matches no host"),
        ("127.0.0.1", "matches no host"),
        ("::1", "matches no host"),
        ("web,localhost", "localhost (a part of the limit) matches no host"),
        ("wbe2", "matches no host"),
        ("web1,wbe2", "wbe2 (a part of the limit) matches no host"),
        ("web:!wbe3", "wbe3 (a part of the limit) matches no host"),
        ("web:&dcx", "dcx (a part of the limit) matches no host"),
        ("web[7]", "matches no host"),
        ("web:&dc1,db", "web:&dc1 (a part of the limit) matches no host"),
        ("spare", "group spare has no hosts"),
        ("web:&db", "No host is left"),
        ("all:!all", "No host is left"),
        ("~(", "no regular expression"),
        ("~[", "names nothing"),
        ("<!channel>", "matches no host"),
        ("; rm -rf /", "matches no host"),
        ("$(id)", "matches no host"),
        ("{{ lookup('pipe','id') }}", "matches no host"),
        ("../../etc", "matches no host"),
    ],
)
def test_what_is_refused(lab: Inventories, limit: str, what: str) -> None:
    """Everything else is refused in a printable sentence with a remedy; a typo in a list is never passed over."""
    with pytest.raises(BadTarget) as caught:
        lab.resolve("lab", limit)
    assert what in caught.value.what
    assert caught.value.remedy
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400


def test_near_names_are_proposed(lab: Inventories) -> None:
    """A typo in a host, a group or an environment is answered with what was meant."""
    with pytest.raises(BadTarget, match="web2"):
        lab.resolve("lab", "web1,wbe2")
    with pytest.raises(BadTarget, match="dc1"):
        lab.resolve("lab", "web:&dc11")
    with pytest.raises(UnknownName, match="Did you mean lab"):
        lab.resolve("lap", "web")
    with pytest.raises(BadTarget, match="commas only"):
        lab.resolve("lab", "web:&dc1,db")


@pytest.mark.parametrize("name", ["", "..", ".", "../lab", "lab/", "/etc", "lab/hosts.yml", "lab\n", "x" * 5000])
def test_environments_are_names_not_paths(lab: Inventories, name: str) -> None:
    """Only a name from the list is an environment, whatever else exists on the disk."""
    with pytest.raises(UnknownName) as caught:
        lab.resolve(name, None)
    assert len(caught.value.what) < 150


@pytest.mark.usefixtures("here")
def test_an_expression_that_never_ends_is_stopped(project: Project) -> None:
    """A regular expression that explodes on our host names is refused after seconds, and the bot goes on."""
    project.write("inventories/long/hosts", "a" * 60 + "\n")
    inventories = project.inventories()
    began = time.monotonic()
    with pytest.raises(BadTarget, match="takes too long"):
        inventories.resolve("long", "~(a+)+b")
    assert time.monotonic() - began < 60
    assert len(inventories.resolve("long", "~a+$").hosts) == 1


@pytest.mark.parametrize("limit", ["[" * 4000, "a:" * 2000, "*a" * 2000, "!" * 4000, "a," * 2000, "~" + "(" * 3999])
def test_long_limits_are_quick(lab: Inventories, limit: str) -> None:
    """4,000 characters of anything cost well under a second or two of work."""
    began = time.process_time()
    with pytest.raises(BadTarget):
        lab.resolve("lab", limit)
    assert time.process_time() - began < 3


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.text(alphabet="webdb123cal[]:,!&~*?-@ .()|$\u00e9\n", max_size=25) | st.text(max_size=25),
)
def test_any_text_gives_known_hosts_or_a_refusal(lab: Inventories, limit: str) -> None:
    """No text raises anything but BadTarget, and none reaches a host that is not in the inventory."""
    try:
        target = lab.resolve("lab", limit)
    except BadTarget as error:
        assert error.what  # noqa: PT017 (either answer is right)
    else:
        assert target.hosts
        assert set(target.hosts) <= {"web1", "web2", "web3", "db1", "db2"}


@pytest.mark.usefixtures("here")
def test_a_host_with_the_name_of_a_group_is_only_itself(project: Project) -> None:
    """Where Ansible would take the name for the host, so do we, and the explicit list means the same."""
    project.write("inventories/twin/hosts", "a\nb\n[a]\nb\n[rest]\na\n")
    assert project.inventories().resolve("twin", "a").hosts == ("a",)
    assert set(project.inventories().resolve("twin", "all").hosts) == {"a", "b"}


@pytest.mark.parametrize("name", ["a,b", "!x", "@x", "web[0]", "x y", "~x", "&x", "tab\tx", "é\u202ex"])
@pytest.mark.usefixtures("here")
def test_a_host_whose_name_reads_as_a_pattern_is_refused(project: Project, name: str) -> None:
    """The explicit list of hosts must mean the same hosts again; where it would not, nothing runs."""
    project.write("inventories/odd/hosts.yml", f'all: {{hosts: {{plain: {{}}, "{name}": {{}}}}}}\n')
    inventories = project.inventories()
    if name == "web[0]":  # the YAML plugin reads this as a range of one host, web0
        with pytest.raises(Exception, match="range"):
            inventories.resolve("odd", "all")
        return
    with pytest.raises(BadTarget, match="host name"):
        inventories.resolve("odd", "all")
    assert inventories.resolve("odd", "plain").hosts == ("plain",)


@pytest.mark.usefixtures("here")
def test_a_localhost_in_the_inventory_may_be_named(project: Project) -> None:
    """Only the one that Ansible would make up is refused."""
    project.write("inventories/own/hosts", "localhost ansible_connection=local\n")
    assert project.inventories().resolve("own", "localhost").hosts == ("localhost",)
