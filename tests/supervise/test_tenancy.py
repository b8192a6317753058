"""Who uses the stack of a home: real processes come, go and are killed; the stack ends with the last of them."""

import fcntl
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.supervise import Membership, Tenancy, clients

from .tenants import Player

Play = Callable[..., Player]


@pytest.fixture
def play(home: Path) -> Iterator[Play]:
    """Starts a process that plays a part; whatever is left of it is ended with the test."""
    players: list[Player] = []

    def start(part: str, *more: str) -> Player:
        players.append(Player(part, home, *more))
        return players[-1]

    yield start
    for player in players:
        player.end()


def tenant_in(play: Play, finds: str) -> Player:
    """A tenant that has entered and found a stack, or none."""
    player = play("tenant")
    for word in ("waits", "in", finds):
        player.says(word)
    return player


def test_a_stack_stays_while_anybody_uses_it(play: Play) -> None:
    """Given two tenants, when one leaves, then it need not wait, and the stack stays; it goes after the second."""
    first = tenant_in(play, "alone")
    stack = play("stack")
    stack.says("serves")
    second = tenant_in(play, "stack")
    first.go_on()
    first_out = first.says("out")
    third = tenant_in(play, "stack")
    third.go_on()
    third.says("out")
    second.go_on()
    assert stack.says("deserted") >= first_out


def test_the_last_one_out_waits_for_the_stack(play: Play) -> None:
    """Given one tenant, when it leaves, then it is not out before the stack is gone."""
    tenant = tenant_in(play, "alone")
    stack = play("stack")
    stack.says("serves")
    tenant.go_on()
    stack.says("deserted")
    stack.go_on()
    assert tenant.says("out") >= stack.says("gone")


def test_two_who_leave_together_wait_for_the_stack(play: Play) -> None:
    """Given two tenants, when both leave at once, then at least one of them is there until the stack is gone."""
    tenants = [tenant_in(play, "alone"), tenant_in(play, "alone")]
    stack = play("stack")
    stack.says("serves")
    for tenant in tenants:
        tenant.go_on()
    stack.says("deserted")
    stack.go_on()
    assert max(tenant.says("out") for tenant in tenants) >= stack.says("gone")


def test_a_killed_tenant_is_out(play: Play) -> None:
    """Given one tenant, when it is killed, then the stack finds itself deserted."""
    tenant = tenant_in(play, "alone")
    stack = play("stack")
    stack.says("serves")
    tenant.process.kill()
    stack.says("deserted")


def test_a_newcomer_waits_while_the_stack_is_on_its_way_out(play: Play) -> None:
    """Given a stack that ends, when somebody comes, then they are in only after it is gone, and find none."""
    tenant = tenant_in(play, "alone")
    stack = play("stack")
    stack.says("serves")
    tenant.process.kill()
    stack.says("deserted")
    newcomer = play("tenant")
    newcomer.says("waits")
    stack.go_on()
    assert newcomer.says("in") >= stack.says("gone")
    newcomer.says("alone")


def test_a_killed_stack_is_gone(play: Play) -> None:
    """Given a stack that is killed, when the tenant leaves and another comes, then nobody waits for it."""
    tenant = tenant_in(play, "alone")
    stack = play("stack")
    stack.says("serves")
    stack.process.kill()
    stack.process.wait(30)
    tenant.go_on()
    tenant.says("out")
    tenant_in(play, "alone")


def test_one_stack_serves_a_home(play: Play) -> None:
    """Given a stack, when a second one comes, then it is refused and the first one goes on."""
    tenant = tenant_in(play, "alone")
    stack = play("stack")
    stack.says("serves")
    play("stack").says("refused")
    tenant.go_on()
    stack.says("deserted")


def test_a_look_at_the_stack_does_not_keep_it_from_serving(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a tenant that is just looking for a stack, when one starts at that moment, then it serves all the same."""
    home.mkdir(exist_ok=True)
    with (home / "stack.lock").open("w") as look:
        fcntl.flock(look, fcntl.LOCK_SH)
        monkeypatch.setattr(clients.time, "sleep", lambda _: fcntl.flock(look, fcntl.LOCK_UN))
        with Membership(home).serving(stays=False) as served:
            assert served


def test_homes_are_apart(home: Path) -> None:
    """Given a stack and a tenant in one home, when another home is looked at, then it has neither."""
    other = home / "other"
    tenancy = Tenancy(home)
    tenancy.enter()
    with Membership(home).serving(stays=False) as served, Membership(other).serving(stays=False) as other_served:
        assert served
        assert other_served
        assert Membership(other).deserted()
        assert not Membership(home).deserted()
    tenancy.leave()


def test_ten_tenants_come_and_go(play: Play, home: Path) -> None:
    """Given ten tenants that come and go at random, then no two stacks serve at once, and none stays."""
    tenants = [play("crowd_tenant", "2") for _ in range(10)]
    assert [tenant.process.wait(120) for tenant in tenants] == [0] * 10
    assert not Tenancy(home).stack_lives()
    served = sorted(_times(home / "served"), key=lambda times: times[1])
    used = _times(home / "used")
    assert len(used) == 20
    assert all(earlier[2] <= later[1] for earlier, later in itertools.pairwise(served))
    # A tenant may see the stack's lock before the stack itself can look at the clock: it was there since it tried.
    assert all(any(tried <= begin and end <= until for tried, _, until in served) for begin, end in used)


def _times(path: Path) -> list[tuple[float, ...]]:
    return [tuple(map(float, line.split())) for line in path.read_text().splitlines()]
