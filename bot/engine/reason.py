"""What Ansible said before it gave up enters; one sentence that a person can act on leaves, without any excerpt."""

import re
from collections.abc import Callable, Iterable

from bot.engine.spoken import Spoken, spoken
from bot.engine.text import one_line

MAX_REASON = 400

_Sentence = Callable[[re.Match[str], str], str]

_KNOWN: tuple[tuple[str, _Sentence], ...] = (
    (
        r"YAML parsing failed:? *(?P<why>.*)|Syntax Error while loading YAML\.? *(?P<old>.*)",
        lambda m, at: f"{_subject(at)} is not valid YAML: {_clause(m['why'] or m['old'] or 'see the file')}",
    ),
    (r"the role '(?P<role>[^']+)' was not found", lambda m, at: f"The role {m['role']} was not found{_asked(at)}"),
    (
        r"couldn't resolve module/action '(?P<module>[^']+)'",
        lambda m, at: f"The module {m['module']} was not found{_asked(at)}; is its collection installed?",
    ),
    (
        r"no vault secrets found|vault secrets? (?:is|are) (?:missing|required)",
        lambda _, __: "Something the run needs is vault-encrypted, and no vault password is configured",
    ),
    (
        r"Decryption failed",
        lambda _, __: "The vault password is wrong: something the run needs could not be decrypted with it",
    ),
    (
        r"[Vv]ault password (?:file|script|client) ?(?P<why>.*)",
        lambda m, _: f"The vault password could not be read: the vault password file {_clause(m['why'])}",
    ),
    (
        r"leaves us with no hosts to target|provided hosts list is empty|Could not match supplied host pattern",
        lambda _, __: "None of the hosts is in the inventory any more",
    ),
    (r"the playbook: (?P<file>.+?) could not be found", lambda m, _: f"The playbook {m['file']} was not found"),
    (
        r"Could not find or access '(?P<file>[^']+)'",
        lambda m, at: f"The file {m['file']} was not found{_asked(at)}",
    ),
    (r"Empty playbook", lambda _, at: f"{_subject(at) if at else 'The playbook'} is empty"),
    (r"A playbook must be a list of plays", lambda _, at: f"{_subject(at)} is not a list of plays"),
    (
        r"Unexpected Exception, this is probably a bug: *(?P<why>.*)",
        lambda m, _: f"Ansible itself failed: {_clause(m['why'])}",
    ),
)
_TABLE = tuple((re.compile(pattern), sentence) for pattern, sentence in _KNOWN)


def reason_from(lines: Iterable[str], rc: int | None, roots: Iterable[str] = ()) -> str:
    """Why there was nothing to run, in one sentence.

    `lines` are what Ansible said outside of events (cleaned, not redacted), `rc` its exit code, `roots` folders whose
    names are left out of paths.
    """
    kept = list(lines)
    said = spoken(kept)
    errors = [one for one in said if one.kind == "error"]
    sentence = _explained(errors[0], roots) if errors else _nothing_said(kept, rc)
    sentence = one_line(_shortened(sentence, roots), MAX_REASON - 1).rstrip(". ")
    return sentence if sentence.endswith("?") else f"{sentence}."


def _explained(error: Spoken, roots: Iterable[str]) -> str:
    at = f"{error.file} line {error.line}" if error.file and error.line else error.file
    for pattern, sentence in _TABLE:
        if match := pattern.search(error.text):
            return sentence(match, at)
    return f"{_clause(error.text)}{f' ({_shortened(at, roots)})' if at else ''}"


def _nothing_said(lines: list[str], rc: int | None) -> str:
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    how = "was ended from outside" if rc is None else f"ended with exit code {rc}"
    return f"ansible-playbook {how} and gave no reason" if not last else f"ansible-playbook {how}: {last}"


def _shortened(text: str, roots: Iterable[str]) -> str:
    for root in sorted((str(root).rstrip("/") for root in roots), key=len, reverse=True):
        text = text.replace(f"{root}/", "") if root else text
    return text


def _asked(at: str) -> str:
    return f" (asked for in {at})" if at else ""


def _subject(at: str) -> str:
    return at or "A file of the project"


def _clause(text: str) -> str:
    return _first_sentence(text).rstrip(".")


def _first_sentence(text: str) -> str:
    """Up to the first full stop that ends a sentence; names such as `a.b` hold none."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z'\"<])", text.strip(), maxsplit=1)[0]
