"""How findings are written: Findings enter, the text that a person, a program or a forge reads leaves."""

import json
from collections.abc import Callable, Mapping, Sequence

from bot import __version__
from bot.lint.finding import Finding
from bot.lint.rules import RULES

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def text(findings: Sequence[Finding]) -> str:
    """Two lines for each, as compilers write them, so that editors find the place."""
    lines = []
    for each in findings:
        lines += [f"{each.file}:{each.line}: {each.severity} [{each.rule}] {each.what}", f"    → {each.remedy}"]
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    """One JSON list."""
    names = ("rule", "severity", "file", "line", "what", "remedy")
    return json.dumps([{name: getattr(each, name) for name in names} for each in findings], indent=2)


def sarif(findings: Sequence[Finding]) -> str:
    """SARIF 2.1.0, for code scanning."""
    used = sorted({each.rule for each in findings})
    rules = [{"id": name, "shortDescription": {"text": RULES[name].about if name in RULES else name}} for name in used]
    driver = {"name": "Signalbox", "version": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "results": [_result(each, used) for each in findings]}
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def github(findings: Sequence[Finding]) -> str:
    """Workflow commands, which GitHub shows beside the lines of a change."""
    return "\n".join(
        f"::{each.severity} file={_property(each.file)},line={each.line},title={_property(each.rule)}"
        f"::{_message(f'{each.what} {each.remedy}')}"
        for each in findings
    )


def _result(each: Finding, used: Sequence[str]) -> dict[str, object]:
    place = {"artifactLocation": {"uri": each.file}, "region": {"startLine": each.line}}
    return {
        "ruleId": each.rule,
        "ruleIndex": used.index(each.rule),
        "level": str(each.severity),
        "message": {"text": f"{each.what} {each.remedy}"},
        "locations": [{"physicalLocation": place}],
    }


def _message(said: str) -> str:
    return said.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(said: str) -> str:
    return _message(said).replace(":", "%3A").replace(",", "%2C")


FORMATS: Mapping[str, Callable[[Sequence[Finding]], str]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "github": github,
}
"""What `--format` takes."""
