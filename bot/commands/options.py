"""Options of `run`: their names as typed enter, one checked RunOptions leaves."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.commands.names import did_you_mean, near, shown
from bot.errors import NotUnderstood
from bot.model.command import Rehearsal, RunOptions
from bot.model.provider import MACHINE
from bot.model.waves import Waves

OPTIONS = {
    "--check": "change nothing, say what would change",
    "--diff": "show the lines that change",
    "--tags": "only tasks with one of these tags",
    "--skip-tags": "no task with one of these tags",
    "--forks": "how many hosts at once",
    "--canary": "so many hosts first, then a person says go",
    "--batch": "so many hosts at a time, or such a share",
    "--pause-on-failure": "ask a person after a wave with failures",
    "--max-fail": "the share of hosts that may fail before it stops",
    "--up": "bring the machines up first",
    "--restore": "rehearse from this snapshot",
    "--down": "after a rehearsal the machines go",
    "-v": "more detail; up to -vvvv",
}
"""Every option with what it does."""

ONLY_RUN = frozenset({"--check", "--canary", "--batch", "--pause-on-failure", "--max-fail", "--up"})
ONLY_REHEARSAL = frozenset({"--restore", "--down"})

MOST_FORKS = 500
MOST_HOSTS = 100_000
LONG_DASHES = "\u2012\u2013\u2014\u2015\u2212"
_DASHES = "-\u2010\u2011" + LONG_DASHES
_ELSEWHERE = {
    "limit": "Write `on <limit>`.",
    "l": "Write `on <limit>`.",
    "inventory": "Write `in <environment>`.",
    "i": "Write `in <environment>`.",
    "extra-vars": "Write `key=value`.",
    "e": "Write `key=value`.",
    "c": "Write `--check`.",
    "d": "Write `--diff`.",
    "t": "Write `--tags`.",
    "f": "Write `--forks`.",
}


def named(typed: str) -> str:
    """The option's own name for what was typed: `--check` for `\u2014Check`, `-v` for `-vvv`."""
    bare = typed.lstrip(_DASHES)
    return "-v" if bare.strip("v") == "" else f"--{bare.lower()}"


def with_flag(options: RunOptions, typed: str) -> RunOptions:
    """The options with a flag added; raises NotUnderstood for one that does not exist."""
    match named(typed):
        case "--check":
            return replace(options, check=True)
        case "--diff":
            return replace(options, diff=True)
        case "--up":
            return replace(options, up=True)
        case "--down":
            return replace(options, rehearsal=replace(options.rehearsal or Rehearsal(), down=True))
        case "--pause-on-failure":
            return replace(options, waves=replace(options.waves or Waves(), pause_on_failure=True))
        case "-v" if 1 <= (level := typed.count("v")) <= 4 and len(typed) == level + 1:  # noqa: PLR2004 (-vvvv)
            return replace(options, verbosity=level)
    raise _unknown(typed)


def with_setting(options: RunOptions, name: str, value: str) -> RunOptions:
    """The options with `--tags`, `--skip-tags` or `--forks` set; raises NotUnderstood for a value that cannot be."""
    if name == "--forks":
        return replace(options, forks=_forks(value))
    if name in _WAVES:
        return replace(options, waves=_WAVES[name](options.waves or Waves(), value))
    if name == "--restore":
        return replace(options, rehearsal=replace(options.rehearsal or Rehearsal(), restore=_name(value)))
    if name == "--tags":
        return replace(options, tags=_tags(name, value))
    return replace(options, skip_tags=_tags(name, value))


def whole(options: RunOptions) -> RunOptions:
    """The options; NotUnderstood when some only make sense beside others that are not there."""
    waves = options.waves
    if waves is not None and not waves.canary and not waves.batch:
        what = "--pause-on-failure and --max-fail are for runs in waves."
        raise NotUnderstood(what, "Add --canary 1 or --batch 25%.")
    return options


