"""help, runbooks, describe: what can be asked for, and how."""

import json
from dataclasses import dataclass
from typing import Any

from bot.catalog import Catalog
from bot.commands import near, topics
from bot.commands.names import did_you_mean, shown
from bot.errors import NotAllowed, UnknownName
from bot.flows.permission import Permission
from bot.flows.places import usable_runbooks
from bot.flows.safety_facts import safety_facts
from bot.flows.start import HIDDEN
from bot.guards import Reach
from bot.model.command import AskDescribe, AskHelp, AskRunbooks
from bot.model.reply import Facts, Part, Reply, Table, Text
from bot.model.request import Request
from bot.model.runbook import Parameter, Runbook
from bot.targets import Inventories

USAGE_CHARACTERS = 60
_ASK_WHY = "`why run <runbook> in <environment>` tells the reasons."


@dataclass(frozen=True, slots=True, kw_only=True)
class InquireRunbooks:
    """Questions about the catalog."""

    catalog: Catalog
    inventories: Inventories
    permission: Permission

    def help(self, ask: AskHelp, request: Request) -> Reply:
        """All commands in a line each, or one with its examples."""
        if ask.word is None:
            rows = tuple((_short(topic.usage), topic.sentence) for topic in topics())
            ends = Text(text="`help <word>` tells more about one, `runbooks` what can be run here.")
            return Reply(parts=(Table(title="What you can say", columns=("command", "what it does"), rows=rows), ends))
        word = ask.word.lower()
        topic = next((topic for topic in topics() if topic.word == word), None)
        if topic is None:
            if word in {runbook.id for runbook in self.catalog.runbooks()}:
                self.permission.to_know(request)
                return self.describe(AskDescribe(runbook=word), request)
            close = near(word, tuple(topic.word for topic in topics()))
            meant = did_you_mean(close) if close else "`help` lists all commands."
            raise UnknownName(f"There is no command {shown(ask.word)}.", meant)
        examples = tuple(("example", example) for example in topic.examples)
        return Reply(parts=(Facts(title=topic.usage, pairs=(("does", topic.sentence), *examples)),))

    def search(self, ask: AskRunbooks, request: Request) -> Reply:
        """The runbooks that the actor may use, or those of them with a word in name or summary; then broken files."""
        word, reach = (ask.word or "").lower(), self.permission.reach(request)
        usable = usable_runbooks(self.catalog, self.inventories, reach)
        found = [book for book in usable if word in f"{book.id} {book.summary}".lower()]
        parts: list[Part] = []
        if found:
            rows = tuple((book.id, book.summary, self._where(book, reach)) for book in found)
            parts.append(Table(title="Runbooks", columns=("runbook", "what it does", "where"), rows=rows))
        else:
            parts.append(Text(text=_none(ask.word, there=bool(self.catalog.runbooks()))))
        if problems := self.catalog.problems():
            broken = tuple((f"{each.file}:{each.line}", each.what, each.remedy) for each in problems)
            columns = ("file", "what is wrong", "remedy")
            parts.append(Table(title="Left out, until mended", columns=columns, rows=broken))
        return Reply(parts=tuple(parts))

    def describe(self, ask: AskDescribe, request: Request) -> Reply:
        """Everything one needs to know to ask for a runbook; NotAllowed for one that the actor may use nowhere."""
        book, reach = self.catalog.get(ask.runbook), self.permission.reach(request)
        names = self.inventories.names()
        environments = [name for name in names if reach.usable(book, name)]
        if not environments and any(_in_scope(book, name) for name in names):
            raise NotAllowed(f"{request.actor} may run {book.id} in no environment from here.", _ASK_WHY)
        facts = Facts(title=f"{book.id}: {book.summary}", pairs=tuple(_facts(book, environments)))
        if not book.parameters:
            return Reply(parts=(facts, Text(text="It takes no parameters.")))
        rows = tuple(_parameter_row(parameter) for parameter in book.parameters)
        columns = ("parameter", "type", "default", "choices", "description")
        return Reply(parts=(facts, Table(title="Parameters", columns=columns, rows=rows)))

    def _where(self, book: Runbook, reach: Reach) -> str:
        names = self.inventories.names()
        usable = [name for name in names if reach.usable(book, name)]
        return "any environment" if len(usable) == len(names) else ", ".join(usable)


def _facts(book: Runbook, environments: list[str]) -> list[tuple[str, str]]:
    pairs = [("runs", book.playbook or f"{book.module} (one ad-hoc call)")]
    pairs += [("description", book.description)] if book.description else []
    pairs += [("ask", f"run {book.id} on <limit> in <environment>{_required(book)}")]
    pairs += [("or say", phrase) for phrase in book.say]
    pairs += [("may run in", ", ".join(environments) or "no environment that exists")]
    return [*pairs, *safety_facts(book.safety), *(("expects", f"output matches {e.pattern}") for e in book.expect)]


def _short(usage: str) -> str:
    """`run`'s usage is a long one; `help run` shows it whole."""
    if len(usage) <= USAGE_CHARACTERS:
        return usage
    end = usage.rfind("]", 0, USAGE_CHARACTERS) + 1 or usage.rindex(" | ", 0, USAGE_CHARACTERS)
    return f"{usage[:end]} …"


def _none(word: str | None, *, there: bool) -> str:
    if word and there:
        return f"No runbook has {shown(word)} in its name or summary. `runbooks` lists all."
    if there:
        return f"There is no runbook that you may use from here. {_ASK_WHY}"
    return "There is no runbook here yet: a file such as playbooks/ping.runbook.yml makes one."


def _required(book: Runbook) -> str:
    names = [parameter.name for parameter in book.parameters if parameter.required and not parameter.no_log]
    return "".join(f" {name}=…" for name in names)


def _in_scope(book: Runbook, environment: str) -> bool:
    return book.safety.scopes is None or environment in book.safety.scopes


def _parameter_row(parameter: Parameter) -> tuple[str, ...]:
    if parameter.no_log:
        default = "required, asked for" if parameter.required else "asked for" if parameter.default is None else HIDDEN
        return (parameter.name, f"{parameter.type}, secret", default, "", parameter.description)
    default = "required" if parameter.required else _written(parameter.default)
    choices = ", ".join(_written(choice) for choice in parameter.choices)
    return (parameter.name, parameter.type, default, choices, parameter.description)


def _written(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
