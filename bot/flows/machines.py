"""Reports of machines enter while an environment comes up or goes down; events of their run leave, and a verdict."""

from collections.abc import Sequence

from bot.chat.text import line
from bot.flows.telling import Telling
from bot.model.event import Result
from bot.model.provider import MachineReport, Wish
from bot.model.words import some

LONGEST_MESSAGE = 500
MOST_HOSTS = 1000
MOST_REPORTS = 20_000
_TITLES = {
    "up": "bring up",
    "status": "status",
    "halt": "halt",
    "down": "destroy",
    "snapshot": "keep as they are",
    "restore": "restore",
}
_UP = frozenset({"up", "restore"})
_ENDS = {"halt": "stopped", "down": "stopped"}


class Machines:
    """One wish under way; `planned` are the machines that it is about."""

    def __init__(self, wish: Wish, planned: Sequence[str], telling: Telling) -> None:
        self._wish = wish
        self._planned = tuple(planned)
        self._telling = telling
        self._last: dict[str, MachineReport] = {}
        self._told: dict[str, str] = {}
        self._count = 0
        self._task = f"{_TITLES[wish.verb]} {wish.environment}"
        telling.tell("playbook_on_play_start", play=self._task)
        telling.tell("playbook_on_task_start", play=self._task, task=_TITLES[wish.verb])

    def hear(self, report: MachineReport) -> None:
        """Take one report: a machine that is as it was wanted is told at once, and again if it does not stay so."""
        if self._wish.machines and report.host not in self._wish.machines:
            return
        self._count += 1
        if self._count > MOST_REPORTS or (report.host not in self._last and len(self._last) >= MOST_HOSTS):
            return
        known = self._last.get(report.host)
        if known is None:
            self._tell("runner_on_start", report, None)
        elif report.state == "starting" and report.message and report.message != known.message:
            self._tell("verbose", report, None)
        self._last[report.host] = report
        if report.state == self._wanted and report.host not in self._told:
            self._conclude(report)

    def settle(self) -> None:
        """It is over: how each machine is now; one that nobody reports any more is gone."""
        for host in self._planned:
            if host not in self._last and self._wish.verb in {"down", "status", "halt"}:
                self.hear(MachineReport(host=host, state="stopped", message="not there"))
        for host, report in self._last.items():
            gone = self._wish.verb == "down" and report.state == "starting"
            now = MachineReport(host=host, state="stopped", message="not there") if gone else report
            self._last[host] = now
            if self._told.get(host) != now.state:
                self._conclude(now)

    def _conclude(self, report: MachineReport) -> None:
        self._told[report.host] = report.state
        bad = self._wrong(report)
        self._tell("runner_on_failed" if bad else "runner_on_ok", report, Result.FAILED if bad else Result.OK)

    def bad(self) -> str:
        """Which machines are not as they were wanted, in a sentence; empty when all are."""
        missing = [host for host in self._planned if host not in self._last] if self._wish.verb in _UP else []
        if wrong := [host for host, report in self._last.items() if self._wrong(report)] + missing:
            word = "is" if len(wrong) == 1 else "are"
            return f"{some([line(host, 253) for host in wrong])} {word} not {self._wanted}."
        if self._wish.verb in _UP and not self.running:
            return "No machine is running."
        return ""

    @property
    def running(self) -> tuple[str, ...]:
        """The machines that run."""
        return tuple(host for host, report in self._last.items() if report.state == "running")

    @property
    def _wanted(self) -> str:
        return "running" if self._wish.verb in _UP else _ENDS.get(self._wish.verb, "in order")

    def _wrong(self, report: MachineReport) -> bool:
        """Status only tells; what never had a snapshot does not come back when all others do."""
        if self._wish.verb in {"status", "snapshot"}:
            return False
        if self._wish.verb == "restore" and not self._wish.machines:
            return report.state == "broken"
        return report.state != self._wanted

    def _tell(self, kind: str, report: MachineReport, result: Result | None) -> None:
        message = line(report.message, LONGEST_MESSAGE)
        said = f"{report.state}: {message}" if message and message != report.state else report.state
        task = _TITLES[self._wish.verb]
        self._telling.tell(kind, play=self._task, task=task, host=line(report.host, 253), result=result, message=said)
