"""Rules about secrets that stand where they are read by everybody: facts enter, flaws leave."""

import re
from collections.abc import Iterator

from bot.lined import Tagged, scalars
from bot.lint.case import Facts
from bot.lint.finding import Flaw
from bot.lint.sheet import Source
from bot.lint.taint import mentions, tainted_by

SECRET_NAME = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|secret|token|api_?key|access_?key|private_?key|credentials?)$", re.IGNORECASE
)
"""Names under which people keep secrets."""

_SHAPES = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "an access key of AWS": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token of Slack": re.compile(r"\bxox[abeprs]-[0-9A-Za-z-]{10,}|\bxapp-[0-9]-[0-9A-Za-z-]{10,}"),
    "a token of GitHub": re.compile(r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{40,})"),
    "a token of GitLab": re.compile(r"\bglpat-[0-9A-Za-z_-]{20}"),
    "a key of Google": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "a key of Stripe": re.compile(r"\b[rs]k_live_[0-9A-Za-z]{20,}"),
    "a signed token (JWT)": re.compile(r"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}"),
}
_NOTHING = frozenset({"", "none", "null", "omit"})
_DECLARING = ("argument_specs.yml", "argument_specs.yaml", ".meta.yml", ".meta.yaml")
_VAULT = "Keep it in Ansible's vault or in a parameter with no_log, and give out a new one: this one has been seen."


def secret_in_file(facts: Facts) -> Iterator[Flaw]:
    """What stands in a file is in Git for good, and readable for all who read the project."""
    sources = {case.file.path: case.file for case in facts.cases}
    for case in facts.cases:
        sources |= case.sheet.files | {source.path: source for source in case.specs}
    for source in sources.values():
        yield from _shapes(source)
        if not source.path.endswith(_DECLARING):
            yield from _named(source)
    for case in facts.cases:
        for parameter in case.runbook.parameters:
            if (parameter.no_log or SECRET_NAME.search(parameter.name)) and parameter.default not in (None, ""):
                what = f"The parameter {parameter.name} is a secret and has a default."
                yield case.parameter_flaw(parameter.name, what, _VAULT, "default")


def secret_in_environment(facts: Facts) -> Iterator[Flaw]:
    """Ansible writes what `environment:` says into the command line on the host, where every user can read it."""
    for case in facts.cases:
        secret = tainted_by(case.sheet.files.values(), case.runbook.secrets) if case.runbook.secrets else frozenset()
        for task in case.sheet.tasks() if secret else ():
            for level in (task.whole, *task.around):
                texts = scalars(level.get("environment"))
                if found := next((name for _, _, text in texts for name in mentions(text, secret)), None):
                    what = f"environment: hands the secret {found} to the host in a command line."
                    remedy = "Write it to a file of mode 0600, or hand it over by stdin."
                    yield Flaw(file=task.file, line=level.line_of("environment"), what=what, remedy=remedy)
                    break


def _shapes(source: Source) -> Iterator[Flaw]:
    """Whatever the name, and in templates and files too."""
    for kind, shape in _SHAPES.items():
        for found in shape.finditer(source.text):
            line = source.text.count("\n", 0, found.start()) + 1
            yield Flaw(file=source.path, line=line, what=f"This looks like {kind}.", remedy=_VAULT)


def _named(source: Source) -> Iterator[Flaw]:
    for line, key, text in scalars(source.tree):
        plain = not isinstance(text, Tagged) and "{{" not in text and text.strip().lower() not in _NOTHING
        if plain and SECRET_NAME.search(key) and not text.startswith("/"):  # a path is where it is kept
            yield Flaw(file=source.path, line=line, what=f"{key} is written in clear.", remedy=_VAULT)
