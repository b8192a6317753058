"""How much and how soon: the guards that count hosts and look at other runs."""

from datetime import timedelta

from bot.guards.policy import Policy
from bot.guards.question import Question
from bot.model.decision import Reason, Verdict
from bot.model.overlap import claims, claims_of, overlap
from bot.model.run import Run
from bot.model.safety import Overlap
from bot.model.words import duration, some

_CONCURRENCY = {
    None: "waits where other runs are on its hosts.",
    Overlap.QUEUE: "waits where other runs are in its way.",
    Overlap.REPLACE: "cancels earlier runs of its own that are in its way, and waits for others.",
    Overlap.ALLOW: "may run beside others that say nothing against it.",
}


def max_hosts(policy: Policy, question: Question) -> list[Reason]:
    """A run touches no more hosts than the runbook and the environment let it."""
    count, environment = len(question.target.hosts), question.target.environment
    own = question.runbook.safety.max_hosts
    limit = policy.environment(environment).host_bound(question.environment_hosts)
    over = []
    if own is not None and count > own:
        over.append(f"{question.runbook.id} may touch {own} hosts at most, and this is {count}. Narrow the limit.")
    if limit is not None and count > limit:
        over.append(f"A run in {environment} may touch {limit} hosts at most; this is {count}. Narrow the limit.")
    if over:
        return [_hosts(Verdict.DENY, text) for text in over]
    bounds = [bound for bound in (own, limit) if bound is not None]
    return [_hosts(Verdict.ALLOW, f"{count} of at most {min(bounds)} hosts." if bounds else "Hosts are not bounded.")]


def max_concurrent(policy: Policy, question: Question) -> list[Reason]:
    """No more runs at once than the environment lets there be."""
    environment, active = question.target.environment, question.active
    most = policy.environment(environment).max_concurrent
    if most is None:
        return [_concurrent(Verdict.ALLOW, f"{environment} takes any number of runs at once.")]
    if active is None:
        return [_concurrent(Verdict.ALLOW, f"{environment} takes {most} runs at once; how many there are is unknown.")]
    there = sum(1 for run in active if run.plan.target.environment == environment)
    if there < most:
        return [_concurrent(Verdict.ALLOW, f"{there} of at most {most} runs at once are there.")]
    what = f"{environment} takes {most} runs at once, and {there} are not over. Wait until one is."
    return [_concurrent(Verdict.DENY, what)]


def concurrency(_policy: Policy, question: Question) -> list[Reason]:
    """A runbook that may not be beside others is refused while they are there; all else waits for its turn."""
    name, wants = question.runbook.id, question.runbook.safety.concurrency
    if wants is None or wants.mode is not Overlap.FORBID:
        return [_concurrency(Verdict.ALLOW, f"{name} {_CONCURRENCY[wants.mode if wants else None]}")]
    if question.active is None:
        return [_concurrency(Verdict.ALLOW, "Whether other runs are in its way is unknown.")]
    target = question.target
    mine = claims(name, target.environment, target.hosts, wants, check=question.check)
    there = [(run, overlap(mine, claims_of(run.plan))) for run in question.active]
    held = [f"run {run.id} is on {some([place.word for place in places], 3)}" for run, places in there if places]
    if not held:
        return [_concurrency(Verdict.ALLOW, "No other run is in its way.")]
    return [
        _concurrency(Verdict.DENY, f"{name} may not run beside others, and {some(held, 3)}. Wait until it is over.")
    ]


def cooldown(_policy: Policy, question: Question) -> list[Reason]:
    """Hosts, and the runbook as a whole, are left alone for a while after a run."""
    rest = question.runbook.safety.cooldown
    if rest is None:
        return [_cooldown(Verdict.ALLOW, f"{question.runbook.id} has no cooldown.")]
    if question.check:
        return [_cooldown(Verdict.ALLOW, "A check waits for no cooldown.")]
    if question.recent is None:
        return [_cooldown(Verdict.ALLOW, "When it ran last is unknown.")]
    hot = [*_hot_hosts(question, rest.host), *_hot_runbook(question, rest.runbook)]
    return [_cooldown(Verdict.DENY, text) for text in hot] or [_cooldown(Verdict.ALLOW, "Its cooldown is over.")]


def _hot_hosts(question: Question, seconds: int | None) -> list[str]:
    if seconds is None:
        return []
    touched = {host for run in _since(question, seconds) for host in run.plan.target.hosts}
    again = [host for host in question.target.hosts if host in touched]
    if not again:
        return []
    return [f"{question.runbook.id} ran on {some(again, 5)} less than {duration(seconds)} ago. Wait a while."]


def _hot_runbook(question: Question, seconds: int | None) -> list[str]:
    if seconds is None or not _since(question, seconds):
        return []
    where = question.target.environment
    return [f"{question.runbook.id} ran in {where} less than {duration(seconds)} ago. Wait a while."]


def _since(question: Question, seconds: int) -> list[Run]:
    """Runs in earnest that are not over, or began within the seconds."""
    since = question.now - timedelta(seconds=seconds)
    real = [run for run in question.recent or () if not run.plan.options.check]
    return [run for run in real if not run.status.final or (run.started_at is not None and run.started_at >= since)]


def _hosts(verdict: Verdict, text: str) -> Reason:
    return Reason(guard="max_hosts", verdict=verdict, text=text)


def _concurrent(verdict: Verdict, text: str) -> Reason:
    return Reason(guard="max_concurrent", verdict=verdict, text=text)


def _concurrency(verdict: Verdict, text: str) -> Reason:
    return Reason(guard="concurrency", verdict=verdict, text=text)


def _cooldown(verdict: Verdict, text: str) -> Reason:
    return Reason(guard="cooldown", verdict=verdict, text=text)
