"""The one parser: the text a person typed enters, a Command leaves, or a refusal that says what would be right."""

import re
from collections.abc import Callable

from lark import UnexpectedInput

from bot.commands.alerting import ATTENDING
from bot.commands.asking import ask_by_phrase, ask_rehearsal, ask_run, known_environment, known_runbook
from bot.commands.clauses import plain_name
from bot.commands.environments import ask_env, ask_snapshot
from bot.commands.grammar import Branch, Leaf, strip, tree
from bot.commands.holding import HOLDING, said_reason
from bot.commands.mistakes import mistake
from bot.commands.numbers import how_many, run_number
from bot.commands.questioned import questioned
from bot.commands.simulating import ask_simulate
from bot.commands.states import limit_text
from bot.errors import NotUnderstood
from bot.model.command import (
    AskApply,
    AskApprove,
    AskAudit,
    AskCancel,
    AskConfirm,
    AskDeny,
    AskDescribe,
    AskEnvironments,
    AskHelp,
    AskHosts,
    AskLog,
    AskPromotions,
    AskRerun,
    AskRetry,
    AskRun,
    AskRunbooks,
    AskRuns,
    AskSchedules,
    AskShow,
    AskStats,
    AskSuggestions,
    AskTake,
    AskWhy,
    Command,
    Vocabulary,
)

LONGEST_TEXT = 4000
"""Characters."""
MOST_DAYS = 366
_UNUSABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ABOUT: dict[str, Callable[[int], Command]] = {
    "show": lambda run_id: AskShow(run_id=run_id),
    "log": lambda run_id: AskLog(run_id=run_id),
    "cancel": lambda run_id: AskCancel(run_id=run_id),
    "rerun": lambda run_id: AskRerun(run_id=run_id),
    "retry": lambda run_id: AskRetry(run_id=run_id),
    "apply": lambda run_id: AskApply(run_id=run_id),
    "confirm": lambda run_id: AskConfirm(run_id=run_id),
    "take": lambda number: AskTake(suggestion_id=number),
}


def parse(text: str, vocabulary: Vocabulary) -> Command:
    """What the text asks for; raises NotUnderstood, or UnknownName for a command, runbook or environment."""
    line = _line(text)
    inner = questioned(line)
    if inner is None:
        return _understood(line, vocabulary)
    command = _understood(inner, vocabulary) if inner and questioned(inner) is None else None
    if isinstance(command, AskRun | AskRerun | AskRetry | AskApply):
        return AskWhy(command=command)
    raise NotUnderstood("Only what starts a run can be explained.", "Write it as `why run ping in local`.")


def _understood(line: str, vocabulary: Vocabulary) -> Command:
    try:
        branch = tree(line, "command")
    except UnexpectedInput as error:
        raise mistake(line, error) from None
    return _command(line, branch, vocabulary)


