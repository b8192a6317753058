"""The canonical text of a command: a Command enters, a line that `parse` understands as the same Command leaves."""

from collections.abc import Iterator

from bot.commands.alerting import ANY
from bot.commands.environments import env_words
from bot.commands.grammar import is_bare
from bot.commands.holding import ALL
from bot.model.command import (
    AskAcknowledge,
    AskAlerts,
    AskApply,
    AskApprove,
    AskAssign,
    AskAudit,
    AskCancel,
    AskClose,
    AskConfirm,
    AskDemote,
    AskDeny,
    AskDescribe,
    AskEnvironments,
    AskFreeze,
    AskHelp,
    AskHosts,
    AskIncident,
    AskLock,
    AskLog,
    AskMute,
    AskMutes,
    AskNext,
    AskNote,
    AskPromote,
    AskPromotions,
    AskRelease,
    AskReplay,
    AskRerun,
    AskRetry,
    AskRun,
    AskRunbooks,
    AskRuns,
    AskSchedules,
    AskShow,
    AskSimulate,
    AskStats,
    AskSuggestions,
    AskTake,
    AskTimeline,
    AskUnfreeze,
    AskUnlock,
    AskUnmute,
    AskWhy,
    Command,
    Holding,
    RunOptions,
)
from bot.model.durations import written


def to_text(command: Command) -> str:
    """One line, with quotes where they are needed; a run that a phrase asked for is written as `run …`.

    So `parse(to_text(command)) == command`, but for what only the phrase knew: `fixed` comes back empty.
    """
    return " ".join(_words(command))


