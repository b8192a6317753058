#!/usr/bin/env python3
"""The machines of `vagrant up` that run now, as an Ansible inventory; with none, a sentence says what to do.

Standard library only. Whatever is said of a machine comes from Vagrant: names, groups and variables as its Vagrantfile
has read them in vagrant/machines.yml, states from `vagrant status`, addresses, ports, users and keys from `vagrant
ssh-config`. Vagrant takes seconds to answer, so what it said is kept beside its own files (.vagrant) until one of them
changes, for 15 seconds at most; how running machines are reached for five minutes at most. Of a fresh checkout, where
nothing was ever brought up, Vagrant is not asked.
"""

import contextlib
import fcntl
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
DATA = PROJECT / "vagrant" / "machines.yml"
VAGRANT = PROJECT / os.environ.get("VAGRANT_DOTFILE_PATH", ".vagrant")
INDEX = Path(os.environ.get("VAGRANT_HOME", "~/.vagrant.d")).expanduser() / "data" / "machine-index" / "index"
KEPT = VAGRANT / "signalbox.json"
KEEP_STATES_SECONDS = 15
KEEP_WAYS_SECONDS = 300
ANSWER_SECONDS = 25.0  # who asks for an inventory waits for 30

MISSING = "Vagrant is not installed, or not in PATH: https://developer.hashicorp.com/vagrant/install"
NOTHING = "No machine is up; `vagrant up` in the project's folder starts them."
NAME = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?")
GROUP = re.compile(r"[A-Za-z_]\w*", re.ASCII)
FIELDS = 4
MAX_PORT = 65535
HOSTILE = re.compile(r"[^\x20-\x7e\xa1-\U0010ffff]|\{[{%#]")  # Ansible would carry out a template
OPTIONS = (  # of ssh-config; its LogLevel is left out, which would hide why a host is not reached
    "UserKnownHostsFile",
    "StrictHostKeyChecking",
    "PasswordAuthentication",
    "IdentitiesOnly",
    "PubkeyAcceptedKeyTypes",
    "PubkeyAcceptedAlgorithms",
    "HostKeyAlgorithms",
    "ForwardAgent",
    "ProxyCommand",
)

Known = dict[str, Any]


class Trouble(Exception):
    """Vagrant does not answer; the sentence says what it said instead."""


def main() -> None:
    """Print the inventory; the note is a variable too, and so reaches whoever reads this as Ansible does."""
    if sys.argv[1:2] == ["--host"]:
        print("{}")
        return
    try:
        known = look(time.monotonic() + ANSWER_SECONDS)
        note = said(known)
    except Trouble as trouble:
        known, note = nothing(), str(trouble)
    print(json.dumps(inventory(known, note), indent=2))
    if note:
        print(note, file=sys.stderr)


def look(deadline: float) -> Known:
    """What Vagrant says of its machines, now or lately: `machines` of the data file, `states`, and `ways` by name."""
    if shutil.which("vagrant") is None:
        raise Trouble(MISSING)
    if not made():
        return nothing()
    with alone(deadline):
        kept, files = load(), fingerprint()
        age = time.time() - kept["at"]
        if kept["files"] == files and kept["index"] == index() and 0 <= age < KEEP_STATES_SECONDS:
            return kept
        return save(asked(kept, files, deadline))


def asked(kept: Known, files: list[Any], deadline: float) -> Known:
    """What Vagrant says now; `kept` still says how the machines are reached if nothing about them has changed."""
    machines, states = status(deadline)
    known = {**nothing(), "machines": machines, "states": states, "at": time.time()}
    running = [name for name, state in states.items() if state == "running"]
    same = kept["files"] == files and kept["states"] == states and set(kept["ways"]) == set(running)
    if same and 0 <= time.time() - kept["ways_at"] < KEEP_WAYS_SECONDS:
        return {**known, "ways": kept["ways"], "ways_at": kept["ways_at"]}
    return {**known, "ways": ways(running, deadline), "ways_at": time.time()}


def nothing() -> Known:
    """Nothing is known."""
    return {"machines": [], "states": {}, "ways": {}, "at": 0.0, "ways_at": 0.0, "files": [], "index": []}


# what Vagrant is asked


