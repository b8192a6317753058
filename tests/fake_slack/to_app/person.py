"""A person in Slack: what they type, press and fill in enters, the app is told, and its answer shows before them."""

from typing import TYPE_CHECKING, Any

from tests.fake_slack.state import Channel, Message, View
from tests.fake_slack.to_app import effects, payloads
from tests.fake_slack.to_app.delivery import Delivery, Outgoing
from tests.fake_slack.to_app.elements import filled, find
from tests.fake_slack.to_app.form import complete_state

if TYPE_CHECKING:
    from tests.fake_slack.slack import FakeSlack


class Person:
    """Acts in the name of one user id. Every act returns the Delivery; Slack's own rules hold (AssertionError)."""

    def __init__(self, slack: "FakeSlack", user: str) -> None:
        self._slack = slack
        self.user = slack.workspace.user(user)

    def slash(self, command: str, text: str = "", channel: str = "C1") -> Delivery:
        """Type a slash command; what the acknowledgement says is shown as Slack shows it."""
        place = self._inside(channel)
        body = payloads.slash(self._slack.workspace, self.user, place, command, text)
        delivery = self._tell("slash_commands", self._handed(body, channel=place.id))
        effects.of_command(self._slack, self.user.id, place.id, delivery)
        return delivery

    def say(self, text: str, channel: str = "C1", thread_ts: str = "", **more: Any) -> Message:
        """Write a message; the app is not told."""
        place = self._inside(channel)
        with self._slack.workspace.lock:
            if thread_ts:
                place.messages[thread_ts].thread_ts = thread_ts
            ts = self._slack.ids.ts()
            message = Message(ts=ts, channel=place.id, user=self.user.id, text=text, thread_ts=thread_ts, **more)
            place.messages[ts] = message
        return message

    def mention(self, text: str, channel: str = "C1", thread_ts: str = "") -> Delivery:
        """Write a message to the bot in a channel; `text` without its name."""
        bot = self._slack.workspace.bot_user
        return self._slack.events.mention(self.say(f"<@{bot}> {text}", channel, thread_ts))

    def direct(self, text: str) -> Delivery:
        """Write to the bot alone."""
        place = self._slack.workspace.direct(self.user.id)
        return self._slack.events.message(self.say(text, place.id))

    def react(self, emoji: str, message: Message) -> Delivery | None:
        """Put a reaction on a message; the app is told where it may know: in channels that it is in."""
        self._inside(message.channel)
        users = message.reactions.setdefault(emoji, [])
        assert self.user.id not in users, "Slack lets nobody put the same reaction twice"
        users.append(self.user.id)
        return self._slack.events.reaction(self.user.id, emoji, message)

    def unreact(self, emoji: str, message: Message) -> None:
        """Take a reaction away; the app has not asked to be told."""
        message.reactions[emoji].remove(self.user.id)

    def open_home(self) -> Delivery:
        """Open the app's home tab."""
        return self._slack.events.home_opened(self.user.id)

    def shortcut(self, callback: str) -> Delivery:
        """Choose a global shortcut."""
        return self._tell("interactive", self._handed(payloads.shortcut(self._slack.workspace, self.user, callback)))

    def message_shortcut(self, callback: str, message: Message) -> Delivery:
        """Choose a shortcut on a message."""
        self._inside(message.channel)
        body = payloads.message_shortcut(self._slack.workspace, self.user, message, callback)
        return self._tell("interactive", self._handed(body, channel=message.channel, source=message.ts))

    def press(self, place: Message | View, action: str, chosen: Any = None, block: str = "") -> Delivery:
        """Press a button, or choose in a menu, by its action_id; `chosen` is an option's value or what is typed."""
        body = place.body["blocks"] if isinstance(place, View) else self._seen(place).blocks
        found, element = find(body, action, block)
        value = element.get("value") if element["type"] == "button" else chosen
        act = {"action_id": action, "block_id": found["block_id"], "action_ts": self._slack.ids.ts()}
        act |= {name: said for name, said in filled(element, value).items() if said is not None}
        if element["type"] == "button":
            act["text"] = element["text"]
        return self._act(place, act)

    def suggest(self, place: Message | View, action: str, typed: str) -> list[dict[str, Any]]:
        """Type into a menu whose options the app provides; they come back, those of groups too."""
        body = place.body["blocks"] if isinstance(place, View) else self._seen(place).blocks
        found, element = find(body, action)
        assert element["type"].endswith("external_select"), f"{action} asks the app for nothing"
        named = {"action_id": action, "block_id": found["block_id"]}
        work = self._slack.workspace
        delivery = self._tell("interactive", payloads.suggestion(work, self.user, place, named, typed))
        return effects.of_suggestion(self._slack, delivery)

    def fill(self, view: View, **values: Any) -> View:
        """Fill in fields of a modal by action_id; nothing is sent."""
        for action, value in values.items():
            block, element = find(view.body["blocks"], action)
            view.state.setdefault(block["block_id"], {})[action] = filled(element, value)
        return view

    def submit(self, view: View, **values: Any) -> Delivery:
        """Fill in and submit; a field that must be filled in and is not is refused here, as Slack does."""
        view.state = complete_state(self.fill(view, **values))
        body = self._handed(payloads.submission(self._slack.workspace, self.user, view))
        delivery = self._tell("interactive", body)
        effects.of_submission(self._slack, view, delivery)
        return delivery

    def close(self, view: View, *, all_of_them: bool = False) -> Delivery | None:
        """Close a modal; the app is told only where the view asked for it."""
        effects.close(self._slack.workspace, view, all_of_them=all_of_them)
        if not view.body.get("notify_on_close"):
            return None
        body = payloads.closed(self._slack.workspace, self.user, view, all_of_them=all_of_them)
        return self._tell("interactive", body)

    def modal(self) -> View | None:
        """The modal before this person."""
        return self._slack.workspace.modal(self.user.id)

    def sees(self, channel: str = "C1") -> list[Message]:
        """All messages of a channel that this person sees, threads and ephemeral ones too, oldest first."""
        place = self._inside(channel)
        with self._slack.workspace.lock:
            own = [message for message in place.ephemerals if message.viewer == self.user.id]
            return sorted([*place.messages.values(), *own], key=lambda message: message.ts)

    def _act(self, place: Message | View, act: dict[str, Any]) -> Delivery:
        work = self._slack.workspace
        if isinstance(place, View):
            body = self._handed(payloads.action_in_view(work, self.user, place, act))
        else:
            body = payloads.action_on_message(work, self.user, place, act)
            body = self._handed(body, channel=place.channel, source=place.ts)
        return self._tell("interactive", body)

    def _handed(self, body: dict[str, Any], *, channel: str = "", source: str = "") -> dict[str, Any]:
        """The body with a trigger, and, for something done in a channel, a response URL."""
        body["trigger_id"] = self._slack.interactions.new_trigger(self.user.id)
        if channel:
            name = self._slack.interactions.new_url(self.user.id, channel, source)
            body["response_url"] = f"{self._slack.url}/response/{name}"
        return body

    def _tell(self, kind: str, body: dict[str, Any]) -> Delivery:
        return self._slack.app.tell(Outgoing(kind=kind, payload=body))

    def _inside(self, channel: str) -> Channel:
        place = self._slack.workspace.channel(channel)
        assert self.user.id in place.members, f"{self.user.name} is not in {place.name}"
        return place

    def _seen(self, message: Message) -> Message:
        self._inside(message.channel)
        assert message.viewer in ("", self.user.id), f"{self.user.name} does not see this message"
        assert not message.deleted, "the message is deleted"
        return message
