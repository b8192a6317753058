"""A throw-away installation: a short folder with state, an Ansible project and a home; all that starts in it ends."""

import contextlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from redis import Redis

from bot.supervise.processes import tied
from tests.e2e import processes
from tests.e2e.talk import Result, Talking

REPOSITORY = Path(__file__).resolve().parents[2]
PARTS = ("playbooks", "roles", "ansible.cfg", "inventories/local")
GIT = {
    "GIT_AUTHOR_NAME": "Test",
    "GIT_AUTHOR_EMAIL": "test@example.com",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
}
MODULE = re.compile(r"/[^\s']*/ansible-tmp-[0-9.-]+")
Rows = list[dict[str, Any]]


class Place:
    """One installation below `root`, whose path is short enough for sockets; processes are known by it.

    `enter` are words before each command line: those that lead into another machine.
    """

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="sbe-", dir="/tmp"))
        self.home, self.project, self.tmp = self.root / "h", self.root / "p", self.root / "t"
        self.extra: dict[str, str] = {}
        self.enter: tuple[str, ...] = ()
        self._talking: list[Talking] = []
        self._modules: set[Path] = set()
        for name in ("u", "t"):
            (self.root / name).mkdir()
        for part in PARTS:
            _copy(REPOSITORY / part, self.project / part)
        self.git("init", "--quiet")
        self.commit()

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """What processes of this place get: nothing of the environment of whoever runs the tests but PATH."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY),
            "LANG": "C.UTF-8",
            "HOME": str(self.root / "u"),
            "TMPDIR": str(self.tmp),
            "SIGNALBOX_HOME": str(self.home),
            "SIGNALBOX_PROJECT": str(self.project),
            **self.extra,
            **(more or {}),
        }

    # what is in the project

    def git(self, *arguments: str) -> None:
        """Git in the project."""
        environment = {**self.environment(), **GIT}
        subprocess.run(["git", *arguments], cwd=self.project, env=environment, check=True, capture_output=True)

    def commit(self) -> None:
        """Everything in the project becomes one commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "as it is")

    def write(self, path: str, text: str) -> Path:
        """A file of the project."""
        target = self.project / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def playbook(self, name: str, tasks: str | list[Any], *, hosts: str = "all", **runbook: Any) -> None:
        """A playbook of one play with these tasks, and its runbook `name`."""
        listed = yaml.safe_load(tasks) if isinstance(tasks, str) else tasks
        play = [{"name": f"Play {name}", "hosts": hosts, "gather_facts": False, "tasks": listed}]
        self.write(f"playbooks/{name}.yml", yaml.safe_dump(play, sort_keys=False, allow_unicode=True))
        self.runbook(name, **runbook)

    def runbook(self, name: str, **runbook: Any) -> None:
        """The runbook file of the playbook `name`."""
        content = {"id": name, "summary": f"Test {name}", "playbook": f"{name}.yml", **runbook}
        self.write(f"playbooks/{name}.runbook.yml", yaml.safe_dump(content, sort_keys=False, allow_unicode=True))

    def inventory(self, environment: str, groups: Mapping[str, list[str]], **variables: Any) -> None:
        """An environment of hosts that are all this machine."""
        ours = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        children = {group: {"hosts": dict.fromkeys(hosts)} for group, hosts in groups.items()}
        content = {"all": {"vars": {**ours, **variables}, "children": children}}
        self.write(f"inventories/{environment}/hosts.yml", yaml.safe_dump(content, allow_unicode=True))

    # what is asked of it

    def argv(self, *commands: str, json: bool = False, as_: str | None = None) -> list[str]:
        """The command line of a chat."""
        said = [word for command in commands for word in ("-c", command)]
        who = ["--as", as_] if as_ else []
        return [*self.enter, sys.executable, "-m", "bot", "chat", *(["--json"] if json else []), *who, *said]

    def talking(
        self,
        *commands: str,
        json: bool = False,
        stdin: str | None = None,
        as_: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Talking:
        """A chat in the background."""
        argv = self.argv(*commands, json=json, as_=as_)
        talking = Talking(argv, self.environment(env), self.root, stdin)
        self._talking.append(talking)
        return talking

    def chat(
        self,
        *commands: str,
        json: bool = False,
        stdin: str | None = None,
        as_: str | None = None,
        env: Mapping[str, str] | None = None,
        seconds: float = 240,
    ) -> Result:
        """A chat from its start to its end."""
        result = self.talking(*commands, json=json, stdin=stdin, as_=as_, env=env).result(seconds)
        assert "failed itself" not in result.out, self.log("chat")
        return result

    def ask(self, *commands: str, **more: Any) -> Result:
        """The same with --json."""
        return self.chat(*commands, json=True, **more)

    @contextlib.contextmanager
    def process(self, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
        """`python -m bot ...` for as long as the block lasts, ended by SIGTERM; its log is `root/<name>.log`."""
        argv = [*self.enter, sys.executable, "-m", "bot", *arguments]
        with (self.root / f"{arguments[0]}.log").open("ab") as log:
            started = subprocess.Popen(
                tied(argv, "TERM"),  # should the tests themselves be killed
                env=self.environment(env),
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield started
        finally:
            if started.poll() is None:
                started.terminate()
            try:
                started.wait(30)
            finally:
                if started.poll() is None:
                    started.kill()
                    started.wait()

    @contextlib.contextmanager
    def up(self, *arguments: str, env: Mapping[str, str] | None = None, health: int = 200) -> Iterator[str]:
        """`python -m bot up`, ready when /healthz has the status `health`; yields the base URL."""
        port = free_port()
        with self.process("up", "--port", str(port), *arguments, env=env) as started:
            url = f"http://127.0.0.1:{port}"

            def ready() -> bool:
                assert started.poll() is None, (self.root / "up.log").read_text()
                return http(f"{url}/healthz")[0] == health

            processes.until(ready, 120, "healthz")
            yield url

    # what it holds

    @property
    def redis_url(self) -> str:
        """The embedded Redis."""
        return f"unix://{self.home / 'redis' / 'redis.sock'}"

    @contextlib.contextmanager
    def redis(self) -> Iterator[Redis]:
        """A client of the embedded Redis."""
        client = Redis.from_url(self.redis_url)
        try:
            yield client
        finally:
            client.close()

    def rows(self, sql: str, *values: Any) -> Rows:
        """What SQLite answers."""
        file = self.home / "signalbox.db"
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=60)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, values)]

    def status(self, run_id: int) -> str:
        """What SQL says about a run; empty when it does not know it."""
        if not (self.home / "signalbox.db").exists():
            return ""
        found = self.rows("SELECT status FROM runs WHERE id = ?", run_id)
        return str(found[0]["status"]) if found else ""

    def settled(self, run_id: int, seconds: float = 60) -> str:
        """The final status of a run, as soon as SQL has it and its recap was posted."""
        sql = "SELECT status FROM runs WHERE id = ? AND recapped_at IS NOT NULL"
        return str(processes.until(lambda: self.rows(sql, run_id), seconds, f"end of run {run_id}")[0]["status"])

    def log(self, name: str) -> str:
        """The end of a log in the home: chat, or stack."""
        file = self.home / f"{name}.log"
        return file.read_text(errors="replace")[-4000:] if file.exists() else ""

    def files(self) -> Iterator[Path]:
        """Every file of the place."""
        return (path for path in self.root.rglob("*") if path.is_file() and not path.is_symlink())

    # its end

    def left_behind(self) -> list[str]:
        """What a run left though nothing goes on any more: private folders, folders for sockets, modules' files."""
        runs = self.home / "runs"
        found = [*(runs.iterdir() if runs.is_dir() else ()), *self.tmp.iterdir()]
        found += [path for path in self._modules if path.exists()]
        return [str(path) for path in found]

    def note_modules(self) -> None:
        """Remember the folders of the modules that are under way; `left_behind` looks whether they have gone."""
        for pid in processes.of(self.home / "runs"):
            self._modules |= {Path(found) for found in MODULE.findall(processes.command(pid))}

    def assert_quiet(self, seconds: float = 15) -> None:
        """No process knows this place any more, and no run left anything."""
        left = processes.await_none(self.root, seconds)
        assert not left, f"left behind:\n{processes.described(left)}"
        assert not self.left_behind(), self.left_behind()

    def close(self) -> None:
        """End what is left, and remove everything."""
        for talking in self._talking:
            talking.close()
        processes.kill_all(self.root)
        shutil.rmtree(self.root, ignore_errors=True)

    def leave(self) -> None:
        """Take leave of the chats that have ended; those that have not are ended."""
        for talking in self._talking:
            talking.close()
        self._talking.clear()


def http(url: str) -> tuple[int, str]:
    """Status and text of a GET; 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)