def status(deadline: float) -> tuple[list[Known], dict[str, str]]:
    """The machines of the data file, and the state of each that was made."""
    names = made()
    code, out, err = vagrant(["status", "--machine-readable", *names], deadline)
    machines = machines_in(out)
    known = [machine["name"] for machine in machines]
    if code != 0 and (forgotten := set(names) - set(known)) and machines:  # once made, and no longer in the data file
        names = [name for name in names if name not in forgotten]
        code, out, err = vagrant(["status", "--machine-readable", *names], deadline)
    if code != 0 or not machines:
        raise Trouble(f"Vagrant does not say how its machines are: {reason(out, err)}")
    return machines, {name: state for name, state in states_in(out).items() if name in known}


def ways(running: list[str], deadline: float) -> dict[str, Known]:
    """The connection variables of each running machine; one that Vagrant can't reach is left out."""
    if not running:
        return {}
    code, out, _ = vagrant(["ssh-config", *running], deadline)
    if code != 0 and len(running) > 1:  # it stops at the first that has just gone down
        return {name: way for one in running for name, way in ways([one], deadline).items()}
    return {name: way for name, way in ways_in(out).items() if name in running}


def vagrant(words: list[str], deadline: float) -> tuple[int, str, str]:
    """Exit status, output and errors of Vagrant; Trouble when it does not end in time."""
    environment = {
        **os.environ,
        "VAGRANT_CWD": str(PROJECT),
        "VAGRANT_CHECKPOINT_DISABLE": "1",
        "VAGRANT_NO_COLOR": "1",
        "SIGNALBOX_TELL_MACHINES": "1",
    }
    process = subprocess.Popen(  # noqa: S603 (a fixed program and names that we know)
        ["vagrant", *words],  # noqa: S607 (wherever the person has it)
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        try:
            out, err = process.communicate(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise Trouble(f"`vagrant {words[0]}` has not ended in time; another Vagrant may be at work.") from None
    return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


# what it says


def lines_in(out: str) -> Iterator[list[str]]:
    """The lines of --machine-readable: time, machine, kind, and data, each as it was before it was written."""
    for line in out.splitlines():
        fields = [field.replace("%!(VAGRANT_COMMA)", ",").replace("\\n", "\n") for field in line.split(",")]
        if len(fields) >= FIELDS:
            yield fields


def machines_in(out: str) -> list[Known]:
    """The machines as the Vagrantfile told them; none when it did not, or not as it should."""
    # Its JSON has escapes of its own.
    told = [line.split(",", 3)[3] for line in out.splitlines() if re.match(r"\d+,,signalbox-machines,", line)]
    try:
        plain = json.loads(told[0].replace("%!(VAGRANT_COMMA)", ",")) if told else []
        return [machine(one) for one in plain]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []


def machine(plain: Known) -> Known:
    """One machine of the data file; an error when it is none."""
    name, groups, variables = plain["name"], plain["groups"], plain["host_vars"]
    if not NAME.fullmatch(name) or not all(GROUP.fullmatch(group) for group in groups):
        raise ValueError(name)
    return {"name": name, "groups": groups, "host_vars": dict(variables), "autostart": bool(plain["autostart"])}


def states_in(out: str) -> dict[str, str]:
    """The state of each machine that has one."""
    return {fields[1]: fields[3] for fields in lines_in(out) if fields[2] == "state" and NAME.fullmatch(fields[1])}


def ways_in(out: str) -> dict[str, Known]:
    """Connection variables by machine; of one whose words can't be meant there are none."""
    found: dict[str, list[tuple[str, str]]] = {}
    current: list[tuple[str, str]] = []
    for line in out.splitlines():
        key, _, value = line.strip().partition(" ")
        if key == "Host":
            current = found.setdefault(value, [])
        elif value:
            current.append((key, value.strip().strip('"') if key == "IdentityFile" else value.strip()))
    return {name: variables for name, pairs in found.items() if (variables := way(pairs))}


def way(pairs: list[tuple[str, str]]) -> Known:
    """What `vagrant ssh-config` says of one machine, in Ansible's words; nothing when it is not whole."""
    first = dict(reversed(pairs))  # as for ssh, the first word counts
    port, keys = first.get("Port", ""), [value for key, value in pairs if key == "IdentityFile"]
    if any(HOSTILE.search(value) for _, value in pairs) or not {"HostName", "User"} <= first.keys():
        return {}
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= MAX_PORT):
        return {}
    options = [(key, first[key]) for key in OPTIONS if key in first] + [("IdentityFile", key) for key in keys[1:]]
    return {
        "ansible_connection": "ssh",
        "ansible_host": first["HostName"],
        "ansible_port": int(port),
        "ansible_user": first["User"],
        **({"ansible_ssh_private_key_file": keys[0]} if keys else {}),
        "ansible_ssh_common_args": " ".join(f"-o {shlex.quote(f'{key}={value}')}" for key, value in options),
    }


def reason(out: str, err: str) -> str:
    """What went wrong, in one line."""
    errors = [fields[-1] for fields in lines_in(out) if fields[2] == "error-exit"]
    lines = (errors[-1] if errors else err or out or "it says nothing").splitlines()
    words = " ".join(line for line in lines if not line.startswith("Vagrant failed to initialize")).split()
    return HOSTILE.sub(" ", " ".join(words))[:250]


# what becomes of it


def inventory(known: Known, note: str) -> Known:
    """Groups of the machines that run, and how they are reached."""
    groups: dict[str, Known] = {}
    running = [one for one in known["machines"] if one["name"] in known["ways"]]
    for one in running:
        for group in one["groups"]:
            groups.setdefault(group, {"hosts": []})["hosts"].append(one["name"])
    hostvars = {one["name"]: {**known["ways"][one["name"]], **one["host_vars"]} for one in running}
    variables = {"environment_note": note} if note else {}
    names = [one["name"] for one in running]
    return {"_meta": {"hostvars": hostvars}, "all": {"hosts": names, "vars": variables}, **groups}


def said(known: Known) -> str:
    """What there is to say: nothing when all is as it should be."""
    running = [name for name, state in known["states"].items() if state == "running"]
    if not running:
        return NOTHING
    lost = [name for name in running if name not in known["ways"]]
    wanted = [one["name"] for one in known["machines"] if one["autostart"] or one["name"] in known["states"]]
    down = [name for name in wanted if name not in running]
    parts = [f"Not running, and left out: {', '.join(down)}; `vagrant up {down[0]}` starts it."] if down else []
    if lost:
        parts.append(f"Left out, because `vagrant ssh-config` does not say how to reach them: {', '.join(lost)}.")
    return " ".join(parts)


# what is kept


def made() -> list[str]:
    """The machines that Vagrant remembers to have made."""
    found = {path.parent.parent.name for path in VAGRANT.glob("machines/*/*/id")}
    return sorted(name for name in found if NAME.fullmatch(name))


def fingerprint() -> list[Any]:
    """What changes when machines are made, destroyed, provisioned, or written down anew."""
    files = [DATA, PROJECT / "Vagrantfile", *sorted(VAGRANT.glob("machines/*/*/*"))]
    return [stamp for file in files for stamp in stamps(file)]


def index() -> list[Any]:
    """What changes whenever any Vagrant of this person has looked at any machine."""
    return stamps(INDEX)


def stamps(file: Path) -> list[Any]:
    """What tells one content of a file from the next."""
    with contextlib.suppress(OSError):
        found = file.stat()
        return [str(file), found.st_ino, found.st_size, found.st_mtime_ns]
    return []


@contextlib.contextmanager
def alone(deadline: float) -> Iterator[None]:
    """One of us at a time: the others find what the first one was told."""
    try:
        descriptor = os.open(VAGRANT, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise Trouble(f"Vagrant's folder {VAGRANT} can't be read: {error.strerror}") from None
    try:
        while not locked(descriptor):
            if time.monotonic() > deadline:
                raise Trouble("Vagrant is still being asked by somebody else; ask again.")
            time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def locked(descriptor: int) -> bool:
    """Whether the lock is ours now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def load() -> Known:
    """What was kept; nothing when there is nothing, or it can't be meant."""
    try:
        kept = json.loads(KEPT.read_text(encoding="utf-8"))
        known = {**nothing(), **kept}
        whole = all(isinstance(known[key], type(empty)) for key, empty in nothing().items())
    except (OSError, ValueError, TypeError):
        return nothing()
    return known if whole else nothing()


def save(known: Known) -> Known:
    """Keep it, if that may be; the files are looked at now, because Vagrant has just written some of them."""
    known = {**known, "files": fingerprint(), "index": index()}
    fresh = KEPT.with_name(f".signalbox.{os.getpid()}")
    with contextlib.suppress(OSError):
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(known, file)
        fresh.replace(KEPT)
    return known


if __name__ == "__main__":
    main()
