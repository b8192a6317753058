"""People and monitoring at work, by a seed: what they ask for and say is noted, with whether the door took it."""

import contextlib
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.errors import Unavailable
from bot.model.status import RunStatus
from tests.torture.crew import Crew
from tests.torture.ground import ALERT_TOKEN, HOSTS
from tests.torture.seen import Ask

PAUSE_SECONDS = (1.0, 5.0)
PEOPLE = 3
SECONDS = (0, 0, 0, 1, 2, 5, 12)
KNOWN_SECONDS = 15.0
"""How long somebody looks for the run that they asked for."""


@dataclass(slots=True)
class Load:
    """Some threads; `asks` is what was asked for so far, `broken` the hosts that were to fail, by token."""

    crew: Crew
    seed: int
    asks: list[Ask] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        """Go on until `end`."""
        for number in range(PEOPLE):
            somebody = _Somebody(self, random.Random(f"{self.seed}:{number}"), number, self._stop)
            thread = threading.Thread(target=somebody.work, daemon=True)
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        """Ask for nothing more; wait until all have said what they were about to."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def call_off(self) -> bool:
        """Cancel what still waits for people; whether there was anything."""
        ground = self.crew.ground
        waiting = ground.rows("SELECT id FROM runs WHERE status = 'awaiting_approval' ORDER BY id")
        for run in waiting:
            ground.slack.person("U1").slash("/ansible", f"cancel {run['id']}", channel=ground.channels[0])
        return bool(waiting)


@dataclass(slots=True)
class _Somebody:
    """One thread with choices of its own."""

    load: Load
    random: random.Random
    number: int
    stop: threading.Event
    asked: int = 0

    def work(self) -> None:
        """One thing after the other."""
        deeds: dict[Callable[[], None], int] = {
            self._run: 12,
            self._alert: 3,
            self._cancel: 3,
            self._again: 3,
            self._guarded: 2,
            self._sure: 2,
            self._lock: 1,
            self._look: 1,
        }
        while not self.stop.wait(self.random.uniform(*PAUSE_SECONDS)):
            deed = self.random.choices(list(deeds), list(deeds.values()))[0]
            with contextlib.suppress(Unavailable, AssertionError):  # SQL is away; nobody is at the door
                deed()

    def _run(self) -> None:
        check = " --check" if self.random.random() < 0.15 else ""
        self._ask("work", self._place("alpha", "beta"), check)

    def _place(self, *environments: str) -> tuple[str, tuple[str, ...]]:
        name = self.random.choice(environments)
        return name, tuple(sorted(self.random.sample(HOSTS[name], self.random.randint(1, 2))))

    def _ask(self, runbook: str, place: tuple[str, tuple[str, ...]], more: str = "") -> str:
        """Ask for a run; its token."""
        environment, hosts = place
        token, breaks = self._token(), self.random.random() < 0.12 and not more
        text = f"run {runbook} on {','.join(hosts)} in {environment} token={token}"
        text += f" seconds={self.random.choice(SECONDS)}{more}"
        if breaks:
            self.load.broken[token] = hosts[0]
            text += f" breaks={hosts[0]}"
        self.load.asks.append(Ask(token=token, taken=self._say(text)))
        return token

    def _token(self) -> str:
        self.asked += 1
        return f"tok{self.load.seed}x{self.number}x{self.asked}x"

    def _say(self, text: str, user: str = "U1") -> bool:
        ground = self.load.crew.ground
        channel = ground.channels[self.number % len(ground.channels)]
        return ground.slack.person(user).slash("/ansible", text, channel=channel).acked

    def _alert(self) -> None:
        token, host = self._token(), self.random.choice(HOSTS["alpha"])
        labels = {"alertname": "Torture", "service": "torture", "host": host, "token": token}
        body = json.dumps({"version": "4", "alerts": [{"status": "firing", "labels": labels, "fingerprint": token}]})
        self.load.asks.append(Ask(token=token, taken=self._post(body.encode()), by="alert"))

    def _post(self, body: bytes) -> bool:
        headers = {"Authorization": f"Bearer {ALERT_TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.load.crew.url}/alerts/alertmanager", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _known(self, token: str) -> int | None:
        """The run of a token, as soon as SQL knows it."""
        deadline = time.monotonic() + KNOWN_SECONDS
        while time.monotonic() < deadline and not self.stop.is_set():
            if run := self.load.crew.ground.run_of(token):
                return run
            time.sleep(0.3)
        return None

    def _some(self, where: str) -> dict[str, Any] | None:
        """One of the newest runs that fit."""
        sql = f"SELECT id, status, check_mode FROM runs WHERE {where} ORDER BY id DESC LIMIT 8"
        found = self.load.crew.ground.rows(sql)
        return self.random.choice(found) if found else None

    def _cancel(self) -> None:
        final = ", ".join(f"'{status.value}'" for status in RunStatus if status.final)
        if run := self._some(f"status NOT IN ({final})"):
            self._say(f"cancel {run['id']}")

    def _again(self) -> None:
        if run := self._some("status IN ('successful', 'failed', 'lost') AND transport = 'slack'"):
            failed = "retry" if run["status"] == "failed" else "rerun"
            self._say(f"{'apply' if run['check_mode'] and run['status'] == 'successful' else failed} {run['id']}")

    def _guarded(self) -> None:
        """A run in gamma with a check before it; two people say yes at once, or one no."""
        run = self._known(self._ask("guarded", self._place("gamma")))
        if run is None:
            return
        if self.random.random() < 0.2:
            self._say(f"deny {run} because no", "U2")
            return
        for _ in range(20):  # refused as long as its check goes on
            if self.stop.wait(1.0):
                break
            both = [threading.Thread(target=self._say, args=(f"approve {run}", user)) for user in ("U2", "U9")]
            for each in both:
                each.start()
            for each in both:
                each.join()
            if self.load.crew.ground.rows("SELECT 1 AS x FROM consents WHERE run_id=:run AND stage='granted'", run=run):
                break

    def _sure(self) -> None:
        run = self._known(self._ask("sure", self._place("beta")))
        for _ in range(self.random.randint(1, 2) if run else 0):
            self._say(f"confirm {run}")

    def _lock(self) -> None:
        name, hosts = self._place("alpha", "beta")
        where = f"{','.join(hosts)} in {name}"
        self._say(f"lock {where} for 10s because of torture")

    def _look(self) -> None:
        self._say(self.random.choice(["runs", "runs active", "envs", "help"]))
