"""Tokens of the app: a token enters, whom it stands for and what it may do leaves, or Slack's refusal."""

from dataclasses import dataclass

from tests.fake_slack.errors import ApiError

BOT_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
)


@dataclass(kw_only=True)
class Token:
    """One token; `trouble` is the error that every call with it gets (`token_revoked`, `account_inactive` ...)."""

    value: str
    kind: str  # "bot" or "app"
    user_id: str
    bot_id: str
    scopes: tuple[str, ...]
    trouble: str = ""

    def need(self, *either: str) -> None:
        """Raise `missing_scope` unless the token has one of these scopes."""
        if either and not set(either) & set(self.scopes):
            raise ApiError("missing_scope", needed=",".join(either), provided=",".join(self.scopes))


class Tokens:
    """All tokens of the workspace."""

    def __init__(self) -> None:
        self._known: dict[str, Token] = {}

    def add(self, token: Token) -> Token:
        """Make a token valid."""
        self._known[token.value] = token
        return token

    def trouble(self, value: str, error: str = "token_revoked") -> None:
        """From now on every call with this token gets this error; an empty one heals it."""
        self._known[value].trouble = error

    def check(self, value: str, *, kind: str = "bot") -> Token:
        """The token; raises `not_authed`, `invalid_auth`, its trouble, or `not_allowed_token_type`."""
        if not value:
            raise ApiError("not_authed")
        token = self._known.get(value)
        if token is None:
            raise ApiError("invalid_auth")
        if token.trouble:
            raise ApiError(token.trouble)
        if token.kind != kind:
            raise ApiError("not_allowed_token_type")
        return token
