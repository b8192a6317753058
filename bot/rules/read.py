"""Rulebook files enter, Rulesets leave, with what is wrong in each file by line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.lined import Lined, LinedList, NoYaml, has_tag, read
from bot.model.rule import EventSource, Rule, RulebookProblem, Ruleset
from bot.rules import shape
from bot.rules.actions import read_actions
from bot.rules.conditions import read_condition, read_throttle
from bot.rules.flaws import DIFFERENT, INVALID, Flaw, Place, line_of, problem, shown
from bot.rules.variables import argument_flaws

MAX_BYTES = 512 * 1024
FOLDER = "rulebooks"
_SOURCE_KEYS = ("name", "filters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """One file: its rulesets when it can be used; `problems` with those that keep it out, and others."""

    file: str
    rulesets: tuple[Ruleset, ...] = ()
    problems: tuple[RulebookProblem, ...] = ()
    tree: Any = None


def read_rulebooks(project: Path) -> tuple[Rulebook, ...]:
    """Every `rulebooks/*.yml` of a project, by name; a ruleset's name is taken by the first that has it."""
    paths = _files(project)
    found: list[Rulebook] = []
    taken: set[str] = set()
    for path in paths:
        book = read_rulebook(path, path.relative_to(project).as_posix(), frozenset(taken))
        taken |= {ruleset.name for ruleset in book.rulesets}
        found.append(book)
    return tuple(found)


def has_rulebooks(project: Path) -> bool:
    """Whether there is any file of them."""
    return bool(_files(project))


def _files(project: Path) -> list[Path]:
    return sorted(path for path in (project / FOLDER).glob("*") if path.suffix in (".yml", ".yaml"))


def read_rulebook(path: Path, file: str, taken: frozenset[str] = frozenset()) -> Rulebook:
    """The rulebook at `path`, called `file`; never raises for what it holds."""
    try:
        text = _text(path)
        tree = read(text)
    except (OSError, ValueError, NoYaml) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        flaw = Flaw(place=(), what=f"The file cannot be read: {said}.", remedy="Write YAML in UTF-8.")
        return Rulebook(file=file, problems=(problem(file, None, flaw),))
    return read_tree(tree, file, taken)


def _text(path: Path) -> str:
    if not path.is_file():
        raise ValueError("it is no regular file")
    with path.open("rb") as opened:
        content = opened.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES // 1024} KiB")
    return content.decode("utf-8-sig")


def read_tree(tree: Any, file: str, taken: frozenset[str] = frozenset()) -> Rulebook:
    """The rulebook that was parsed already."""
    if not isinstance(tree, LinedList) or not tree:
        remedy = "Begin with `- name: …`, then hosts, sources and rules."
        flaw = Flaw(place=(), what="A rulebook is a list of rulesets.", remedy=remedy)
        return Rulebook(file=file, problems=(problem(file, tree, flaw),), tree=tree)
    flaws: list[Flaw] = []
    rulesets: list[Ruleset] = []
    names = set(taken)
    for number, written in enumerate(tree):
        made, wrong = _Reader(file, tree).ruleset(written, (number,))
        flaws += wrong
        if made is None:
            continue
        if made.name in names:
            what = f"There is another ruleset named {shown(made.name)}."
            flaws.append(Flaw(place=(number, "name"), what=what, remedy="Give it a name of its own."))
        names.add(made.name)
        rulesets.append(made)
    broken = any(flaw.rule == INVALID for flaw in flaws)
    problems = tuple(problem(file, tree, flaw) for flaw in flaws)
    return Rulebook(file=file, rulesets=() if broken else tuple(rulesets), problems=problems, tree=tree)


