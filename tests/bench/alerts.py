"""Alerts enter a stack and the peer in turn; how soon something is done about them, and how quick each takes a storm.

The same rule on both sides starts the same playbook of one task, which writes down when it ran, on the same host.
"""

import contextlib
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from tests.bench import peer as peers
from tests.bench import project
from tests.bench.measure import Machine
from tests.bench.report import QUIET
from tests.bench.sides import Sides
from tests.bench.stack import Stack, stack
from tests.e2e import processes
from tests.fake_slack.to_app.sender import percentile

PAIRS = 7
STORM, SENDERS, RUNS = 500, 4, 20
"""Alerts, how many send at once, and how many of the alerts, the first ones, are answered with a run."""
MOST_RUNS = 100
POST_SECONDS = 0.05
LIMIT_SECONDS = 60.0
STORM_SECONDS = 300.0
HOST, SYMPTOM, OTHER, MARK = "h1", "Mend", "Noise", "mark"
_TOKEN = "bench"
_HEADERS = {"Content-Type": "application/json", "Authorization": f"Bearer {_TOKEN}"}
_PLAYBOOK = (
    "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: Mark\n"
    "      ansible.builtin.debug:\n        msg: \"{{{{ lookup('ansible.builtin.pipe', 'touch {mark}') }}}}\"\n"
)
"""Its task needs no module on the host, so as little as possible is Ansible's own time."""
_RUNBOOK = "id: mark\nsummary: Mark\nplaybook: mark.yml\nsafety: {automation: safe}\n"
_BOOK = f"""
- name: bench
  hosts: all
  rules:
    - name: mend
      condition: event.alert.status == "firing" and event.alert.labels.alertname == "{SYMPTOM}"
      action: {{run_runbook: {{runbook: mark, environment: bench, limit: "{{{{ event.alert.host }}}}"}}}}
"""
_POLICY = """
roles: {all: {members: ["*", "rule:bench/*"], may: [{runbooks: ["*"], environments: ["*"]}]}}
alerts: {alertmanager: {auth: {type: bearer, secret_env: BENCH_TOKEN}}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Seconds from the start of a POST to its answer, to the first task, to the end known; `storm`: to each answer."""

    posts: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    storm: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """`peer` is None, `version` empty, without a peer; `others` the share of the machine that others had."""

    ours: Side
    peer: Side | None
    version: str
    others: float


@dataclass(slots=True, kw_only=True)
class _Way:
    """One side: where it takes alerts, and how many ends of playbooks it has told of so far."""

    url: str
    ended: Callable[[], int]
    mark: Path
    side: Side = field(default_factory=Side)
    sent: int = 0


def measure(pairs: int = PAIRS) -> Figures:
    """About a minute, and another one with a peer."""
    program, machine, own = peers.program(), Machine(), time.process_time()
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder, contextlib.ExitStack() as opened:
        made = _project(Path(folder))
        sides = Sides(project=made, home=Path(folder) / "home", more={"BENCH_TOKEN": _TOKEN})
        running = opened.enter_context(stack(sides))
        mark, engines = made.folder / "mark", list[psutil.Process]()
        ways = [_Way(url=f"{running.url}/alerts/alertmanager", ended=lambda: _ended(running), mark=mark)]
        if program is not None:
            asked = {"host": HOST, "symptom": SYMPTOM, "playbook": MARK}
            beside = opened.enter_context(peers.running(program, made.folder, **asked))
            engines.append(beside.process)
            ways.append(_Way(url=beside.url, ended=lambda: len(beside.ends), mark=mark))
        for way in ways:
            _once(way)  # what is loaded once is
            way.side = Side()
        for _ in range(pairs):
            for way in ways:
                _once(way)
        for way in ways:
            _storm(way)
        worked = running.cpu() + sum(sum(each.cpu_times()[:4]) for each in engines) + time.process_time() - own
        version = "" if program is None else peers.version(program)
    ours = ways[0].side
    found = Figures(ours=ours, peer=ways[1].side if program else None, version=version, others=0.0)
    return replace(found, others=machine.others(worked))


def passed(found: Figures) -> bool:
    """Whether POSTs were answered in time in the storm, and nothing took longer than with the peer."""
    slower = found.peer is not None and _ratio(found, "ends") > 1
    return percentile(found.ours.storm, 0.99) < POST_SECONDS and not slower


