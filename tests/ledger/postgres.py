"""A private PostgreSQL for tests: nothing goes in, a server on a Unix socket comes out, ended by its pid.

PostgreSQL refuses to run as root; tests that do (the fleet needs it) run the server as the user `nobody`.
"""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/pgsql/bin")
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")
_ACCESS = "local all locked scram-sha-256\nlocal all all trust\nhost all locked 198.18.0.0/15 scram-sha-256\n"


class PostgresMissing(Exception):
    """No server is installed."""


def programs() -> Path:
    """The newest directory that holds both `initdb` and `postgres`."""
    in_path = shutil.which("initdb")
    found = [Path(in_path).parent] if in_path else []
    for pattern in _PLACES:
        found += sorted(Path("/").glob(pattern.lstrip("/")), reverse=True)
    for directory in found:
        if (directory / "initdb").exists() and (directory / "postgres").exists():
            return directory
    raise PostgresMissing("The ledger's tests need a real PostgreSQL server: `apt-get install postgresql`.")


class PostgresServer:
    """One server; `url` makes an empty database or a copy of one.

    With an `address` it listens there too, for the user `locked`; `enter` leads to where that is.
    """

    def __init__(self, address: str = "", enter: tuple[str, ...] = ()) -> None:
        self._address = address
        self._enter = enter
        self._programs = programs()
        self.directory = Path(tempfile.mkdtemp(prefix="signalbox-pg-"))  # a socket's name must be short
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make its files and return when it answers."""
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.directory, nobody.pw_uid, nobody.pw_gid)
        data = self.directory / "data"
        made = [str(self._programs / "initdb"), "--pgdata", str(data), "--username", "signalbox", "--auth", "trust"]
        made += ["--encoding", "UTF8", "--no-locale", "--no-sync"]
        subprocess.run(_unprivileged(made), check=True, capture_output=True, cwd="/")
        (data / "pg_hba.conf").write_text(_ACCESS)
        self.serve()

    def serve(self) -> None:
        """Start the server over the files there are."""
        command = [str(self._programs / "postgres"), "-D", str(self.directory / "data"), "-k", str(self.directory)]
        for setting in (*_FAST, f"listen_addresses={self._address}"):
            command += ["-c", setting]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen([*self._enter, *_unprivileged(command)], stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + 30
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self.directory / 'log').read_text()}")
            time.sleep(0.05)

    def url(self, template: str = "template0") -> str:
        """The URL of a new database, a copy of `template`."""
        name = f"ledger{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url_of(name)

    def url_of(self, name: str, user: str = "signalbox") -> str:
        """The URL of the database of that name."""
        return f"postgresql://{user}@/{name}?host={self.directory}"

    def execute(self, statement: str, name: str = "postgres") -> None:
        """One statement outside a transaction."""
        with psycopg.connect(host=str(self.directory), user="signalbox", dbname=name, autocommit=True) as connection:
            connection.execute(statement)

    def halt(self) -> None:
        """End the server, connections and all; its files stay."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=30)
            self._process = None

    def remove(self) -> None:
        """End the server and forget its files."""
        self.halt()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def _unprivileged(command: list[str]) -> list[str]:
    """The command as it may run, and no longer than we do; `setpriv` becomes it, so its pid is the server's."""
    if os.geteuid() != 0:
        return command
    nobody = pwd.getpwnam("nobody")
    user = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", "--pdeathsig=INT"]
    return ["setpriv", *user, "--", *command]