class _Reader:
    """Reads the parts of one file."""

    def __init__(self, file: str, tree: Any) -> None:
        self._file = file
        self._tree = tree

    def ruleset(self, written: Any, place: Place) -> tuple[Ruleset | None, list[Flaw]]:
        """The ruleset at `place`, as far as it can be read, and its flaws."""
        if isinstance(written, Lined) and "name" not in written:
            remedy = "Write `name:` first."
            return None, [Flaw(place=place, what="The ruleset has no name.", remedy=remedy)]
        given, flaws = shape.check(shape.RulesetFile, written, place)
        flaws += _repeated(written, place)
        if given is None:
            return None, flaws
        flaws += _differences(given, place)
        sources, rules = [], []
        for number, each in enumerate(given.sources):
            source, wrong = self._source(each, (*place, "sources", number))
            flaws += wrong
            sources += [source] if source else []
        for number, each in enumerate(given.rules):
            rule, wrong = self._rule(each, (*place, "rules", number))
            flaws += wrong
            rules += [rule] if rule else []
        flaws += _twice(rules, place)
        return Ruleset(
            name=given.name,
            hosts=given.hosts,
            rules=tuple(rules),
            sources=tuple(sources),
            keep=given.default_events_ttl,
            match_multiple=given.match_multiple_rules,
            file=self._file,
            line=line_of(self._tree, place),
        ), flaws

    def _rule(self, written: Any, place: Place) -> tuple[Rule | None, list[Flaw]]:
        given, flaws = shape.check(shape.RuleFile, written, place)
        flaws += _repeated(written, place)
        if given is None:
            return None, flaws
        condition, wrong = read_condition(given.condition, (*place, "condition"))
        flaws += wrong
        throttle, wrong = read_throttle(given.throttle, condition, (*place, "throttle"))
        flaws += wrong
        actions, wrong = read_actions(written, place)
        flaws += wrong
        if condition is None:
            return None, flaws
        line = line_of(self._tree, place)
        return Rule(
            name=given.name,
            condition=condition,
            actions=actions,
            file=self._file,
            line=line,
            throttle=throttle,
            enabled=given.enabled,
        ), flaws

    def _source(self, written: Any, place: Place) -> tuple[EventSource | None, list[Flaw]]:
        plugins = [key for key in written if key not in _SOURCE_KEYS] if isinstance(written, Mapping) else []
        if len(plugins) != 1 or not _is_call(written, plugins[0]):
            what, remedy = "A source names one plugin.", "Write ansible.eda.webhook: {port: 5000}."
            return None, [Flaw(place=place, what=what, remedy=remedy)]
        filters, flaws = _filters(written.get("filters"), (*place, "filters"))
        if has_tag(written):
            what = "A vaulted value in a source is not read."
            flaws.append(Flaw(place=place, what=what, remedy="Let the plugin read it from its environment."))
        plugin = plugins[0]
        flaws += argument_flaws(written[plugin], (*place, plugin))
        flaws += argument_flaws(written.get("filters"), (*place, "filters"))
        return EventSource(
            name=str(written.get("name") or plugin),
            plugin=plugin,
            arguments=written[plugin] or {},
            filters=filters,
            line=line_of(self._tree, place),
        ), flaws


def _is_call(written: Any, plugin: str) -> bool:
    return written[plugin] is None or isinstance(written[plugin], Mapping)


def _filters(written: Any, place: Place) -> tuple[tuple[tuple[str, Mapping[str, Any]], ...], list[Flaw]]:
    if written is None:
        return (), []
    found = []
    for entry in written if isinstance(written, list) else [None]:
        if not isinstance(entry, Mapping) or len(entry) != 1 or not _is_call(entry, next(iter(entry))):
            remedy = "Write a list of `- ansible.eda.json_filter: {…}`."
            return (), [Flaw(place=place, what="A filter names one plugin.", remedy=remedy)]
        (name, arguments), *_ = entry.items()
        found.append((name, arguments or {}))
    return tuple(found), []


def _repeated(written: Any, place: Place) -> list[Flaw]:
    """A key that is written twice: only one of the two would count."""
    if not isinstance(written, Lined):
        return []
    what = "The key {} stands twice in one mapping.".format
    return [Flaw(place=(*place, key), what=what(shown(key)), remedy="Keep one of the two.") for key in written.repeated]


def _differences(given: shape.RulesetFile, place: Place) -> Iterator[Flaw]:
    if given.gather_facts:
        what, remedy = "Facts of hosts are not gathered for rules.", "Use a runbook, or set_fact."
        yield Flaw(place=(*place, "gather_facts"), what=what, remedy=remedy, rule=DIFFERENT)
    if given.execution_strategy not in ("sequential", "parallel"):
        what = f"There is no strategy {shown(given.execution_strategy)}."
        yield Flaw(place=(*place, "execution_strategy"), what=what, remedy="Write sequential or parallel.")


def _twice(rules: list[Rule], place: Place) -> Iterator[Flaw]:
    seen: set[str] = set()
    for number, rule in enumerate(rules):
        if rule.name in seen:
            what = f"Another rule of the ruleset is named {shown(rule.name)}."
            yield Flaw(place=(*place, "rules", number, "name"), what=what, remedy="Give it a name of its own.")
        seen.add(rule.name)
