"""Limits: tiers by method, posts by channel, and windows after a 429; minutes pass by a clock that the test moves."""

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.fake_slack import FakeSlack, ManualClock


def wait_of(error: SlackApiError) -> int:
    """Seconds to wait, of a 429."""
    assert error.response.status_code == 429
    return int(error.response.headers["Retry-After"])


def fill(client: WebClient, calls: int) -> int | None:
    """So many calls of a method of tier 2 (20 a minute); the wait of the first that is refused."""
    for _ in range(calls):
        try:
            client.users_list()
        except SlackApiError as error:
            return wait_of(error)
    return None


def post(client: WebClient, count: int) -> int | None:
    """So many posts into C1; the wait of the first that is refused."""
    for number in range(count):
        try:
            client.chat_postMessage(channel="C1", text=str(number))
        except SlackApiError as error:
            return wait_of(error)
    return None


def test_a_tier_lets_its_number_pass_in_a_minute(slack: FakeSlack, client: WebClient) -> None:
    """Given tier 2, when 20 calls are made in a minute, then all pass and nothing is wrong."""
    assert fill(client, 20) is None
    assert slack.violations == []


def test_one_more_is_a_429_and_a_violation(slack: FakeSlack, client: WebClient, clock: ManualClock) -> None:
    """Given 20 calls of tier 2 over 15 s, when one more comes, then it is to wait until the first is a minute old."""
    fill(client, 1)
    clock.advance(15)
    assert fill(client, 20) == 45
    assert len(slack.violations.of("limit_broken")) == 1


def test_after_the_wait_it_passes_again(slack: FakeSlack, client: WebClient, clock: ManualClock) -> None:
    """Given a refused call, when its Retry-After is over, then calls pass and no further violation is noted."""
    wait = fill(client, 21)
    clock.advance(wait or 0)
    assert fill(client, 20) is None
    assert [violation.kind for violation in slack.violations] == ["limit_broken"]


def test_a_call_within_the_window_is_refused_and_noted(slack: FakeSlack, client: WebClient, clock: ManualClock) -> None:
    """Given a 429 on demand, when the method is called before the time is over, then both are told apart."""
    slack.faults.add(method="users.list", kind="429", retry_after=10, times=1)
    assert fill(client, 1) == 10
    assert slack.violations == []
    clock.advance(9)
    assert fill(client, 1) == 1
    assert [violation.kind for violation in slack.violations] == ["inside_retry_after"]
    clock.advance(1)
    assert fill(client, 1) is None


def test_what_was_under_way_breaks_no_promise(slack: FakeSlack, client: WebClient) -> None:
    """Given a 429, when another call comes in the same moment, then it is refused but no violation."""
    slack.faults.add(method="users.list", kind="429", retry_after=10, times=1)
    assert (fill(client, 1), fill(client, 1)) == (10, 10)
    assert slack.violations == []


def test_other_methods_are_not_held(slack: FakeSlack, client: WebClient) -> None:
    """Given a method that is closed, when another is called, then it passes."""
    slack.faults.add(method="users.list", kind="429", retry_after=10, times=1)
    assert fill(client, 1) == 10
    assert client.auth_test()["ok"]


def test_posts_may_burst_and_then_come_one_a_second(slack: FakeSlack, client: WebClient, clock: ManualClock) -> None:
    """Given a channel, when six posts come at once, then five pass, and one more each second."""
    assert post(client, 6) == 1
    clock.advance(1)
    assert post(client, 1) is None
    assert len(slack.messages()) == 6


def test_channels_have_limits_of_their_own(slack: FakeSlack, client: WebClient) -> None:
    """Given a channel that had its posts, when another is posted to, then that passes."""
    other = slack.workspace.add_channel("other")
    post(client, 6)
    assert client.chat_postMessage(channel=other.id, text="x")["ok"]


def test_limits_can_be_set_and_switched_off(slack: FakeSlack, client: WebClient, clock: ManualClock) -> None:
    """Given a limit of two, then none, when calls are made, then two pass, and then all."""
    slack.rates.overrides["users.list"] = 2
    assert fill(client, 3) == 60
    clock.advance(60)
    slack.rates.enforced = False
    assert fill(client, 50) is None
