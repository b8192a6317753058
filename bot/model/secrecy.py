"""Text enters; text leaves in which whatever looks like a secret is replaced, whoever wrote it there.

Every pattern is bounded or consumes what it matched, so that hostile output costs linear time.
"""

import re
from functools import lru_cache

HIDDEN = "***"

_WORDS = (
    r"passwords?|passwd|passphrase|pwd|secret[_-]?(?:access[_-]?)?keys?|secrets?|tokens?|api[_-]?keys?|access[_-]?keys?"
    r"|private[_-]?keys?|(?<=[_-])pass|credentials?|session[_-]?keys?|client[_-]?secrets?|webhook[_-]?url"
)
_MORE_OF_IT = r"(?:[_-][\w-]{0,40}|\d{1,5})?"
_VALUE = r"\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|[^\s,;&\"'}\])]+"

_NAME = re.compile(
    rf"(?:^|[^a-z0-9])(?:[a-z0-9]{{0,40}}(?:password|passwd|passphrase|secret|token|apikey)|pass|authorization|{_WORDS})(?:$|[^a-z])",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HARMLESS = frozenset({"no_log", "update_password", "password_lock", "password_expire_max", "password_expire_min"})

_QUICK = re.compile(
    r"pass|pwd|secret|token|key|credential|authorization|bearer|webhook|://|AKIA|ASIA|xox|xapp|gh[pousr]_|github_|eyJ|glpat",
    re.IGNORECASE,
)
_PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_AUTHORIZATION = re.compile(
    r"(authorization\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?(?:(?:basic|bearer|digest|token|negotiate|apikey)\s{1,3})?)"
    r"[^\s,;\"'\\]+",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(
    rf"((?:{_WORDS}){_MORE_OF_IT}\\?[\"']?\s{{0,3}}(?:=>|:=|[:=])\s{{0,3}})(?!//)(\\\"[^\"\\]*|{_VALUE})", re.IGNORECASE
)
_OPTION = re.compile(
    rf"(--(?:[a-z0-9]{{1,20}}-){{0,3}}(?:{_WORDS})(?:-[a-z0-9]{{1,20}}){{0,2}}\s{{1,3}})(?!-)({_VALUE})", re.IGNORECASE
)
_BEARER = re.compile(r"\b(bearer\s{1,3})[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_USERINFO = re.compile(r"(://[^\s/:@\"']{0,256}:)[^\s/@\"']{1,1024}(?=@)")
_KNOWN = re.compile(
    r"\b(?:xox[abeprs]-[\w-]{10,}|xapp-[\w-]{10,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)"
)


@lru_cache(maxsize=4096)
def looks_secret(name: str) -> bool:
    """Whether a key, a variable or a parameter of that name holds a secret; a long name's end is what counts."""
    name = name[-200:]
    lowered = name.lower()
    if lowered in _HARMLESS:
        return False
    return bool(_NAME.search(lowered) or _NAME.search(_CAMEL.sub("_", name)))


def mask(text: str) -> str:
    """`text` with private keys, `name=value` of secret names, tokens and passwords in URLs replaced."""
    if not _QUICK.search(text):
        return text
    if "PRIVATE KEY" in text:
        text = _PEM.sub(HIDDEN, text)
    text = _AUTHORIZATION.sub(rf"\1{HIDDEN}", text)
    text = _ASSIGNED.sub(_keep_quotes, text)
    text = _OPTION.sub(_keep_quotes, text)
    text = _BEARER.sub(rf"\1{HIDDEN}", text)
    text = _USERINFO.sub(rf"\1{HIDDEN}", text)
    return _KNOWN.sub(HIDDEN, text)


def _keep_quotes(match: re.Match[str]) -> str:
    name, value = match.group(1), match.group(2)
    if value.startswith(HIDDEN) or value.lower() in {"true", "false", "null", "none", "yes", "no"}:
        return match.group(0)
    opening = '\\"' if value.startswith('\\"') else value[0] if value[0] in "\"'" else ""
    closing = value[-1] if len(value) > 1 and value[-1] == opening else ""
    return f"{name}{opening}{HIDDEN}{closing}"
