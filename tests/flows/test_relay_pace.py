"""How often a relay stores: events that come one by one are taken together, and the first never waits."""

from bot.flows.relay import STORE_SECONDS

from .world import World, story


def test_events_that_come_one_by_one_are_stored_together(world: World) -> None:
    """Given events a moment apart, when a relay turns as often, then it rests before it stores again."""
    run = world.run("run ping on web")
    rests: list[float] = []
    relay = world.new_relay(pause=rests.append)
    first, second, *_ = story(["web1"], run.id)
    world.turn(relay)
    for one in (first, second):
        world.stream.append([one])
        world.turn(relay, step=0.005)
    world.turn(relay, step=1.0)
    assert rests[:2] == [0.0, 0.0]
    assert rests[2] > STORE_SECONDS - 0.006
    assert rests[3] == 0.0
    assert world.ledger.cursor(run.id) == 2
