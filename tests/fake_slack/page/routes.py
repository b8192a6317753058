"""The page's routes: what a person at the browser does becomes what a person in Slack does."""

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlencode

from tests.fake_slack.page.forms import Fields, choices_of, chosen, modal_html
from tests.fake_slack.page.layout import document
from tests.fake_slack.page.message import channel_html
from tests.fake_slack.page.mrkdwn import plain
from tests.fake_slack.reply import Reply, Request, text_reply
from tests.fake_slack.state import Message, View
from tests.fake_slack.to_app.elements import find

if TYPE_CHECKING:
    from tests.fake_slack.slack import FakeSlack

REFRESH = 1  # seconds


class Page:
    """Answers a browser; who is acting and where stands in the address (`as`, `channel`)."""

    def __init__(self, slack: "FakeSlack") -> None:
        self._slack = slack
        self._routes = {
            ("GET", ""): self._home,
            ("GET", "feed"): self._feed,
            ("POST", "say"): self._say,
            ("POST", "press"): self._press,
            ("GET", "view"): self._view,
            ("POST", "view"): self._submit,
            ("GET", "suggest"): self._suggest,
            ("GET", "files"): self._file,
        }

    def answer(self, request: Request) -> Reply:
        """The reply to a browser; 404 for what is not there, 400 with the reason for what a person could not do."""
        first, _, rest = request.path.strip("/").partition("/")
        route = self._routes.get((request.verb, first))
        if route is None:
            return text_reply("not found", 404)
        fields = parse_qs(request.query, keep_blank_values=True)
        fields |= parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        try:
            return route(fields, rest)
        except (AssertionError, KeyError) as refusal:
            return text_reply(
                document("No", f"<main><p>{plain(str(refusal))}</p>{_back(fields)}</main>"), 400, "text/html"
            )

    def _home(self, fields: Fields, _: str) -> Reply:
        user, place = _one(fields, "as", "U1"), _one(fields, "channel", "C1")
        work = self._slack.workspace
        people = _links(((u.id, u.name) for u in work.users.values() if not u.is_bot), "as", user, {"channel": place})
        places = _links(((c.id, f"#{c.name}") for c in work.channels.values()), "channel", place, {"as": user})
        where = {"as": user, "channel": place}
        hidden = "".join(f'<input type="hidden" name="{n}" value="{plain(v)}">' for n, v in where.items())
        line = '<input class="line" name="text" autofocus placeholder="/ansible help, or a message to the bot">'
        send = '<button class="button primary">Send</button>'
        ask = f'<form class="ask" method="post" action="/say">{hidden}{line}{send}</form>'
        feed = f'<iframe src="/feed?{_query(fields)}" title="messages"></iframe>'
        return text_reply(
            document("Fake Slack", f"<header>{places}<span>as</span>{people}</header>{feed}{ask}"), 200, "text/html"
        )

    def _feed(self, fields: Fields, _: str) -> Reply:
        user, work = _one(fields, "as", "U1"), self._slack.workspace
        with work.lock:
            drawn = channel_html(work.channel(_one(fields, "channel", "C1")), work.users, user)
        modal = self._slack.person(user).modal()
        link = f'<a href="/view/{modal.id}?{_query(fields)}" target="_top">A form is open</a>' if modal else ""
        waiting = f'<p class="waiting">{link}</p>' if link else ""
        found = "".join(f"<li>{plain(v.kind)}: {plain(v.detail)}</li>" for v in list(self._slack.violations)[-5:])
        wrong = f'<ul class="error">{found}</ul>' if found else ""
        return text_reply(document("messages", f"{waiting}{drawn}{wrong}", refresh=REFRESH), 200, "text/html")

    def _say(self, fields: Fields, _: str) -> Reply:
        person, place = self._slack.person(_one(fields, "as", "U1")), _one(fields, "channel", "C1")
        text = _one(fields, "text", "").strip()
        if text.startswith("/"):
            command, _, rest = text.partition(" ")
            person.slash(command, rest.strip(), place)
        elif text:
            person.mention(text, place)
        return self._onward(fields)

    def _press(self, fields: Fields, _: str) -> Reply:
        person, place = self._slack.person(_one(fields, "as", "U1")), _one(fields, "channel", "C1")
        message = next(m for m in person.sees(place) if m.ts == _one(fields, "ts", ""))
        self._act(fields, message)
        return self._onward(fields)

    def _act(self, fields: Fields, place: Message | View) -> None:
        blocks = place.body["blocks"] if isinstance(place, View) else place.blocks
        action, block = _one(fields, "action", ""), _one(fields, "block", "")
        _, element = find(blocks, action, block)
        self._slack.person(_one(fields, "as", "U1")).press(place, action, chosen(element, fields), block)

    def _view(self, fields: Fields, name: str) -> Reply:
        view = self._slack.workspace.views[name]
        return text_reply(
            document("Form", modal_html(view, _one(fields, "as", "U1")) + _back(fields)), 200, "text/html"
        )

    def _submit(self, fields: Fields, name: str) -> Reply:
        view, person = self._slack.workspace.views[name], self._slack.person(_one(fields, "as", "U1"))
        if "close" in fields:
            person.close(view)
            return self._onward(fields)
        filled = {action: value for action, value in choices_of(view, fields).items() if value not in (None, [])}
        if "action" in fields:
            person.fill(view, **filled)
            self._act(fields, view)
        else:
            person.submit(view, **filled)
        return self._onward(fields)

    def _suggest(self, fields: Fields, _: str) -> Reply:
        view = self._slack.workspace.views[_one(fields, "view", "")]
        person = self._slack.person(_one(fields, "as", "U1"))
        found = person.suggest(view, _one(fields, "action", ""), _one(fields, "typed", ""))
        return text_reply(json.dumps(found), 200, "application/json")

    def _file(self, _: Fields, name: str) -> Reply:
        return text_reply((self._slack.workspace.files[name].content or b"").decode("utf-8", "replace"))

    def _onward(self, fields: Fields) -> Reply:
        """To the form that is open before this person, else to the channel."""
        modal = self._slack.person(_one(fields, "as", "U1")).modal()
        where = f"/view/{modal.id}" if modal else "/"
        return Reply(status=303, headers={"Location": f"{where}?{_query(fields)}"})


def _one(fields: Fields, name: str, otherwise: str) -> str:
    return fields.get(name, [otherwise])[0]


def _query(fields: Fields) -> str:
    return urlencode({"as": _one(fields, "as", "U1"), "channel": _one(fields, "channel", "C1")})


def _links(choices: object, name: str, chosen_one: str, others: dict[str, str]) -> str:
    drawn = []
    for value, label in choices:
        address = f"/?{name}={quote(value)}&{urlencode(others)}"
        drawn.append(f"<b>{plain(label)}</b>" if value == chosen_one else f'<a href="{address}">{plain(label)}</a>')
    return " ".join(drawn)


def _back(fields: Fields) -> str:
    return f'<p><a href="/?{_query(fields)}">Back to the channel</a></p>'
