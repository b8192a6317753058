"""How often a relay stores: events that come one by one are taken together, and the first never waits."""

from bot.flows.pace import RUNG_SECONDS, STORE_SECONDS, Pace
from bot.model.status import RunStatus

from .world import World, story


def test_events_that_come_one_by_one_are_stored_together(world: World) -> None:
    """Given events a moment apart, when a relay turns as often, then it rests before it stores again."""
    run = world.run("run ping on web")
    rests: list[float] = []
    relay = world.new_relay(pace=Pace(listen=rests.append))
    first, second, *_ = story(["web1"], run.id)
    world.turn(relay)
    for one in (first, second):
        world.stream.append([one])
        world.turn(relay, step=0.005)
    world.turn(relay, step=1.0)
    (rest,) = rests
    assert rest > STORE_SECONDS - 0.006
    assert world.ledger.cursor(run.id) == 2


def test_whoever_rings_is_heard_while_there_is_no_run(world: World) -> None:
    """Given a relay that rests, when a run is asked for, then it is looked for at once, not when it is time."""
    relay = world.new_relay(pace=Pace(listen=world.queue.bell.wait))
    world.turn(relay)
    relay.rest(1.0)
    run = world.run("run ping on web")
    relay.rest(1.0)
    world.turn(relay, step=RUNG_SECONDS)
    assert relay.busy
    world.work()
    world.turn(relay, times=3)
    assert world.ledger.get(run.id).status is RunStatus.SUCCESSFUL


def test_the_end_of_a_run_rings(world: World) -> None:
    """Given a run that a worker carries out, when it has ended, then a relay that rests is woken."""
    world.run("run ping on web")
    assert world.queue.bell.wait(0.01)
    world.work()
    assert world.queue.bell.wait(0.01)


def test_many_rings_are_one_look(world: World) -> None:
    """Given a relay with a run, when it is rung again and again, then it does not look each time."""
    heard: list[float] = []

    def ringing(seconds: float) -> bool:
        heard.append(seconds)
        return True

    run = world.run("run ping on web")
    relay = world.new_relay(pace=Pace(listen=ringing))
    world.turn(relay)
    world.stream.append(story(["web1"], run.id)[:2])
    world.turn(relay, times=4, step=0.001)
    world.turn(relay, step=1.0)
    assert len(heard) == 1


def test_what_was_told_before_the_end_is_stored(world: World) -> None:
    """Given a run that ended in the moment in which the relay is to end, when it finishes, then SQL has its end."""
    run = world.run("run ping on web")
    relay = world.new_relay()
    world.turn(relay)
    world.work()
    relay.finish(60)
    assert world.ledger.get(run.id).status is RunStatus.SUCCESSFUL
    assert not relay.busy
