"""The Vagrantfile and its data file: real Vagrant finds it valid for each provider, and a mistake is one sentence."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.fleet.shell import is_root
from bot.targets import Inventories

REPOSITORY = Path(__file__).resolve().parents[2]
VBOXMANAGE = '#!/bin/sh\n[ "$1" = --version ] && echo 6.1.50r161033\n'  # all that Vagrant asks before it validates

# The reader of the data file without the second that Vagrant takes to start.
READ = """
module Vagrant; module Errors; class VagrantError < StandardError; end; end; end
require ARGV[0]
begin
  puts JSON.generate(Signalbox::Machines.read(ARGV[1]).map(&:to_h))
rescue Signalbox::MachinesBroken => error
  puts JSON.generate(error.error_message)
end
"""


def read(file: Path) -> object:
    """The machines of a data file, or the sentence on what is wrong with it."""
    argv = ["ruby", "-e", READ, str(REPOSITORY / "vagrant/machines.rb"), str(file)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    found: object = json.loads(done.stdout)
    return found


@pytest.mark.skipif(not is_root(), reason="Vagrant is installed by `make test` as root only.")
@pytest.mark.parametrize("provider", ["virtualbox", "libvirt"])
def test_it_is_valid_for_each_provider(tmp_path: Path, provider: str) -> None:
    """Given Vagrant with this provider, `vagrant validate` finds nothing wrong, the controller included."""
    stub = tmp_path / "VBoxManage"
    stub.write_text(VBOXMANAGE)
    stub.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "VAGRANT_DOTFILE_PATH": str(tmp_path / "dot"),
        "VAGRANT_DEFAULT_PROVIDER": provider,
        "VAGRANT_CHECKPOINT_DISABLE": "1",
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(
        ["vagrant", "validate", "controller"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "validated successfully" in done.stdout


@pytest.mark.skipif(not is_root(), reason="Ruby is installed with Vagrant, by `make test` as root only.")
def test_the_data_file_means_what_it_says() -> None:
    """Given the data file of this project, each machine has what it says, then the defaults, then what is usual."""
    written = yaml.safe_load((REPOSITORY / "vagrant/machines.yml").read_text())
    machines = read(REPOSITORY / "vagrant/machines.yml")
    assert isinstance(machines, list)
    assert [one["name"] for one in machines] == list(written["machines"])
    db1 = next(one for one in machines if one["name"] == "db1")
    assert db1 == {
        "name": "db1",
        "address": "192.168.56.21",
        "groups": ["db", "dc1"],
        "host_vars": {"backup_hour": 3},
        "packages": [],
        "autostart": True,
        "controller": False,
        **written["defaults"],
    }
    assert [one["name"] for one in machines if not one["autostart"]] == ["controller"]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("machines: [", "it can't be read: "),
        ("- web1", "the file has keys with values, and not "),
        ("machines: {}", "`machines` names none."),
        ("hosts: {}", 'The file has no "hosts"; it may have defaults, machines.'),
        ("machines: {web1: {adress: 192.168.56.1}}", '`web1` has no "adress"; it may have address, groups, '),
        ("machines: {Web 1: {}}", '"Web 1" can\'t name a machine; '),
        ("machines: {7: {}}", "7 can't name a machine; "),
        ("machines: {web1: {box: b}}", "`web1` needs an `address`, such as 192.168.56.11; nil is none."),
        ("machines: {web1: {box: b, address: 192.168.56.999}}", "`web1` needs an `address`, such as "),
        ("machines: {web1: {address: 192.168.56.1}}", "`web1` needs a `box`."),
        ("machines: {w: {box: b, address: 10.0.0.1, groups: web}}", "`w`: `groups` is a list, "),
        ("machines: {w: {box: b, address: 10.0.0.1, groups: ['web;dc']}}", "`w`: `groups` is a list, "),
        ("machines: {w: {box: b, address: 10.0.0.1, groups: [all]}}", "`w` can't be in all; Ansible sees to it."),
        ("machines: {w: {box: b, address: 10.0.0.1, packages: [--purge]}}", "`w`: `packages` is a list, "),
        ("machines: {w: {box: b, address: 10.0.0.1, memory: lots}}", "`w`: `memory` is a number above 0."),
        ("machines: {w: {box: b, address: 10.0.0.1, autostart: maybe}}", "`w`: `autostart` is true or false."),
        ("machines: {w: {box: b, address: 10.0.0.1, host_vars: [1]}}", "`host_vars` of `w` has keys with values, "),
        (
            "{defaults: {box: b, address: 10.0.0.1}, machines: {a: {}, c: {}}}",
            "a and c have the same address 10.0.0.1.",
        ),
    ],
)
@pytest.mark.skipif(not is_root(), reason="Ruby is installed with Vagrant, by `make test` as root only.")
def test_a_mistake_in_the_data_file_is_one_sentence(tmp_path: Path, written: str, sentence: str) -> None:
    """Given a data file with a mistake, the sentence names the file, what is wrong and what would be right."""
    file = tmp_path / "machines.yml"
    file.write_text(written)
    said = read(file)
    assert isinstance(said, str)
    assert said.startswith(f"vagrant/machines.yml: {sentence}")


def test_the_other_environments_do_not_need_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a machine without Vagrant, every environment of this project can be read, and this one says what is up."""
    (tmp_path / "python3").symlink_to(sys.executable)
    (tmp_path / "env").symlink_to(str(shutil.which("env")))
    monkeypatch.setenv("PATH", str(tmp_path))
    inventories = Inventories(REPOSITORY)
    seen = {name: inventories.describe(name) for name in ("local", "vagrant")}
    assert [one.problem for one in seen.values()] == ["", ""]
    assert seen["vagrant"].note.startswith("Vagrant is not installed")