def quoted(text: str) -> str:
    """The text between double quotes, which hold any text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def word(text: str) -> str:
    """The text as a name, a limit or a slot: quoted only when it must be."""
    return text if is_bare(text, "WORD") and not set(text) & set("=<>") else quoted(text)


def value(text: str) -> str:
    """The text as it stands after `key=`: quoted only when it must be."""
    return text if is_bare(text, "VALUE") else quoted(text)


def _words(command: Command) -> Iterator[str]:  # noqa: C901, PLR0912 (one line a command)
    match command:
        case AskHelp():
            yield from ("help", *_maybe(command.word))
        case AskRunbooks():
            yield from ("runbooks", *_maybe(command.word))
        case AskDescribe():
            yield from ("describe", word(command.runbook))
        case AskEnvironments():
            yield "envs"
        case AskHosts():
            asked = ("--vars",) if command.variables else ()
            yield from ("hosts", word(command.pattern), *_place("in", command.environment), *asked)
        case AskRuns():
            yield from _runs(command)
        case AskRun():
            yield from _run(command)
        case AskAudit():
            yield from _audit(command)
        case AskWhy():
            yield from ("why", *_words(command.command))
        case AskSimulate():
            yield from ("simulate", *_told(command))
        case AskSuggestions():
            yield "suggestions"
        case AskSchedules():
            yield "schedules"
        case AskTake():
            yield from ("take", str(command.suggestion_id))
        case AskApprove():
            glass = ("--break-glass",) if command.break_glass else ()
            yield from ("approve", str(command.run_id), *glass, *_because(command.reason))
        case AskDeny():
            yield from ("deny", str(command.run_id), *_because(command.reason))
        case AskLock() | AskUnlock() | AskFreeze() | AskUnfreeze() | AskRelease():
            yield from _holding(command)
        case AskPromote() | AskDemote() | AskPromotions():
            yield from _promotion(command)
        case AskAlerts() | AskMutes() | AskMute() | AskUnmute():
            yield from _alerts(command)
        case AskStats():
            yield from ("stats", *(() if command == AskStats() else ("last", str(command.days))))
        case AskReplay():
            yield from ("incident", str(command.incident_id), "replay")
        case AskIncident() | AskTimeline() | AskNext() | AskAcknowledge() | AskAssign() | AskNote() | AskClose():
            yield from ("incident", str(command.incident_id), *_incident(command))
        case AskShow() | AskLog() | AskCancel() | AskRerun() | AskRetry() | AskApply() | AskConfirm():
            yield from (type(command).__name__.removeprefix("Ask").lower(), str(command.run_id))


def _maybe(text: str | None) -> tuple[str, ...]:
    return () if text is None else (word(text),)


def _because(reason: str) -> tuple[str, ...]:
    return ("because", reason) if reason else ()


def _place(preposition: str, text: str | None) -> tuple[str, ...]:
    return () if text is None else (preposition, word(text))


def _runs(command: AskRuns) -> Iterator[str]:
    yield "runs"
    if command.which != "all":
        yield command.which
    if command.last != AskRuns().last:
        yield f"last {command.last}"


def _audit(command: AskAudit) -> Iterator[str]:
    yield "audit"
    if command.run_id is not None:
        yield f"run {command.run_id}"
    if command.last != AskAudit().last:
        yield f"last {command.last}"
    yield from _place("actor", command.actor)
    yield from _place("environment", command.environment)


def _told(command: AskSimulate) -> Iterator[str]:
    for name in ("service", "symptom", "host", "severity"):
        if said := getattr(command, name):
            yield f"{name}={value(said)}"


def _holding(command: Holding) -> Iterator[str]:
    """What it is about, for how long, and why."""
    yield type(command).__name__.removeprefix("Ask").lower()
    limit = command.limit if isinstance(command, AskLock | AskUnlock) else None
    yield from _maybe(limit)
    yield from _place("in", command.environment) if limit else (word(command.environment or ALL),)
    if isinstance(command, AskLock | AskFreeze) and command.seconds is not None:
        yield f"for {written(command.seconds)}"
    yield from _because(command.reason)


def _promotion(command: AskPromote | AskDemote | AskPromotions) -> Iterator[str]:
    match command:
        case AskPromotions():
            yield "promotions"
        case AskPromote():
            evidence = command.url or f"run {command.run_id}"
            yield from ("promote", word(command.runbook), "to", word(command.environment), f"because {evidence}")
        case AskDemote():
            where = word(command.environment)
            yield from ("demote", word(command.runbook), "in", where, f"because {command.reason}")


def _alerts(command: AskAlerts | AskMutes | AskMute | AskUnmute) -> Iterator[str]:
    yield "alerts"
    match command:
        case AskAlerts():
            yield from ("closed",) if command.closed else ()
            yield from (f"last {command.last}",) if command.last != AskAlerts().last else ()
        case AskMutes():
            yield "mutes"
        case AskMute():
            alone = command.matchers.get(ANY)
            yield from ("mute", *_maybe(alone))
            yield from (f"{name}={value(glob)}" for name, glob in command.matchers.items() if name != ANY)
            yield from (f"for {written(command.seconds)}", *_because(command.reason))
        case AskUnmute():
            yield from ("unmute", str(command.mute_id), *_because(command.reason))


def _incident(  # noqa: PLR0911 (one line a command)
    command: AskIncident | AskTimeline | AskNext | AskAcknowledge | AskAssign | AskNote | AskClose,
) -> tuple[str, ...]:
    match command:
        case AskTimeline():
            return ("timeline",)
        case AskNext():
            return ("next",)
        case AskAcknowledge():
            return ("ack",)
        case AskAssign():
            return ("assign", word(command.to))
        case AskNote():
            return ("note", command.text)
        case AskClose():
            return ("close", *_because(command.reason))
    return ()


def _run(command: AskRun) -> Iterator[str]:
    if (words := env_words(command, word)) is not None:
        yield from words
        return
    verb = "run" if command.options.rehearsal is None else "rehearse"
    yield from (verb, word(command.runbook), *_place("on", command.limit), *_place("in", command.environment))
    for key, said in command.parameters.items():
        yield f"{key}={value(said) if isinstance(said, str) else _list(said)}"
    yield from _options(command.options)


def _list(texts: list[str]) -> str:
    return "[" + ", ".join(text if is_bare(text, "ELEMENT") else quoted(text) for text in texts) + "]"


def _options(options: RunOptions) -> Iterator[str]:
    if options.check:
        yield "--check"
    if options.diff:
        yield "--diff"
    if options.tags:
        yield f"--tags {word(','.join(options.tags))}"
    if options.skip_tags:
        yield f"--skip-tags {word(','.join(options.skip_tags))}"
    if options.forks is not None:
        yield f"--forks {options.forks}"
    if options.waves is not None:
        yield from options.waves.options
    if options.rehearsal is None and options.up:
        yield "--up"
    if options.rehearsal is not None:
        yield from (f"--restore {options.rehearsal.restore}",) if options.rehearsal.restore else ()
        yield from ("--down",) if options.rehearsal.down else ()
    if options.verbosity:
        yield "-" + "v" * options.verbosity
