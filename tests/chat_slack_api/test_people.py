"""People and user groups: asked once, believed for a while, and never guessed."""

from collections.abc import Mapping
from typing import Any

import pytest
import redis

from bot.chat.slack.people import GROUP_SECONDS, REFUSED_SECONDS, USER_SECONDS, People, SlackUser
from bot.chat.slack.trouble import Gone, SlackRefused, SlackTrouble, UnknownOutcome
from bot.chat.slack.twin import MemorySlack
from bot.errors import Unavailable
from tests.fake_slack import FakeSlack
from tests.stream.redis_server import RedisServer

from .conftest import Slack, over_http


@pytest.fixture
def people(slack: Slack, client: redis.Redis) -> People:
    """Look-ups in the home workspace."""
    return People(slack.api, client, "T0HOME")


def age(client: redis.Redis) -> None:
    """Let the time of everything that is stored be over."""
    for key in client.scan_iter():
        assert client.pttl(key) != -1 or key.endswith(b":changes"), "stored for ever"
        client.delete(key)


def test_a_person_is_told_as_slack_knows_them(slack: Slack, people: People) -> None:
    """Given an ordinary person, when they are looked up, then they are no bot, no guest, not deleted, not outside."""
    slack.hire("U7")
    user = people.user("U7")
    assert user == SlackUser(
        id="U7",
        name=user.name,
        team="T0HOME",
        bot=False,
        guest=False,
        deleted=False,
        outside=False,
        time_zone=user.time_zone,
    )
    assert user.name.lower() == "u7"


@pytest.mark.parametrize(
    ("more", "trait"),
    [
        ({"is_restricted": True}, "guest"),
        ({"is_ultra_restricted": True}, "guest"),
        ({"is_bot": True}, "bot"),
        ({"deleted": True}, "deleted"),
    ],
)
def test_guests_and_bots_are_known_as_such(slack: Slack, people: People, more: dict[str, bool], trait: str) -> None:
    """Given a guest, a bot, somebody who left, when they are looked up, then that is said, fresh and from the cache."""
    slack.hire("U7", **more)
    assert getattr(people.user("U7"), trait)
    assert getattr(people.user("U7"), trait)


@pytest.mark.parametrize("missing", ["is_restricted", "is_ultra_restricted", "is_bot", "deleted", "team_id"])
def test_what_slack_does_not_say_counts_against_them(client: redis.Redis, missing: str) -> None:
    """Given an answer without a trait, when the person is looked up, then they are taken for what may do least."""
    twin = MemorySlack()
    twin.add_user("U7")
    del twin.users["U7"][missing]
    user = People(twin, client, "T0HOME").user("U7")
    trait = {"is_bot": "bot", "deleted": "deleted", "team_id": "outside"}.get(missing, "guest")
    assert getattr(user, trait)


def test_people_of_other_workspaces_are_outside(client: redis.Redis) -> None:
    """Given shared channels and an organization, when people are looked up, then only those of the team are inside."""
    twin = MemorySlack()
    twin.add_user("U7", team_id="T0ELSE")
    twin.add_user("U8", team_id="T0ELSE", enterprise_user={"teams": ["T0HOME", "T0ELSE"]})
    twin.add_user("U9", is_stranger=True)
    people = People(twin, client, "T0HOME")
    assert [people.user(name).outside for name in ("U7", "U8", "U9")] == [True, False, True]


def test_a_name_is_only_text(client: redis.Redis) -> None:
    """Given a name with escape sequences and newlines, when the person is looked up, then it is one clean line."""
    twin = MemorySlack()
    twin.add_user("U7", profile={"display_name": "A\x1b[31mnna\nroot\u202e"})
    assert People(twin, client, "T0HOME").user("U7").name == "Anna root"


def test_slack_is_asked_once(slack: Slack, people: People, client: redis.Redis) -> None:
    """Given two processes, when both look people and groups up often, then Slack hears of each once."""
    slack.hire("U7")
    slack.group("S0OPS", ["U7"])
    other = People(slack.api, client, "T0HOME")
    for _ in range(3):
        for lookup in (people, other):
            assert lookup.user("U7").id == "U7"
            assert lookup.belongs("U7", "S0OPS")
            assert not lookup.belongs("U8", "S0OPS")
    assert [slack.calls(method) for method in ("users.info", "usergroups.users.list")] == [1, 1]


def test_what_is_stored_has_an_end(slack: Slack, people: People, client: redis.Redis) -> None:
    """Given answers in the cache, when their keys are looked at, then each ends when it says, and is asked again."""
    slack.hire("U7")
    slack.group("S0OPS", ["U7"])
    people.user("U7")
    people.members("S0OPS")
    ends = {key: client.ttl(key) for key in client.scan_iter()}
    assert 0 < ends[b"signalbox:slack:{T0HOME}:user:U7"] <= USER_SECONDS
    assert 0 < ends[b"signalbox:slack:{T0HOME}:group:S0OPS"] <= GROUP_SECONDS
    age(client)
    people.members("S0OPS")
    assert slack.calls("usergroups.users.list") == 2


def test_what_is_stored_is_not_believed_when_the_clock_was_set_back(
    slack: Slack, people: People, client: redis.Redis
) -> None:
    """Given answers in the cache, when Redis' clock goes back a day, so that they last a day, then Slack is asked."""
    slack.hire("U7")
    slack.group("S0OPS", ["U7"])
    assert people.belongs("U7", "S0OPS")
    slack.group("S0OPS", [])
    for key in client.scan_iter():
        client.expire(key, 86_400)
    assert not people.belongs("U7", "S0OPS")
    assert not people.belongs("U7", "S0OPS")
    assert slack.calls("usergroups.users.list") == 2