def for_run(options: RunOptions) -> RunOptions:
    """The options of `run`; NotUnderstood for those of `rehearse`, and for waves of machines that may not be there."""
    if options.rehearsal is not None:
        raise NotUnderstood("--restore and --down are for rehearsals.", "Write `rehearse ...` instead of `run ...`.")
    if options.up and options.waves is not None:
        raise NotUnderstood("Waves need to know their hosts before.", "Bring them up first: `env up <environment>`.")
    return options


def for_rehearsal(options: RunOptions) -> RunOptions:
    """The options of `rehearse`; NotUnderstood for what it does by itself, and for waves."""
    if options.check or options.waves is not None:
        what = "A rehearsal checks first by itself, and takes all hosts at once."
        raise NotUnderstood(what, "Leave --check and the options of waves out.")
    return replace(options, up=False, rehearsal=options.rehearsal or Rehearsal())


def _name(value: str) -> str:
    if MACHINE.fullmatch(value):
        return value
    raise NotUnderstood("--restore needs the name of a snapshot.", "Names are letters, digits and `_ . -`.")


def _canary(waves: Waves, value: str) -> Waves:
    if (hosts := _number(value, 1, MOST_HOSTS)) is None:
        raise NotUnderstood("--canary needs a number of hosts.", "Write it as --canary 1.")
    return replace(waves, canary=hosts)


def _batch(waves: Waves, value: str) -> Waves:
    share = value.endswith("%")
    number = _number(value.removesuffix("%"), 1, 100 if share else MOST_HOSTS)
    if number is None:
        raise NotUnderstood("--batch needs a number of hosts, or a share.", "Write it as --batch 5 or --batch 25%.")
    return replace(waves, batch=f"{number}%" if share else str(number))


def _max_fail(waves: Waves, value: str) -> Waves:
    percent = _number(value.removesuffix("%"), 0, 100)
    if percent is None or not value.endswith("%"):
        raise NotUnderstood("--max-fail needs a share.", "Write it as --max-fail 10%.")
    return replace(waves, max_fail=percent)


_WAVES: Mapping[str, Callable[[Waves, str], Waves]] = {
    "--canary": _canary,
    "--batch": _batch,
    "--max-fail": _max_fail,
}


def _number(value: str, least: int, most: int) -> int | None:
    plain = value.isascii() and value.isdigit() and len(value) < 7  # noqa: PLR2004 (no larger one is allowed)
    return int(value) if plain and least <= int(value) <= most else None


def _forks(value: str) -> int:
    if value.isascii() and value.isdigit() and len(value) < 10 and 1 <= int(value) <= MOST_FORKS:  # noqa: PLR2004
        return int(value)
    raise NotUnderstood("--forks needs a number.", f"Write a number from 1 to {MOST_FORKS}, such as --forks 10.")


def _tags(name: str, value: str) -> tuple[str, ...]:
    tags = tuple(tag.strip() for tag in value.split(","))
    if all(tags):
        return tags
    raise NotUnderstood(f"{name} has an empty tag.", f"Write tags with commas between them, such as {name} config,web.")


def _unknown(typed: str) -> NotUnderstood:
    option = typed.split(maxsplit=1)[0].split("=", maxsplit=1)[0]
    bare = option.lstrip(_DASHES).lower()
    if f"--{bare}" in {"--check", "--diff", "--pause-on-failure", "--up", "--down"}:
        return NotUnderstood(f"--{bare} takes no value.", f"Write --{bare} alone.")
    if bare and set(bare) == {"v"}:
        return NotUnderstood("More than -vvvv is not possible.", "Write -v, -vv, -vvv or -vvvv.")
    close = near(f"--{bare}", tuple(OPTIONS), limit=1)
    hint = _ELSEWHERE.get(bare) or (did_you_mean(close) if close else "")
    return NotUnderstood(f"There is no option {shown(option)}.", f"{hint} Options are {', '.join(OPTIONS)}.".strip())
