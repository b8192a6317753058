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
KNOWN_EXTRAS = {"token", "client_msg_id", "team_id"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One call as it was seen: `done` says whether the method ran, `error` is empty when it answered ok."""

    method: str
    arguments: dict[str, Any]
    at: float
    status: int
    error: str
    fault: str
    done: bool


class Pipeline:
    """Answers calls of the Web API, one at a time where they change the workspace."""

    def __init__(self, slack: "FakeSlack") -> None:
        self._slack = slack
        self.seen: list[Seen] = []
        self._lock = threading.Lock()

    def answer(self, request: Request, method: str) -> Reply:
        """The reply to a call, noted in `seen`."""
        at = self._slack.clock.now()
        spec = specs().get(method)
        try:
            given = self._read(request, spec)
        except (ApiError, UnicodeDecodeError) as refusal:
            return json_reply(refusal.body() if isinstance(refusal, ApiError) else {"ok": False, "error": "invalid_charset"})
        outcome: dict[str, Any] = {"done": False, "error": ""}
        fault = None
        wait = self._slack.rates.waiting(method, self._slack.workspace.team, _posting_to(method, given))
        if wait:
            reply = too_many(wait)
        else:
            fault = self._strike(method, given)
            reply = struck(fault, lambda: self._go(request, method, spec, given, outcome))
        self._note(method, given, at, reply, fault, outcome)
        return reply

    def _read(self, request: Request, spec: Spec | None) -> dict[str, Any]:
        kind = request.headers.get("content-type", "")
        return arguments.read(request.query, request.body, kind, takes_json=spec is not None and spec.takes_json)

    def _strike(self, method: str, given: dict[str, Any]) -> Fault | None:
        fault = self._slack.faults.strike(method, given)
        if fault is not None and fault.kind == "429":
            self._slack.rates.close(method, self._slack.workspace.team, fault.retry_after)
        return fault

    def _go(
        self, request: Request, method: str, spec: Spec | None, given: dict[str, Any], outcome: dict[str, Any]
    ) -> Reply:
        try:
            if spec is None:
                raise ApiError("unknown_method", req_method=method)
            token = self._token(request, method, given)
            wait = self._slack.rates.take(method, spec.tier, self._slack.workspace.team, _posting_to(method, given))
            if wait:
                outcome["error"] = "ratelimited"
                return too_many(wait)
            return json_reply(self._run(spec, token, given, outcome))
        except ApiError as refusal:
            outcome["error"] = refusal.code
            return json_reply(refusal.body())

    def _token(self, request: Request, method: str, given: dict[str, Any]) -> Token:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        kind = "app" if method in NEEDS_APP_TOKEN else "bot"
        return self._slack.tokens.check(bearer or str(given.get("token", "")), kind=kind)

    def _run(self, spec: Spec, token: Token, given: dict[str, Any], outcome: dict[str, Any]) -> dict[str, Any]:
        slack = self._slack
        token.need(*NEEDS_APP_TOKEN.get(spec.name, spec.scopes))
        call = Call(
            method=spec.name,
            arguments=arguments.checked(spec, given),
            token=token,
            workspace=slack.workspace,
            interactions=slack.interactions,
            violations=slack.violations,
            clock=slack.clock,
            base=slack.url,
        )
        unknown = sorted(set(given) - set(spec.types) - KNOWN_EXTRAS)
        if unknown:
            call.violate("unknown_argument", f"there is no argument {', '.join(unknown)}")
        with slack.workspace.lock:
            body = METHODS[spec.name](call)
        outcome["done"] = True
        return {"ok": True, **body}

    def _note(
        self, method: str, given: dict[str, Any], at: float, reply: Reply, fault: Fault | None, outcome: dict[str, Any]
    ) -> None:
        seen = Seen(
            method=method,
            arguments={name: value for name, value in given.items() if name != "token"},
            at=at,
            status=0 if reply.drop else reply.status,
            fault=fault.kind if fault else "",
            **outcome,
        )
        with self._lock:
            self.seen.append(seen)


def _posting_to(method: str, given: dict[str, Any]) -> str | None:
    """The channel whose own limit counts, when the call is a post."""
    return str(given.get("channel")) if method == "chat.postMessage" else None
