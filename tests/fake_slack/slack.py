"""The fake Slack itself: a port enters, a workspace that answers, tells, limits and breaks as Slack does leaves."""

from types import TracebackType
from typing import Self

from tests.fake_slack.answers import answer_url
from tests.fake_slack.api.files import upload
from tests.fake_slack.clock import Clock, RealClock
from tests.fake_slack.faults import Faults
from tests.fake_slack.ids import Ids
from tests.fake_slack.interactions import Interactions
from tests.fake_slack.page import Page
from tests.fake_slack.pipeline import Pipeline, Seen
from tests.fake_slack.rates import Rates
from tests.fake_slack.reply import Reply, Request, struck, text_reply
from tests.fake_slack.socket_mode import Hub
from tests.fake_slack.state import Message
from tests.fake_slack.to_app import Events, Person, Sender
from tests.fake_slack.to_app.http_door import HttpDoor
from tests.fake_slack.tokens import BOT_SCOPES, Token, Tokens
from tests.fake_slack.violations import Violations
from tests.fake_slack.web import Server
from tests.fake_slack.workspace import Workspace

TEAM, APP, BOT_USER, BOT = "T0HOME", "A0SIGNAL", "U0BOT", "B0BOT"


class FakeSlack:
    """A workspace with people U1 (ada), U2 (ben), U9 (lea), the bot, and channel C1 (#ops) with all of them.

    `with FakeSlack() as slack:` serves on loopback. `clock` may be a ManualClock, `scopes` those of the manifest.
    """

    bot_token, app_token, signing_secret = "xoxb-fake-bot", "xapp-fake-app", "fake-signing-secret"

    def __init__(self, *, port: int = 0, clock: Clock | None = None, scopes: tuple[str, ...] = BOT_SCOPES) -> None:
        self.clock = clock or RealClock()
        self.ids = Ids(self.clock)
        self.violations = Violations()
        self.interactions = Interactions(self.clock, self.ids)
        self.rates = Rates(self.clock, self.violations)
        self.faults = Faults(self.clock)
        self.tokens = Tokens()
        self.workspace = Workspace(team=TEAM, domain="home", app=APP, bot_user=BOT_USER, bot=BOT, ids=self.ids)
        self._furnish(scopes)
        self.app, self.events, self.socket = Sender(self), Events(self), Hub(self)
        self._pipeline, self._page = Pipeline(self), Page(self)
        self._port = port
        self._server: Server | None = None

    def _furnish(self, scopes: tuple[str, ...]) -> None:
        for name, user in (("ada", "U1"), ("ben", "U2"), ("lea", "U9")):
            self.workspace.add_user(name, id=user)
        self.workspace.add_user("signalbox", id=BOT_USER, is_bot=True, bot_id=BOT)
        self.workspace.add_channel("ops", id="C1")
        whose = {"user_id": BOT_USER, "bot_id": BOT}
        self.tokens.add(Token(value=self.bot_token, kind="bot", scopes=tuple(scopes), **whose))
        self.tokens.add(Token(value=self.app_token, kind="app", scopes=("connections:write",), **whose))

    @property
    def url(self) -> str:
        """Where it serves, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """What `SLACK_API_URL`, or slack_sdk's `base_url`, must be."""
        return f"{self.url}/api/"

    @property
    def calls(self) -> list[Seen]:
        """All calls of the API so far."""
        return list(self._pipeline.seen)

    def calls_of(self, method: str) -> list[Seen]:
        """The calls of one method."""
        return [seen for seen in self.calls if seen.method == method]

    def start(self) -> Self:
        """Serve; the port stays the same when it is stopped and started again."""
        self._server = Server(
            self._port, self._answer, self.socket.serve, lambda text: self.violate("fake_failed", text)
        )
        self._port = self._server.server_address[1]
        return self

    def stop(self) -> None:
        """Serve no more, end all connections; what the workspace holds is kept."""
        self.socket.close(politely=False)
        if self._server is not None:
            self._server.close()
            self._server = None

    def connect(self, url: str | None = None) -> None:
        """Tell the app things at its URL (`http://.../slack/events`); without one, over its Socket Mode connections."""
        self.app.door = HttpDoor(url, self.signing_secret) if url else self.socket

    def person(self, user: str = "U1") -> Person:
        """Somebody who acts."""
        return Person(self, user)

    def messages(self, channel: str | None = "C1") -> list[Message]:
        """The messages of a channel (None: of all), threads too, ephemeral ones left out, oldest first."""
        return self.workspace.messages(channel)

    def violate(self, kind: str, detail: str) -> None:
        """Note something that the app should not have done."""
        self.violations.note(kind, detail, self.clock.now())

    def _answer(self, request: Request) -> Reply:
        first, _, rest = request.path.lstrip("/").partition("/")
        if first == "api":
            return self._pipeline.answer(request, rest)
        if first == "upload":
            name = rest.removeprefix("v1/")
            return struck(self.faults.strike("upload", {}), lambda: self._upload(name, request))
        if first == "response":
            return struck(self.faults.strike("response_url", {}), lambda: answer_url(self, request, rest))
        return self._page.answer(request)

    def _upload(self, name: str, request: Request) -> Reply:
        status, text = upload(self.workspace, name, request.body)
        return text_reply(text, status)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.app.join()
        self.stop()
