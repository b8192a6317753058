"""Secrets go in by standard input and by a vault; they reach the task, and are found nowhere else."""

import base64
import contextlib
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import processes
from tests.e2e.place import Place
from tests.e2e.talk import Result

SECRET = {"parameters": {"pin": {"type": "str", "required": True, "no_log": True, "description": "The pin"}}}


def needles(secret: str) -> list[bytes]:
    """The secret as it may be found: as it is, and as base64 writes it."""
    encoded = base64.b64encode(secret.encode())
    return [secret.encode(), encoded.rstrip(b"=")[:-1]]


def holding(data: bytes, secret: str) -> bool:
    """Whether the bytes hold the secret."""
    return any(needle in data for needle in needles(secret))


class Watch:
    """Looks at every process of the machine and at what Redis and SQL have written, again and again."""

    def __init__(self, place: Place, secret: str) -> None:
        self.seen: set[str] = set()
        self._place, self._secret = place, secret
        self._stop = threading.Event()

    def look(self) -> set[str]:
        """Once; all that was seen so far."""
        for pid in processes.pids():
            for text, where in zip(processes.texts(pid), ("cmdline", "environ"), strict=True):
                if holding(text, self._secret):
                    self.seen.add(f"{where} of {processes.command(pid)[:100]}")
        for file in [*self._place.home.glob("*.*"), *(self._place.home / "redis").rglob("*")]:
            with contextlib.suppress(OSError):  # a socket, or gone by now
                if holding(file.read_bytes(), self._secret):
                    self.seen.add(str(file))
        return self.seen

    @contextlib.contextmanager
    def watching(self) -> Iterator["Watch"]:
        """All the time that the block lasts."""

        def go_on() -> None:
            while not self._stop.wait(0.01):
                self.look()

        thread = threading.Thread(target=go_on, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            thread.join()


def assert_nowhere(place: Place, secret: str, *results: Result) -> None:
    """The secret is in no file of the place, and in nothing that was said."""
    found = [str(path) for path in place.files() if holding(path.read_bytes(), secret)]
    assert not found
    for result in results:
        assert not holding((result.out + result.err).encode(), secret)


@pytest.fixture
def secret() -> str:
    """A random one."""
    return f"Zq{secrets.token_hex(12)}"


def test_the_watch_sees_a_secret_in_an_argument_and_in_an_environment(place: Place, secret: str) -> None:
    """The watch of the tests below is no blind one: both places are seen where a program has the secret."""
    program = [sys.executable, "-c", "import time; time.sleep(60)"]
    for argv, extra in (([*program, secret], {}), (program, {"PIN": secret})):
        watch = Watch(place, secret)
        with subprocess.Popen(argv, env={**place.environment(), **extra}) as process:
            processes.until(watch.look, what="the program's own")  # it shows a moment after it has been started
            process.kill()
        assert len(watch.seen) == 1


def test_a_secret_is_nowhere_but_in_its_file(place: Place, secret: str) -> None:
    """While a token is set and afterwards, no argument, environment, Redis, SQL, log or output holds it."""
    told = f"run set-token on web1,web2 in local application=mail\n{secret}\nshow 1\nlog 1\nruns\n"
    with Watch(place, secret).watching() as watch:
        result = place.chat(stdin=told)
    assert result.status == 0, result.out
    assert watch.seen == set()
    written = [path for path in place.files() if holding(path.read_bytes(), secret)]
    assert {path.parts[-3:] for path in written} == {(host, "secrets", "mail") for host in ("web1", "web2")}
    for path in written:
        assert path.read_text() == f"{secret}\n"
        assert path.stat().st_mode & 0o777 == 0o600
        path.unlink()
    assert_nowhere(place, secret, result)
    assert "token=********" in result.out


def leaks(target: Path) -> list[Any]:
    """Tasks that show the secret in every way they can, but never in an argument of a program."""
    return [
        {"name": "Say {{ pin }}", "debug": {"msg": "it is {{ pin }} and {{ pin | b64encode }}"}},
        {"name": "Write", "copy": {"content": "a {{ pin }} b\n", "dest": str(target)}},
        {"name": "Print", "command": f"cat {target}", "register": "printed"},
        {"name": "Show", "debug": {"var": "printed"}},
        {"name": "Items", "debug": {"msg": "{{ item }}"}, "loop": ["{{ pin }}", "x{{ pin }}y"]},
        {"name": "Read", "slurp": {"src": str(target)}, "register": "read"},
        {"name": "Show read", "debug": {"var": "read"}},
        {"name": "Fact", "set_fact": {"kept": "{{ pin }}"}},
        {"name": "Warn", "fail": {"msg": "not {{ kept }}"}, "ignore_errors": True},
        {"name": "Cut", "debug": {"msg": "{{ 'x' * 8180 }}{{ pin }}{{ 'y' * 9000 }}"}},
        {"name": "Fail", "command": f"sh -c 'cat {target} >&2; exit 3'"},
    ]


def test_a_playbook_that_leaks_its_secret_does_not_leak_it(place: Place, secret: str, tmp_path: Path) -> None:
    """Output, errors, diffs, items, names of tasks and failures show stars where the secret stood."""
    place.playbook("leaky", leaks(tmp_path / "written"), **SECRET)
    told = f"run leaky on web1 in local --diff -vvv\n{secret}\nshow 1\nlog 1\nruns\n"
    with Watch(place, secret).watching() as watch:
        plain = place.chat(stdin=told)
        as_json = place.ask(stdin=f"rerun 1\n{secret}\n")
    assert as_json.run["status"] == "failed"
    assert (tmp_path / "written").read_text() == f"a {secret} b\n"
    assert watch.seen == set()
    assert_nowhere(place, secret, plain, as_json)
    assert as_json.said.count("***") >= 8


def test_a_secret_that_is_canceled_or_killed_leaves_no_file(place: Place, secret: str) -> None:
    """The run that holds a secret is canceled in its midst: its private folder goes at once, the sealed plan too."""
    tasks = [{"name": "Say", "debug": {"msg": "{{ pin }}"}}, {"name": "Sleep", "command": "sleep 600"}]
    place.playbook("napping", tasks, **SECRET)
    talking = place.talking(json=True, stdin=f"run napping on web1 in local\n{secret}\n")
    talking.until(lambda out: out.count('"Sleep"') >= 2)
    with place.redis() as redis:
        assert redis.exists("signalbox:run:1:envelope")
        assert place.chat("cancel 1").status == 0
        result = talking.result()
        left = place.rows("SELECT status FROM runs")
    assert left == [{"status": "canceled"}]
    assert_nowhere(place, secret, result)


def vaulted(place: Place, text: str, password: str) -> None:
    """A vault among the variables of `local`, and its password where ansible.cfg says."""
    place.write("vault-pass", password)
    place.write("inventories/local/group_vars/web/vault.yml", text)
    config = place.project / "ansible.cfg"
    config.write_text(config.read_text().replace("[defaults]\n", "[defaults]\nvault_password_file = vault-pass\n", 1))
    program = str(Path(sys.executable).with_name("ansible-vault"))
    subprocess.run(
        [program, "encrypt", "inventories/local/group_vars/web/vault.yml"],
        cwd=place.project,
        env=place.environment(),
        check=True,
        capture_output=True,
    )


def test_what_a_vault_holds_is_hidden_and_a_wrong_password_is_said(place: Place, secret: str) -> None:
    """A debug of a vault's variable shows stars; with the wrong password the run says so in one sentence."""
    vaulted(place, f"vault_key: {secret}\n", "right\n")
    place.playbook("reveal", [{"name": "Show", "debug": {"msg": "key {{ vault_key }}, {{ vault_key | length }} long"}}])
    result = place.ask("run reveal on web1 in local", "log 1")
    assert result.status == 0, result.out
    assert f"key ***, {len(secret)} long" in result.said
    assert_nowhere(place, secret, result)
    place.write("vault-pass", "wrong\n")
    refused = place.ask("run reveal on web1 in local")
    assert refused.status in {1, 2}
    assert "vault" in refused.said.lower()
    assert "Traceback" not in refused.out
    assert_nowhere(place, secret, refused)
