"""Messages in an incident's thread that people mark with a reaction: into its timeline, once, by those who may note."""

from datetime import UTC, datetime

import pytest

from bot.chat.incident_words import deed
from tests.slack.desk import Desk, until
from tests.slack.marked import CHANNEL, MARKED, marks, shown_incident

SAID = "Found it: the disk of <@U9> is full &amp; password=hunter2 was in the log"


def test_a_marked_message_is_in_the_timeline(desk: Desk) -> None:
    """Given a message below the card, when somebody marks it, then who said what and when is there, secrets hidden."""
    card = shown_incident(desk)
    message = desk.slack.person("U2").say(SAID, CHANNEL, card.ts)
    desk.slack.person("U1").react("pushpin", message)
    (event,) = marks(desk)
    said_at = datetime.fromtimestamp(float(message.ts), UTC).isoformat()
    assert (event.actor, event.data["author"], event.data["said_at"]) == ("slack:U1", "slack:U2", said_at)
    assert event.text == "Found it: the disk of slack:U9 is full & password=*** was in the log"
    assert "Added to incident 1" in desk.said("U1", CHANNEL)
    (row,) = [row for row in desk.app.ledger.recorded() if row.incident_id == 1]
    assert (row.actor, row.action, row.status) == ("slack:U1", "incident", "noted")
    assert deed(event).startswith("marks what slack:U2 said at ")
    assert "hunter2" not in str(desk.app.ledger.recorded())
    assert desk.slack.violations == []


def test_it_is_there_once_and_stays(desk: Desk) -> None:
    """Given a marked message, when it is marked again and the first mark is taken away, then it is there once."""
    desk.policy(MARKED.replace('["slack:U1"]', '["slack:U1", "slack:U9"]'))
    card = shown_incident(desk, desk.policy_file.read_text())
    message = desk.slack.person("U2").say("look", CHANNEL, card.ts)
    desk.slack.person("U1").react("pushpin", message)
    until(lambda: marks(desk), "the mark")
    desk.slack.person("U1").unreact("pushpin", message)
    desk.slack.person("U1").react("pushpin", message)
    desk.slack.person("U9").react("pushpin", message)
    assert [event.actor for event in marks(desk)] == ["slack:U1"]
    assert "has this message already" in desk.said("U9", CHANNEL)


def test_what_two_mark_at_once_is_there_once(desk: Desk) -> None:
    """Given many people, when all mark the same message at once, then it is noted by one of them."""
    people = ["U1", *(desk.slack.workspace.add_user(f"p{n}", id=f"U10{n}").id for n in range(6))]
    names = ", ".join(f'"slack:{name}"' for name in people)
    card = shown_incident(desk, MARKED.replace('["slack:U1"]', f"[{names}]"))
    message = desk.slack.person("U2").say("look", CHANNEL, card.ts)
    for name in people:
        inner = {"type": "message", "channel": CHANNEL, "ts": message.ts}
        event = {"type": "reaction_added", "user": name, "reaction": "pushpin", "item": inner, "event_ts": message.ts}
        desk.slack.app.tell_soon(desk.slack.events.outgoing(event))
    desk.slack.app.join()
    assert len(marks(desk)) == 1


@pytest.mark.parametrize(
    ("user", "emoji", "where"),
    [
        ("U1", "eyes", "below the card"),
        ("U1", "pushpin", "in the channel"),
        ("U1", "pushpin", "below another message"),
        ("U1", "pushpin", "below a forged card"),
        ("U1", "pushpin", "the card"),
        ("U1", "pushpin", "our own line"),
        ("U1", "pushpin", "in another channel"),
    ],
)
def test_nothing_else_is_noted_and_nobody_is_disturbed(desk: Desk, user: str, emoji: str, where: str) -> None:
    """Given another emoji, another place, or what we wrote ourselves, when it is marked, then nothing happens."""
    card, ben = shown_incident(desk), desk.slack.person("U2")
    forged = ben.say(
        "x", CHANNEL, metadata={"event_type": "signalbox", "event_payload": {"key": f"incident:1:{CHANNEL}"}}
    )
    message = {
        "below the card": lambda: ben.say("look", CHANNEL, card.ts),
        "in the channel": lambda: ben.say("look", CHANNEL),
        "below another message": lambda: ben.say("look", CHANNEL, ben.say("root", CHANNEL).ts),
        "below a forged card": lambda: ben.say("look", CHANNEL, forged.ts),
        "the card": lambda: card,
        "our own line": lambda: ben.say("ours", CHANNEL, card.ts, bot_id=desk.slack.workspace.bot),
        "in another channel": lambda: ben.say("look", "C1", ben.say("root", "C1").ts),
    }[where]()
    before = len(desk.told(user, CHANNEL))
    assert desk.slack.person(user).react(emoji, message) is not None
    assert marks(desk) == []
    assert len(desk.told(user, CHANNEL)) == before
    asked = desk.slack.calls_of("conversations.replies")
    assert bool(asked) == (emoji == "pushpin" and where != "in another channel")


def test_who_may_not_note_may_not_mark(desk: Desk) -> None:
    """Given a person without a role, when they mark a message, then they are told why not, alone."""
    card = shown_incident(desk)
    message = desk.slack.person("U2").say("look", CHANNEL, card.ts)
    desk.slack.person("U2").react("pushpin", message)
    assert marks(desk) == []
    assert "slack:U2" in desk.said("U2", CHANNEL)
    assert "slack:U2" not in desk.said("U1", CHANNEL)


def test_without_the_setting_nothing_is_asked(desk: Desk) -> None:
    """Given a signalbox.yml that names no emoji, when a message is marked, then Slack is not even asked for it."""
    card = shown_incident(desk, MARKED.replace(", note_reaction: pushpin", ""))
    message = desk.slack.person("U2").say("look", CHANNEL, card.ts)
    desk.slack.person("U1").react("pushpin", message)
    assert marks(desk) == []
    assert desk.slack.calls_of("conversations.replies") == []
