"""Secrets: not in argv, not in a playbook's environment, not in any event, and gone from the disk."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.engine.real import AnsibleEngine
from bot.model.command import RunOptions
from tests.engine.world import Project, Recorder, a_plan

SECRET = "tr0ub4dor&3 'quoted' \"x\""


def test_secrets_and_parameters_stand_in_no_argument_list(project: Project) -> None:
    """Given a secret and a parameter, when the run is under way, then no process has either in its arguments."""
    project.hosts("web1")
    seen: list[bytes] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = path.read_bytes()
                except OSError:
                    continue
                if b"tr0ub4dor" in line or b"chat-said-this" in line:
                    seen.append(line)

    watcher = threading.Thread(target=look)
    watcher.start()
    told = project.run(
        [{"command": {"cmd": "sh -c 'sleep 0.6; cat'", "stdin": "{{ pin }}{{ word }}"}}],
        secrets={"pin": SECRET},
        parameters={"word": "chat-said-this"},
    )
    done.set()
    watcher.join()
    assert told.outcome is not None
    assert told.outcome.status.value == "successful"
    assert seen == []


def test_a_secret_is_hidden_however_a_host_prints_it(project: Project) -> None:
    """Given a secret, when hosts print it plain, encoded and quoted, then none of that leaves the engine."""
    shell = (
        "pin=$(cat); echo $pin; echo $pin | base64 -w0; printf 'user:%s' \"$pin\" | base64 -w0; echo $pin >&2; exit 1"
    )
    told = project.run(
        [
            {"debug": {"msg": "it is {{ pin }}"}, "name": "shows {{ pin }}"},
            {"debug": {"var": "pin"}},
            {"shell": {"cmd": shell, "stdin": "{{ pin }}"}, "ignore_errors": True, "loop": ["{{ pin }}"]},
            {"debug": {"msg": "{{ {'a': pin} | to_json }} {{ pin | urlencode }}"}},
            {"fail": {"msg": "no {{ pin }}"}},
        ],
        secrets={"pin": SECRET},
    )
    everything = told.everything()
    for form in ("tr0ub4dor", "dHIwdWI0ZG9y", "cjB1YjRkb3", "dHIwdWI0ZG"):
        assert form not in everything, form
    assert "***" in everything
    assert told.outcome is not None
    assert "no ***" in told.outcome.reason


def test_a_secret_across_a_cut_is_hidden_before_the_cut(project: Project) -> None:
    """Given output in which secrets stand everywhere, when it is cut into events, then no half of one is left."""
    told = project.run(
        [{"shell": {"cmd": "pin=$(cat); for i in $(seq 3000); do printf %s$i, $pin; done", "stdin": "{{ pin }}"}}],
        secrets={"pin": "correcthorsebattery"},
    )
    (event,) = told.of("runner_on_ok")
    assert event.cut > 0
    text = told.whole(event)
    assert text.startswith("***1,***2,")
    assert text.endswith("***3000,")
    assert not any(part in told.everything() for part in ("correct", "horse", "battery"))


def test_no_log_is_honored(project: Project) -> None:
    """Given a task with no_log, when it ends, then its event says only that something is hidden."""
    told = project.run([{"command": "echo very-secret-output", "no_log": True, "loop": ["secret-item"]}])
    assert [event.message for event in told.of("runner_item_on_ok")] == ["(hidden: no_log)"]
    assert "very-secret" not in told.everything()
    assert "secret-item" not in told.everything()


def test_the_workers_environment_is_not_the_playbooks(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a worker with keys in its environment, when a playbook reads it, then only the allow-list is there."""
    for name in ("REDIS_URL", "SIGNALBOX_KEY", "SLACK_BOT_TOKEN", "DATABASE_URL", "SOMETHING_ELSE", "AWS_PROFILE"):
        monkeypatch.setenv(name, f"value-of-{name}")
    monkeypatch.setenv("LC_TIME", "C")
    names = [
        "REDIS_URL",
        "SIGNALBOX_KEY",
        "SLACK_BOT_TOKEN",
        "DATABASE_URL",
        "SOMETHING_ELSE",
        "AWS_PROFILE",
        "LC_TIME",
        "HOME",
        "PATH",
    ]
    looked = " ".join(f"{name}={{{{ lookup('env', '{name}') }}}};" for name in names)
    playbook = project.playbook([{"debug": {"msg": looked}}, {"command": "env"}])
    project.hosts("web1")
    told = Recorder()
    project.engine(keep=("AWS_*",)).carry_out(1, a_plan(playbook=playbook), {}, told, lambda: False)
    message = told.of("runner_on_ok", task="debug")[0].message
    assert "value-of-AWS_PROFILE" in told.everything()
    assert "LC_TIME=C;" in message
    assert f"PATH={os.environ['PATH']};" in message
    assert not any(f"value-of-{name}" in told.everything() for name in names[:5])


