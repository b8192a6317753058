#!/usr/bin/env python3
"""The hosts of `python -m bot fleet up` that run now, as an Ansible inventory; with none, a sentence says what to do.

Standard library only. The home is found as the bot finds it: SIGNALBOX_HOME, from the environment or the project's
.env, else .signalbox in the project. A run does not see that variable; its own folder lies in the home.
"""

import json
import os
import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
CGROUPS = Path("/sys/fs/cgroup")
START = "`python -m bot fleet up` starts it"


def main() -> None:
    """Print the inventory; the note is a variable too, and so reaches whoever reads this as Ansible does."""
    if sys.argv[1:2] == ["--host"]:
        print("{}")
        return
    known = load(home())
    running = [host for host in known["groups"] if known["kind"] == "local" or runs(known["fleet"], host)]
    note = said(known, running)
    print(json.dumps(inventory(known, running, note), indent=2))
    if note:
        print(note, file=sys.stderr)


def home() -> Path:
    """The folder where the bot keeps its state."""
    said = os.environ.get("SIGNALBOX_HOME") or from_run() or from_file() or ".signalbox"
    return PROJECT / Path(said).expanduser()


def from_run() -> str:
    """The home whose `runs/<run>/tmp` this process was given as Ansible's; empty when it is in no run."""
    own = Path(os.environ.get("ANSIBLE_LOCAL_TEMP", "")).parent
    return str(own.parents[1]) if own.parent.name == "runs" and own.name == os.environ.get("SIGNALBOX_RUN") else ""


def from_file() -> str:
    """What the project's .env says of SIGNALBOX_HOME; empty when it says nothing."""
    try:
        written = (PROJECT / ".env").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    found = re.findall(r"^(?:export\s+)?SIGNALBOX_HOME=(.*)$", written, re.MULTILINE)
    return found[-1].strip().strip("\"'") if found else ""


def load(place: Path) -> dict:
    """What the bot has written down of the fleet; nothing when there is none, or it is somebody else's."""
    try:
        return json.loads((place / "fleet" / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"fleet": "", "kind": "none", "groups": {}, "host_vars": {}, "all_vars": {}}


def runs(fleet: str, host: str) -> bool:
    """Whether the host has a process: the kernel knows, by its control group."""
    places = [CGROUPS / name / "signalbox-fleet" / fleet / host for name in (".", "systemd", "unified")]
    return any(members(file) for place in places for file in place.rglob("cgroup.procs"))


def members(file: Path) -> str:
    """The processes of a control group; none when it has just gone."""
    try:
        return file.read_text().strip()
    except OSError:
        return ""


def said(known: dict, running: list) -> str:
    """What there is to say: nothing when all is as it should be."""
    if not running:
        return f"The fleet is down; {START}."
    if known["kind"] == "local":
        return "These hosts are names for this machine: hosts of their own need root on Linux."
    down = [host for host in known["groups"] if host not in running]
    return f"Stopped, and left out: {', '.join(down)}; `python -m bot fleet up {down[0]}` starts it." if down else ""


def inventory(known: dict, running: list, note: str) -> dict:
    """Groups of the running hosts, and how they are reached."""
    groups = {}
    for host in running:
        for group in known["groups"][host]:
            groups.setdefault(group, {"hosts": []})["hosts"].append(host)
    variables = {**known["all_vars"], **({"environment_note": note} if note else {})}
    hostvars = {host: known["host_vars"][host] for host in running}
    return {"_meta": {"hostvars": hostvars}, "all": {"hosts": running, "vars": variables}, **groups}


if __name__ == "__main__":
    main()
