"""When a card is shown again: news that come together once, and in a run in which nothing happens, now and then."""

from bot.chat import LetterKind
from bot.flows.track import BEAT_SECONDS, SETTLE_SECONDS, Track
from bot.model.event import STATUS, RunEvent
from bot.model.view import RunCard

from .world import World

BEGUN = 1_700_000_000.0


class Clock:
    """Seconds since the epoch."""

    def __init__(self) -> None:
        self.now = BEGUN

    def __call__(self) -> float:
        """Now."""
        return self.now


def under_way(world: World, clock: Clock) -> Track:
    """A run that has started, and whose long task tells nothing."""
    run = world.run("run ping on web")
    track = Track(run=run, chat=world.chat, ledger=world.ledger, clock=clock)
    track.fold([RunEvent(run_id=run.id, counter=1, kind=STATUS, at=BEGUN, data={"status": "running"})])
    return track


def card(world: World) -> RunCard:
    """The one card of the conversation."""
    (letter,) = world.letters(LetterKind.CARD)
    assert letter.card is not None
    return letter.card


def shown(world: World, track: Track, clock: Clock, seconds: int, runs: int = 1) -> list[int]:
    """After how many seconds without an event the card was shown, in so many seconds that go by one by one."""
    found = []
    for _ in range(seconds):
        track.show(clock.now, runs)
        if card(world).quiet not in found:
            found.append(card(world).quiet)
        clock.now += 1
    return found


def test_what_comes_together_is_shown_together(world: World) -> None:
    """Given a quiet run, when a task ends and the next one begins, then one card shows both, a moment later."""
    clock = Clock()
    track = under_way(world, clock)
    shown(world, track, clock, 5)
    for counter, task in ((2, "first"), (3, "second")):
        begins = RunEvent(run_id=1, counter=counter, kind="playbook_on_task_start", at=clock.now, task=task)
        track.fold([begins])
        track.show(clock.now)
        assert card(world).view.counter == 1
        clock.now += SETTLE_SECONDS * 0.6
    track.show(clock.now)
    assert card(world).view.task == "second"


def test_a_card_lives_while_nothing_happens(world: World) -> None:
    """Given a task that takes long, when seconds go by, then the card is shown again every ten of them."""
    clock = Clock()
    assert shown(world, under_way(world, clock), clock, 35) == [0, 1, 11, 21, 31]


def test_many_quiet_runs_share_the_rate(world: World) -> None:
    """Given fifty runs, when nothing happens in any, then each is shown so rarely that all are twenty a minute."""
    clock = Clock()
    assert shown(world, under_way(world, clock), clock, 320, runs=50) == [0, 1, 151, 301]


def test_a_card_that_another_relay_goes_on_with_lives_too(world: World) -> None:
    """Given a quiet run, when another relay takes it over, then its cards are newer than those of the first."""
    clock = Clock()
    shown(world, under_way(world, clock), clock, 35)
    world.ledger.add_events(1, [RunEvent(run_id=1, counter=1, kind=STATUS, at=BEGUN, data={"status": "running"})])
    other = Track(run=world.ledger.get(1), chat=world.chat, ledger=world.ledger, clock=clock)
    other.catch_up()
    assert shown(world, other, clock, 15) == [35, 45]


def test_a_run_that_waits_for_a_worker_has_no_clock(world: World) -> None:
    """Given a run that has not started, when time goes by, then its card stays as it is."""
    clock = Clock()
    track = Track(run=world.run("run ping on web"), chat=world.chat, ledger=world.ledger, clock=clock)
    assert shown(world, track, clock, int(BEAT_SECONDS) * 3) == [0]
