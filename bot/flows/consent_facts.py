"""What a run waits for, or has waited for, enters; what `show` says about it leaves."""

from bot.chat.waiting import vote_text
from bot.model.consent import Pending, Stage


def consent_facts(pending: Pending | None) -> list[tuple[str, str]]:
    """Names with a few words each; nothing for a run that never waited for anybody."""
    if pending is None:
        return []
    pairs = [("asks because", " ".join(pending.reasons))]
    if pending.stage.open:
        pairs += [("waits for", f"{_wanted(pending)} until {_time(pending)}")]
    if pending.message:
        pairs += [("confirmed", "yes" if pending.confirmed else "no")]
    if pending.count:
        pairs += [("approvals", f"{pending.approvals} of {pending.count}")]
    pairs += [("vote", vote_text(vote)) for vote in pending.votes]
    pairs += [("break-glass", f"{pending.broke_glass}: {pending.reason}")] if pending.broke_glass else []
    return pairs


def _wanted(pending: Pending) -> str:
    if pending.stage is Stage.CONFIRM:
        return "who asked, to confirm it,"
    return f"approval by {' or '.join(pending.roles)}" if pending.roles else "approval"


def _time(pending: Pending) -> str:
    return pending.deadline.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
