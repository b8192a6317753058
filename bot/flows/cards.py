"""A run and its view enter; what a conversation is shown of it leaves."""

from bot.model.run import Run
from bot.model.view import RunCard, RunView


def card_of(run: Run, view: RunView, quiet: int = 0, waits: str = "") -> RunCard:
    """The run card's content, when no event has come for `quiet` seconds; `waits` says for which runs it waits."""
    plan = run.plan
    return RunCard(
        run_id=run.id,
        runbook=plan.runbook,
        summary=plan.summary,
        environment=plan.target.environment,
        limit=plan.target.limit,
        note=plan.target.note,
        hosts=plan.target.hosts,
        actor=str(run.actor),
        revision=revision(run),
        check=plan.options.check,
        view=view,
        quiet=quiet,
        waits=waits,
    )


def revision(run: Run) -> str:
    """The revision as people read it: `3f2a1bc, with uncommitted changes, content 9e107d9d`."""
    what = run.plan.revision
    commit = what.commit[:7] if what.commit else "not in Git"
    dirty = ", with uncommitted changes" if what.dirty else ""
    return f"{commit}{dirty}, content {what.content_hash[:8]}"
