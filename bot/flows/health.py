"""How everything we depend on is: stations enter, one Finding each leaves, with the remedy where something fails."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from bot.alerts import AlertConfig, secret_flaws
from bot.catalog import Catalog
from bot.errors import SignalboxError
from bot.flows.deliver import REFUSED_LEASE
from bot.flows.listening import unheard
from bot.flows.room import room
from bot.guards import PolicyFile
from bot.ledger import Ledger
from bot.model.health import Finding
from bot.queue import Leases, RunQueue, why
from bot.targets import Inventories


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The checks; stations come as functions, since making one may be what fails."""

    redis: Callable[[], Redis]
    ledger: Callable[[], Ledger]
    queue: Callable[[], RunQueue]
    leases: Callable[[], Leases]
    catalog: Callable[[], Catalog]
    inventories: Callable[[], Inventories]
    policy: Callable[[], PolicyFile]
    alerts: Callable[[], AlertConfig]
    secret: Callable[[str], str]
    engine: Callable[[], str]
    home: Path
    slack: bool = False

    def services(self) -> Iterator[Finding]:
        """What must answer for runs to happen: `/healthz`."""
        yield self._finding("redis", self._redis, "Start it, or mend REDIS_URL.")
        yield self._finding("database", self._database, "Mend DATABASE_URL, or the rights on SIGNALBOX_HOME.")
        yield self._finding("workers", self._workers, "Start one: `python -m bot worker`, or `python -m bot up`.")
        yield self._finding("relay", self._relay, "Start one: `python -m bot relay`, or `python -m bot up`.")
        yield self._finding("engine", self.engine, "")  # not loaded is no failure: runs start Ansible anew
        refused = self._finding("slack", self._slack, "Install the app again, and set SLACK_BOT_TOKEN anew.")
        if self.slack or not refused.ok:
            yield refused

    def handle(self) -> Iterator[Finding]:
        """Everything: `doctor`."""
        yield from self.services()
        yield self._finding("project", self._project, "Set SIGNALBOX_PROJECT to an Ansible project.")
        yield self._finding("environments", self._environments, "Mend the inventory, or put one below inventories/.")
        yield self._finding("policy", self._policy, "Mend signalbox.yml.")
        yield self._finding("alerts", self._alerts, "Mend signalbox.yml.")
        yield self._finding("home", lambda: room(self.home), "Mend SIGNALBOX_HOME.")
        yield self._finding("ansible", _ansible, "Install requirements.txt again.")
        yield self._finding("ssh", lambda: _program("ssh"), "Install an OpenSSH client.")
        yield self._finding("git", lambda: _program("git"), "Install Git, so that runs record the revision.")

    def _finding(self, name: str, check: Callable[[], str], remedy: str) -> Finding:
        try:
            return Finding(name=name, ok=True, what=check())
        except SignalboxError as error:
            return Finding(name=name, ok=False, what=error.what, remedy=error.remedy or remedy)
        except Exception as error:  # noqa: BLE001 (whatever it is, the other checks still tell)
            return Finding(name=name, ok=False, what=f"It fails: {type(error).__name__}.", remedy=remedy)

    def _redis(self) -> str:
        try:
            info = self.redis().info("server")
        except RedisError as error:
            raise SignalboxError(why(error)) from None
        return f"answers, version {info['redis_version']}"

    def _database(self) -> str:
        behind = self.ledger().behind()
        if behind:
            raise SignalboxError(f"{len(behind)} migrations are still to apply.", "Start `python -m bot relay` once.")
        return f"answers, at migration {self.ledger().current()}"

    def _workers(self) -> str:
        if not (count := self.queue().workers()):
            raise SignalboxError("No worker listens.")
        if lonely := self._unheard():
            raise SignalboxError(f"No worker listens to {', '.join(lonely)}.", "Start one with --queues.")
        return f"{count} listening, {self.queue().depth()} runs waiting"

    def _unheard(self) -> tuple[str, ...]:
        """Queues without a worker, as far as the project tells which there are."""
        try:
            policy, names = self.policy().policy(), self.inventories().names()
        except Exception:  # noqa: BLE001 (what is wrong with them is told of themselves)
            return ()
        return unheard(self.queue(), policy, names)

    def _relay(self) -> str:
        if not self.leases().held("relay"):
            raise SignalboxError("No relay is at work.")
        return "at work"

    def _slack(self) -> str:
        """Whoever delivers holds a lease for as long as the token is refused; without Redis nobody knows."""
        try:
            refused = self.leases().held(REFUSED_LEASE)
        except Exception:  # noqa: BLE001 (that Redis does not answer is told already)
            return "not known, Redis does not answer"
        if refused:
            raise SignalboxError("Slack does not accept the token: nothing is shown there, runs go on.")
        return "has not refused the token"

    def _project(self) -> str:
        catalog = self.catalog()
        if problems := catalog.problems():
            first = problems[0]
            where = f"{first.file}:{first.line}"
            raise SignalboxError(f"{len(problems)} runbook files left out, first {where}: {first.what}", first.remedy)
        return f"{len(catalog.runbooks())} runbooks"

    def _environments(self) -> str:
        names = self.inventories().names()
        if not names:
            raise SignalboxError("There is no environment.")
        found = [self.inventories().describe(name) for name in names]
        if broken := [f"{each.name}: {each.problem}" for each in found if each.problem]:
            raise SignalboxError("; ".join(broken))
        return ", ".join(f"{each.name} ({each.host_count} hosts)" for each in found)

    def _policy(self) -> str:
        policy = self.policy()
        if not policy.policy().written:
            return "none written: the terminal may do everything outside prod*, nobody else anything"
        if policy.problem:
            raise SignalboxError(f"{policy.problem} The last good one holds.")
        return f"{len(policy.policy().roles)} roles"

    def _alerts(self) -> str:
        """What may send alerts, as the environment of this process has it; `serve` has one of its own."""
        sources = self.alerts().sources
        if flaws := list(secret_flaws(sources, self.secret)):
            remedy = "Set it where `serve` starts, or in .env; `openssl rand -hex 32` makes one."
            raise SignalboxError(" ".join(flaws), remedy)
        return f"{', '.join(sources)} may send" if sources else "nobody may send any"


def _ansible() -> str:
    if not (Path(sys.executable).parent / "ansible-playbook").exists():
        raise SignalboxError("ansible-playbook is not installed beside this Python.")
    return f"ansible-core {version('ansible-core')}, ansible-runner {version('ansible-runner')}"


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SignalboxError(f"{name} is not installed.")
    return found
