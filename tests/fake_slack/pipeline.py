"""The way of one API call: limits, faults, token, scopes, arguments, the method itself; and a record of all calls."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fake_slack import arguments
from tests.fake_slack.api import METHODS, Call
from tests.fake_slack.errors import ApiError
from tests.fake_slack.faults import Fault
from tests.fake_slack.reply import Reply, Request, json_reply, struck, too_many
from tests.fake_slack.specs import Spec, specs
from tests.fake_slack.tokens import Token

if TYPE_CHECKING:
    from tests.fake_slack.slack import FakeSlack

NEEDS_APP_TOKEN = {"apps.connections.open": ("connections:write",)}
KNOWN_EXTRAS = {"token", "client_msg_id", "team_id"}  # taken by Slack though its specs do not say so


@dataclass(kw_only=True)
class Seen:
    """One call as it was seen: `done` says whether the method ran, `error` is empty when it answered ok.

    `status` is 0 when the connection was closed instead; `fault` the kind of the fault that struck.
    """

    method: str
    arguments: dict[str, Any]
    at: float
    status: int = 0
    error: str = ""
    fault: str = ""
    done: bool = False


class Pipeline:
    """Answers calls of the Web API, one at a time where they change the workspace."""

    def __init__(self, slack: "FakeSlack") -> None:
        self._slack = slack
        self.seen: list[Seen] = []
        self._lock = threading.Lock()

    def answer(self, request: Request, method: str) -> Reply:
        """The reply to a call, noted in `seen`."""
        spec = specs().get(method)
        try:
            given = _read(request, spec)
        except ApiError as refusal:
            return json_reply(refusal.body())
        token = _token_of(request, given)
        seen = Seen(method=method, arguments=given, at=self._slack.clock.now())
        with self._lock:
            self.seen.append(seen)
        reply = self._limited(seen, spec, token)
        seen.status = 0 if reply.drop else reply.status
        return reply

    def _limited(self, seen: Seen, spec: Spec | None, token: str) -> Reply:
        """Refused while the method is closed; else what the fault, or the method, answers."""
        wait = self._slack.rates.waiting(seen.method, self._slack.workspace.team, _posting_to(seen))
        if wait:
            seen.error = "ratelimited"
            return too_many(wait)
        fault = self._strike(seen)
        return struck(fault, lambda: self._go(seen, spec, token))

    def _strike(self, seen: Seen) -> Fault | None:
        fault = self._slack.faults.strike(seen.method, seen.arguments)
        if fault is None:
            return None
        seen.fault = fault.kind
        if fault.kind == "429":
            self._slack.rates.close(seen.method, self._slack.workspace.team, fault.retry_after)
        return fault

    def _go(self, seen: Seen, spec: Spec | None, token: str) -> Reply:
        try:
            body = self._run(seen, spec, self._check(seen, spec, token))
        except ApiError as refusal:
            seen.error = refusal.code
            wait = refusal.extra.get("wait")
            return too_many(wait) if wait else json_reply(refusal.body())
        seen.done = True
        return json_reply({"ok": True, **body})

    def _check(self, seen: Seen, spec: Spec | None, value: str) -> Token:
        """The token, when method, token and limits let the call pass."""
        if spec is None:
            raise ApiError("unknown_method", req_method=seen.method)
        token = self._slack.tokens.check(value, kind="app" if seen.method in NEEDS_APP_TOKEN else "bot")
        wait = self._slack.rates.take(seen.method, spec.tier, self._slack.workspace.team, _posting_to(seen))
        if wait:
            raise ApiError("ratelimited", wait=wait)
        token.need(*NEEDS_APP_TOKEN.get(seen.method, spec.scopes))
        return token

    def _run(self, seen: Seen, spec: Spec, token: Token) -> dict[str, Any]:
        slack = self._slack
        call = Call(
            method=spec.name,
            arguments=arguments.checked(spec, seen.arguments),
            token=token,
            workspace=slack.workspace,
            interactions=slack.interactions,
            violations=slack.violations,
            clock=slack.clock,
            base=slack.url,
        )
        unknown = sorted(set(seen.arguments) - set(spec.types) - KNOWN_EXTRAS)
        if unknown:
            call.violate("unknown_argument", f"there is no argument {', '.join(unknown)}")
        with slack.workspace.lock:
            return METHODS[spec.name](call)


def _read(request: Request, spec: Spec | None) -> dict[str, Any]:
    kind = request.headers.get("content-type", "")
    try:
        return arguments.read(request.query, request.body, kind, takes_json=spec is not None and spec.takes_json)
    except UnicodeDecodeError as mistake:
        raise ApiError("invalid_charset") from mistake


def _token_of(request: Request, given: dict[str, Any]) -> str:
    """The token of the header, else of the arguments; it does not stay among these."""
    said = str(given.pop("token", ""))
    return request.headers.get("authorization", "").removeprefix("Bearer ").strip() or said


def _posting_to(seen: Seen) -> str | None:
    """The channel whose own limit counts, when the call is a post."""
    return str(seen.arguments.get("channel")) if seen.method == "chat.postMessage" else None
