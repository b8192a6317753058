"""A runbook's own limits enter; what `describe` says about them leaves."""

from bot.model.safety import ApprovalWhen, Safety
from bot.model.words import duration, some


def safety_facts(safety: Safety) -> list[tuple[str, str]]:
    """Names with a few words each; limits that are not there are not told."""
    pairs = [("at most", f"{safety.max_hosts} hosts")] if safety.max_hosts else []
    pairs += [("timeout", duration(safety.timeout))] if safety.timeout else []
    if rest := safety.cooldown:
        pairs += [("cooldown", f"{duration(rest.host)} on the same host")] if rest.host else []
        pairs += [("cooldown", f"{duration(rest.runbook)} in the same environment")] if rest.runbook else []
    pairs += [("approval", _approval(safety))] if safety.requires_approval else []
    pairs += [("confirmation", safety.confirm.message or "the asker says yes again")] if safety.confirm else []
    return pairs + ([("rules", "may start it")] if safety.automation_safe else [])


def _approval(safety: Safety) -> str:
    count, roles = safety.approvals.count, safety.approvals.roles
    what = ["required" if count == 1 else f"{count} required"]
    what += [f"by {', '.join(roles)}"] if roles else []
    wants = safety.requires_approval
    return " ".join(what + ([_when(wants)] if isinstance(wants, ApprovalWhen) else []))


def _when(when: ApprovalWhen) -> str:
    said = [f"in {', '.join(when.environments)}"] if when.environments else []
    said += [f"on more than {when.hosts_over} hosts"] if when.hosts_over is not None else []
    said += [f"with {name} {some([str(value) for value in values], 4)}" for name, values in when.parameters.items()]
    return ", or ".join(said)
