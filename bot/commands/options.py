"""Options of `run`: their names as typed enter, one checked RunOptions leaves."""

from dataclasses import replace

from bot.commands.names import did_you_mean, near, shown
from bot.errors import NotUnderstood
from bot.model.command import RunOptions

OPTIONS = {
    "--check": "change nothing, say what would change",
    "--diff": "show the lines that change",
    "--tags": "only tasks with one of these tags",
    "--skip-tags": "no task with one of these tags",
    "--forks": "how many hosts at once",
    "-v": "more detail; up to -vvvv",
}
"""Every option with what it does."""

MOST_FORKS = 500
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
        case "-v" if 1 <= (level := typed.count("v")) <= 4 and len(typed) == level + 1:  # noqa: PLR2004 (-vvvv)
            return replace(options, verbosity=level)
    raise _unknown(typed)


def with_setting(options: RunOptions, name: str, value: str) -> RunOptions:
    """The options with `--tags`, `--skip-tags` or `--forks` set; raises NotUnderstood for a value that cannot be."""
    if name == "--forks":
        return replace(options, forks=_forks(value))
    if name == "--tags":
        return replace(options, tags=_tags(name, value))
    return replace(options, skip_tags=_tags(name, value))


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
    if f"--{bare}" in {"--check", "--diff"}:
        return NotUnderstood(f"--{bare} takes no value.", f"Write --{bare} alone.")
    if bare and set(bare) == {"v"}:
        return NotUnderstood("More than -vvvv is not possible.", "Write -v, -vv, -vvv or -vvvv.")
    close = near(f"--{bare}", tuple(OPTIONS), limit=1)
    hint = _ELSEWHERE.get(bare) or (did_you_mean(close) if close else "")
    return NotUnderstood(f"There is no option {shown(option)}.", f"{hint} Options are {', '.join(OPTIONS)}.".strip())