def lines(found: Figures) -> Iterator[str]:
    """The report."""
    yield f"# Alerts: {len(found.ours.ends)} alerts one by one, a rule, a playbook of one task"
    yield "|  | ours | the peer | ratio |"
    yield "| --- | ---: | ---: | ---: |"
    for name, text in _ROWS.items():
        yield _row(text, _middle(getattr(found.ours, name)), _middle(getattr(found.peer, name, None)), found, name)
    yield f"the peer: {found.version or f'none; {peers.VARIABLE} names its program'}"
    if found.peer is not None:
        ratio = _ratio(found, "ends")
        yield f"its end is known: ratio {ratio:.2f}, limit 1: {'PASS' if ratio <= 1 else 'OVER'}"
    yield ""
    yield f"# Alerts: a storm of {STORM}, {SENDERS} at once; the first {RUNS} ask for a run"
    yield "|  | ours | the peer |"
    yield "| --- | ---: | ---: |"
    for share, text in ((0.5, "median"), (0.99, "p99"), (1.0, "most")):
        yield f"| POST → answer, {text} | {_part(found.ours, share)} | {_part(found.peer, share)} |"
    quick = "PASS" if percentile(found.ours.storm, 0.99) < POST_SECONDS else "OVER"
    yield f"POST → answer, p99 {_part(found.ours, 0.99)}, limit {POST_SECONDS * 1000:.0f} ms: {quick}"
    if found.others > QUIET:
        yield f"NOT QUIET: {found.others:.0%} of the processors' time went to others; trust the ratios"


_ROWS: Mapping[str, str] = {
    "posts": "POST → answer",
    "firsts": "POST → first task",
    "ends": "POST → its end is known",
}


def _row(text: str, ours: str, beside: str, found: Figures, name: str) -> str:
    return f"| {text} | {ours} | {beside} | {f'{_ratio(found, name):.2f}' if found.peer else ''} |"


def _ratio(found: Figures, name: str) -> float:
    return statistics.median(getattr(found.ours, name)) / statistics.median(getattr(found.peer, name))


def _middle(values: Sequence[float] | None) -> str:
    return f"{statistics.median(values) * 1000:.0f} ms" if values else ""


def _part(side: Side | None, share: float) -> str:
    return "" if side is None else f"{percentile(side.storm, share) * 1000:.0f} ms"


def _project(folder: Path) -> project.Project:
    made = project.make(folder / "project", hosts=project.FEW, tasks=1, modules=0)
    (made.folder / "playbooks" / "mark.yml").write_text(_PLAYBOOK.format(mark=made.folder / "mark"))
    (made.folder / "playbooks" / "mark.runbook.yml").write_text(_RUNBOOK)
    (made.folder / "rulebooks").mkdir()
    (made.folder / "rulebooks" / "bench.yml").write_text(_BOOK)
    (made.folder / "signalbox.yml").write_text(_POLICY)
    return made


def _ended(running: Stack) -> int:
    """How many runs have ended, as SQL knows."""
    return sum(1 for run in running.app.ledger.find(last=MOST_RUNS) if run.status.final)


def _once(way: _Way) -> None:
    """One alert, until its playbook has ended and that is known."""
    ends = way.ended()
    way.mark.unlink(missing_ok=True)
    began = time.time()
    with _connected(way) as line:
        way.side.posts.append(_post(way, line, SYMPTOM))
    processes.until(lambda: way.ended() > ends, LIMIT_SECONDS, "the end of the playbook")
    way.side.ends.append(time.time() - began)
    way.side.firsts.append(way.mark.stat().st_mtime - began)


def _storm(way: _Way) -> None:
    """All alerts, then until the runs have ended."""
    ends = way.ended()
    _send(way, SYMPTOM, RUNS)
    senders = [threading.Thread(target=_send, args=(way, OTHER, (STORM - RUNS) // SENDERS)) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    processes.until(lambda: way.ended() >= ends + RUNS, STORM_SECONDS, "the runs of the storm")


def _send(way: _Way, symptom: str, count: int) -> None:
    """One after the other, over one connection, as Alertmanager does."""
    with _connected(way) as line:
        for _ in range(count):
            way.side.storm.append(_post(way, line, symptom))


def _connected(way: _Way) -> "contextlib.closing[HTTPConnection]":
    return contextlib.closing(HTTPConnection(urlsplit(way.url).netloc, timeout=LIMIT_SECONDS))


def _post(way: _Way, line: HTTPConnection, symptom: str) -> float:
    """Seconds until the answer; RuntimeError unless the alert was taken."""
    way.sent += 1
    number = f"{threading.get_ident()}-{way.sent}"
    labels = {"alertname": symptom, "service": "pay", "host": HOST, "instance": number}
    alert = {"status": "firing", "labels": labels, "fingerprint": number, "startsAt": "2026-01-01T00:00:00Z"}
    body = json.dumps({"version": "4", "status": "firing", "alerts": [alert]})
    began = time.monotonic()
    line.request("POST", urlsplit(way.url).path, body, _HEADERS)
    answer = line.getresponse()
    answer.read()
    if answer.status != HTTPStatus.OK:
        raise RuntimeError(f"an alert was answered {answer.status}")
    return time.monotonic() - began