def test_the_private_directory_is_private_and_goes(project: Project) -> None:
    """Given a run, when it is under way, then only we can read its directory; when it has ended, it is gone."""
    project.hosts("web1")
    modes: dict[str, int] = {}
    contents: list[str] = []

    def cancel() -> bool:
        for path in (project.home / "runs").rglob("*"):
            if not path.is_symlink():
                modes[path.name] = stat.S_IMODE(path.stat().st_mode)
            if path.name == "extravars":
                contents.append(path.read_text())
        return False

    told = project.run([{"command": "sleep 0.5"}], secrets={"pin": "rosebud-7731"}, cancel=cancel)
    assert told.outcome is not None
    assert contents[0] == '{"pin": {"__ansible_unsafe": "rosebud-7731"}}'
    assert modes["extravars"] == modes["limit"] == modes["settings"] == 0o600
    assert modes["env"] == 0o700
    assert next(mode for name, mode in modes.items() if name.startswith("1-")) == 0o700
    assert list((project.home / "runs").iterdir()) == []


def vault(project: Project, text: str, *arguments: str, password: str = "right") -> str:
    """`text`, encrypted by the real ansible-vault."""
    key = project.home.parent / f"{password}.key"
    key.write_text(password)
    tool = Path(sys.executable).with_name("ansible-vault")
    command = [str(tool), *arguments, "--vault-password-file", str(key)]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def vaulted(project: Project) -> Project:
    """A project with a vaulted file, an inline vault, and the password in a script."""
    project.hosts("web1")
    project.write(
        "inventories/local/group_vars/all/vault.yml", vault(project, "db: {pw: hunter2whole, port: 54321}\n", "encrypt")
    )
    inline = vault(project, "hunter2inline", "encrypt_string", "--stdin-name", "api")
    project.write("inventories/local/group_vars/all/main.yml", f"{inline}\nclear: shown\n")
    project.write("password.sh", "#!/bin/sh\necho right\n").chmod(0o700)
    project.write("ansible.cfg", "[defaults]\nvault_password_file = password.sh\n")
    return project


def test_values_of_vaults_are_hidden(vaulted: Project) -> None:
    """Given vaulted variables, when a playbook prints them, then they are hidden, and what is beside them is not."""
    told = vaulted.run([{"debug": {"msg": "{{ db.pw }} {{ db.port }} {{ api }} {{ clear }}"}}])
    assert [event.message for event in told.of("runner_on_ok")] == ["*** *** *** shown"]
    assert told.outcome is not None
    assert told.outcome.status.value == "successful"


def test_a_wrong_vault_password_is_the_reason(vaulted: Project) -> None:
    """Given another password, when the run starts, then it is an error that says so in one sentence."""
    vaulted.write("password.sh", "#!/bin/sh\necho wrong\n")
    told = vaulted.run([{"debug": {"msg": "{{ db.pw }}"}}])
    assert told.outcome is not None
    assert told.outcome.status.value == "error"
    assert told.outcome.reason == (
        "The vault password is wrong: something the run needs could not be decrypted with it."
    )


def test_a_diff_shows_no_secret(project: Project, tmp_path: Path) -> None:
    """Given a template with a secret and a password, when a diff is asked for, then it is shown without both."""
    target = tmp_path / "app.conf"
    target.write_text("password=old-one\nport=1\n")
    told = project.run(
        [{"copy": {"content": "password=new-one\nport=2\nkey {{ pin }}\n", "dest": str(target)}}],
        secrets={"pin": "rosebud-7731"},
        options=RunOptions(diff=True, check=True),
    )
    (event,) = told.of("runner_on_file_diff")
    assert "-password=***\n-port=1\n+password=***\n+port=2\n+key ***" in event.diff
    assert not any(word in told.everything() for word in ("old-one", "new-one", "rosebud"))
    assert target.read_text() == "password=old-one\nport=1\n"


def test_the_engine_is_made_without_touching_anything(tmp_path: Path) -> None:
    """Given a project that is not there, when an engine is made for it, then nothing is created."""
    AnsibleEngine(tmp_path / "none", tmp_path / "home")
    assert list(tmp_path.iterdir()) == []