def test_a_change_is_seen_at_once(slack: Slack, people: People) -> None:
    """Given a cached group, when Slack tells of a change, then the next look-up has it."""
    slack.hire("U7")
    slack.group("S0OPS", ["U7"])
    assert people.belongs("U7", "S0OPS")
    slack.group("S0OPS", [])
    assert people.belongs("U7", "S0OPS")
    people.forget_group("S0OPS")
    assert not people.belongs("U7", "S0OPS")


class ChangedWhileAsked:
    """A Slack that answers what was true before a change, of which word comes while the answer is under way."""

    def __init__(self, slack: MemorySlack) -> None:
        self.slack = slack
        self.meanwhile: Any = None

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer; then the change comes."""
        answer = self.slack.call(method, arguments)
        if self.meanwhile:
            self.meanwhile, act = None, self.meanwhile
            act()
        return answer

    def send_file(self, url: str, content: bytes) -> None:
        """As ever."""
        self.slack.send_file(url, content)


@pytest.mark.parametrize("changed_before", [False, True])
def test_an_answer_from_before_a_change_is_not_kept(client: redis.Redis, changed_before: bool) -> None:
    """Given a change while Slack is asked, when the old answer comes, then it is not stored: the next asks again."""
    twin = MemorySlack()
    twin.groups["S0OPS"] = ["U7"]
    slack = ChangedWhileAsked(twin)
    people = People(slack, client, "T0HOME")
    if changed_before:
        people.forget_group("S0OPS")

    def change() -> None:
        twin.groups["S0OPS"] = []
        people.forget_group("S0OPS")

    slack.meanwhile = change
    people.members("S0OPS")
    assert people.members("S0OPS") == frozenset()


def test_without_slack_and_cache_nobody_belongs(slack: Slack, people: People, client: redis.Redis) -> None:
    """Given an old answer and a Slack that does not answer, when membership is asked, then an error, not a yes."""
    slack.group("S0OPS", ["U7"])
    assert people.belongs("U7", "S0OPS")
    slack.lose("usergroups.users.list", False)
    assert people.belongs("U7", "S0OPS")  # still fresh
    age(client)
    with pytest.raises(Unavailable):
        people.belongs("U7", "S0OPS")


def test_without_redis_nobody_belongs(own_server: RedisServer) -> None:
    """Given a Redis that has stopped, when people are looked up, then Unavailable, though Slack would answer."""
    twin = MemorySlack()
    twin.add_user("U7")
    people = People(twin, own_server.client(), "T0HOME")
    people.user("U7")
    own_server.stop()
    for ask in (lambda: people.user("U7"), lambda: people.members("S0OPS"), lambda: people.forget_group("S0OPS")):
        with pytest.raises(Unavailable, match="cache"):
            ask()


def test_a_no_is_believed_for_a_minute(slack: Slack, people: People, client: redis.Redis) -> None:
    """Given unknown ids, when they are asked for again and again, then Slack is asked once, with one answer."""
    for _ in range(3):
        with pytest.raises(SlackRefused, match="no such user group"):
            people.members("S404")
        with pytest.raises(SlackRefused, match="no such person"):
            people.user("U404")
    assert [slack.calls(method) for method in ("usergroups.users.list", "users.info")] == [1, 1]
    assert 0 < client.ttl("signalbox:slack:{T0HOME}:group:S404") <= REFUSED_SECONDS


def test_a_workspace_that_does_not_pay_says_what_to_write(fake: FakeSlack, client: redis.Redis) -> None:
    """Given a free plan, when a group is asked for, then the error says to name people instead."""
    fake.workspace.settings.paid = False
    with pytest.raises(SlackRefused, match="slack:U") as raised:
        People(over_http(fake).api, client, "T0HOME").members("S0OPS")
    assert raised.value.code == "plan_upgrade_required"


def test_a_dead_token_is_not_remembered_as_a_no(fake: FakeSlack, client: redis.Redis) -> None:
    """Given a revoked token that is mended, when the person is asked for again, then Slack is asked again."""
    people = People(over_http(fake).api, client, "T0HOME")
    fake.tokens.trouble(fake.bot_token, "account_inactive")
    with pytest.raises(Gone):
        people.user("U1")
    fake.tokens.trouble(fake.bot_token, "")
    assert people.user("U1").id == "U1"


class Odd:
    """A Slack whose answers are not what they should be."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002
        """The odd answer."""
        return self.answer

    def send_file(self, url: str, content: bytes) -> None:
        """Nothing."""


@pytest.mark.parametrize("said", [{}, {"user": None}, {"user": {"id": "U1"}}, {"users": "U7"}, {"users": None}])
def test_an_odd_answer_is_no_answer(client: redis.Redis, said: dict[str, Any]) -> None:
    """Given an answer about somebody else or about nothing, when people are looked up, then an error, never a yes."""
    people = People(Odd({"ok": True, **said}), client, "T0HOME")
    for _ in range(2):
        with pytest.raises(UnknownOutcome):
            people.user("U7")
        with pytest.raises(SlackTrouble):
            people.members("S0OPS")