def _line(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise NotUnderstood(f"The text has {len(text):,} characters.", f"At most {LONGEST_TEXT:,} are read.")
    if found := _UNUSABLE.search(text):
        what = f"The text has a character that cannot be used (U+{ord(found[0]):04X}, number {found.start() + 1})."
        raise NotUnderstood(what, "Type it again without control characters.")
    if line := strip(text):
        return line
    raise NotUnderstood("There is nothing to do in an empty text.", "`help` lists what you can say.")


def _command(line: str, branch: Branch, vocabulary: Vocabulary) -> Command:  # noqa: C901, PLR0911, PLR0912 (one line a command)
    words = [str(leaf) for leaf in branch.children if isinstance(leaf, Leaf)][1:]
    match branch.data:
        case "help":
            return AskHelp(word=_word(words))
        case "runbooks":
            return AskRunbooks(word=_word(words))
        case "describe":
            return AskDescribe(runbook=known_runbook(words[0], vocabulary))
        case "envs":
            return AskEnvironments()
        case "promotions":
            return AskPromotions()
        case "suggestions":
            return AskSuggestions()
        case "schedules":
            return AskSchedules()
        case "simulate":
            return ask_simulate(branch)
        case "hosts":
            return _hosts(branch, vocabulary)
        case "runs":
            return _runs(branch)
        case "audit":
            return _audit(branch, vocabulary)
        case "about":
            return _ABOUT[str(branch.children[0]).lower()](run_number(words[0]))
        case "vote":
            return _vote(branch)
        case "stats":
            return _stats(words)
        case "env":
            return ask_env(branch, vocabulary)
        case "env_snapshot":
            return ask_snapshot(branch, vocabulary)
        case "run":
            return ask_run(branch, vocabulary)
        case "rehearse":
            return ask_rehearsal(branch, vocabulary)
        case kind if kind in ATTENDING:
            return ATTENDING[str(kind)](branch)
        case kind if kind in HOLDING:
            return HOLDING[str(kind)](branch, vocabulary)
    return ask_by_phrase(line, branch, vocabulary)


def _stats(words: list[str]) -> AskStats:
    if not words:
        return AskStats()
    days = int(words[-1]) if len(words[-1]) <= 3 else 0  # noqa: PLR2004 (a year at most)
    if 1 <= days <= MOST_DAYS:
        return AskStats(days=days)
    raise NotUnderstood("Figures are of some days.", f"Write a number from 1 to {MOST_DAYS}, such as `stats last 7`.")


def _word(words: list[str]) -> str | None:
    return plain_name(words[0], "word") if words else None


def _hosts(branch: Branch, vocabulary: Vocabulary) -> AskHosts:
    pattern = limit_text(list(next(branch.find_data("limit")).scan_values(lambda _: True)))
    asked = isinstance(last := branch.children[-1], Leaf) and last.type == "VARS"
    inside = next(branch.find_data("inside"), None)
    environment = None if inside is None else known_environment(str(inside.children[-1]), vocabulary)
    return AskHosts(pattern=plain_name(pattern, "pattern"), environment=environment, variables=asked)


def _vote(branch: Branch) -> AskApprove | AskDeny:
    said = {leaf.type: str(leaf) for leaf in branch.children if isinstance(leaf, Leaf)}
    run_id, reason = run_number(said["RUN_ID"]), said_reason(branch)
    if said["VOTE"].lower() == "approve":
        return AskApprove(run_id=run_id, reason=reason, break_glass="BREAK_GLASS" in said)
    if "BREAK_GLASS" in said:
        raise NotUnderstood("Nobody has to break a glass to deny.", "Write `deny 12 because ...`.")
    return AskDeny(run_id=run_id, reason=reason)


def _runs(branch: Branch) -> AskRuns:
    said: dict[str, str] = {}
    for part in branch.find_pred(lambda part: part.data in {"which", "last"}):
        if part.data in said:
            raise NotUnderstood("One of the words is there twice.", "Say `runs`, `runs mine`, or `runs failed last 5`.")
        said[part.data] = str(part.children[-1])
    return AskRuns(which=said.get("which", "all").lower(), last=how_many(said.get("last", "10")))


def _audit(branch: Branch, vocabulary: Vocabulary) -> AskAudit:
    kinds = {"last", "of_run", "of_actor", "of_environment"}
    parts = list(branch.find_pred(lambda part: part.data in kinds))
    said = {str(part.data): str(part.children[-1]) for part in parts}
    if len(said) < len(parts):
        raise NotUnderstood("One of the words is there twice.", "Say `audit`, or `audit actor terminal:anna last 5`.")
    environment = said.get("of_environment")
    return AskAudit(
        last=how_many(said.get("last", "10")),
        run_id=run_number(said["of_run"]) if "of_run" in said else None,
        actor=plain_name(said["of_actor"], "actor") if "of_actor" in said else None,
        environment=None if environment is None else known_environment(environment, vocabulary),
    )
