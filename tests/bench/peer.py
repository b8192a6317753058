"""Event-Driven Ansible's own engine beside ours: its program enters, a webhook that starts playbooks leaves.

`SIGNALBOX_BENCH_PEER` is the path of an `ansible-rulebook`, installed for this alone (`pip install
ansible-rulebook==1.3.2 ansible-core` in a venv of its own; it needs Java 17).
"""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.bench.stack import free_port
from tests.bench.timed import environment

VARIABLE = "SIGNALBOX_BENCH_PEER"
SAID = "the peer knows the end"
READY_SECONDS = 60.0
END_SECONDS = 10.0
_BOOK = """
- name: bench
  hosts: {host}
  sources:
    - eda.builtin.webhook: {{host: 127.0.0.1, port: {port}}}
  rules:
    - name: mend
      condition: event.payload.alerts[0].labels.alertname == "{symptom}"
      actions:
        - run_playbook: {{name: playbooks/{playbook}.yml}}
        - debug: {{msg: {said}}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One that runs: `url` takes alerts; `ends` are when it said that a playbook is through, in Unix seconds."""

    url: str
    process: psutil.Process
    ends: list[float] = field(default_factory=list)


def program() -> Path | None:
    """The peer's program; None when none is named."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def version(peer: Path) -> str:
    """What it says of itself, in one line."""
    done = subprocess.run([peer, "--version"], capture_output=True, text=True, check=True)
    words = dict(line.split(" = ") for line in done.stdout.splitlines() if " = " in line)
    number = done.stdout.split("[")[1].split("]")[0]
    known = {name.strip(): value.strip() for name, value in words.items()}
    return f"ansible-rulebook {number}, ansible-core {known['Ansible core version']}, Java {known['Java version']}"


@contextmanager
def running(peer: Path, folder: Path, *, host: str, symptom: str, playbook: str) -> Iterator[Peer]:
    """Start it in the project `folder`, wait until it listens, and end it."""
    port = free_port()
    book = folder / "peer.yml"
    book.write_text(_BOOK.format(host=host, port=port, symptom=symptom, playbook=playbook, said=SAID))
    variables = environment(PYTHONUNBUFFERED="1")
    variables["PATH"] = f"{peer.parent}:{variables['PATH']}"  # its own ansible-playbook
    argv = [peer, "--rulebook", book, "--inventory", "inventories/bench/hosts.yml"]
    with subprocess.Popen(
        argv, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        made = Peer(url=f"http://127.0.0.1:{port}/endpoint", process=psutil.Process(process.pid))
        listening = threading.Thread(target=_listen, args=(process, made), daemon=True)
        listening.start()
        try:
            _await_port(port, process)
            yield made
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            listening.join(END_SECONDS)


def _listen(process: "subprocess.Popen[bytes]", made: Peer) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if SAID.encode() in line:
            made.ends.append(time.time())


def _await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("The peer did not come up.")
