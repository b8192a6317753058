"""A relay as one sees it from outside: what is in the ledger and in the conversation after its turns."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAway

from bot.chat import LetterKind, MemoryChat
from bot.chat.terminal.plain import recap_lines
from bot.errors import Unavailable
from bot.flows.relay import Relay, settle
from bot.model.event import ENDED, STATUS, RunEvent
from bot.model.people import Conversation
from bot.model.run import HostOutcome
from bot.model.status import RunStatus, may_follow
from bot.model.view import RunCard
from bot.progress import Progress
from bot.queue import MemoryQueue
from bot.queue.interface import GIVEN_BACK

from .world import World, event, story

GRANTED = "roles: {all: {members: ['*'], may: [{runbooks: ['*'], environments: ['*']}]}}\n"

WEB = ("web1", "web2", "web3")


def claimed(world: World, text: str = "run ping on web") -> int:
    """A run that a worker has just taken."""
    run = world.run(text)
    world.queue.take()
    world.queue.claim(run.id)
    return run.id


def statuses(world: World, run_id: int = 1) -> list[str]:
    """Every status that the run had."""
    return [change.then.value for change in world.ledger.statuses(run_id)]


def legal(world: World) -> bool:
    """Whether each status of the run may follow the one before it."""
    changes = [change.then for change in world.ledger.statuses(1)]
    return all(may_follow(now, then) for now, then in pairwise(changes))


def card(world: World) -> RunCard:
    """The one card of the conversation."""
    (letter,) = world.letters(LetterKind.CARD)
    assert letter.card is not None
    return letter.card


def test_a_run_comes_to_its_recap(world: World) -> None:
    """Given a run that a worker carries out, when a relay looks after it, then all is stored, shown and let go."""
    world.run("run ping on web")
    world.finish()
    run = world.ledger.get(1)
    assert statuses(world) == ["queued", "starting", "running", "successful"]
    assert run.cursor == world.stream.last_counter(1)
    assert [event.kind for event in world.ledger.events(1)] == [STATUS, STATUS, ENDED]
    (recap,) = world.letters(LetterKind.RECAP)
    assert recap.card == card(world)
    assert recap.card is not None
    assert recap.card.view.drained
    assert world.audit() == [("ping", "accepted", ""), ("ping", "started", ""), ("ping", "successful", "successful")]
    assert world.ledger.unsettled() == []


def test_a_waiting_run_has_a_card_at_once(world: World) -> None:
    """Given a queued run that nobody takes, when a relay finds it, then its card stands there as queued."""
    world.run("run ping on web")
    relay = world.new_relay()
    world.turn(relay)
    assert card(world).view.status is RunStatus.QUEUED
    assert card(world).hosts == WEB
    world.turn(relay, times=50)
    assert world.ledger.get(1).status is RunStatus.QUEUED
    assert relay.busy


def test_a_relay_at_rest_asks_little_and_sees_a_run_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given no runs and nothing stored, then a relay seldom asks; when a run is stored, then it has it in one turn."""
    asked, news = [], [True]
    monkeypatch.setattr(world.ledger, "unsettled", lambda: asked.append(world.now) or [1] * len(world.ledger.find()))
    relay = world.new_relay(changed=lambda: news.pop() if news else False)
    world.turn(relay, times=100, step=0.1)
    assert len(asked) <= 12
    world.run("run ping on web")
    news.append(True)
    world.turn(relay, times=3, step=0.1)
    assert world.letters(LetterKind.CARD)


def test_hosts_come_out_in_the_ledger(world: World) -> None:
    """Given a run with results on each host, when it has ended, then the ledger has their counts, by planned host."""
    claimed(world)
    world.stream.append(story(WEB[:2]))
    world.turn(world.new_relay())
    assert world.ledger.outcomes(1) == [
        HostOutcome(host="web1", ok=1),
        HostOutcome(host="web2", ok=1),
        HostOutcome(host="web3"),
    ]


class WatchedChat(MemoryChat):
    """A chat that notes what comes when."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self.calls: list[tuple[str, float, int]] = []

    def post_card(self, conversation: Conversation, card: RunCard, key: str) -> str:
        """Note a new card."""
        self.calls.append(("card", self._world.now, card.view.counter))
        return super().post_card(conversation, card, key)

    def update_card(self, conversation: Conversation, ref: str, card: RunCard) -> None:
        """Note a card that changed."""
        self.calls.append(("update", self._world.now, card.view.counter))
        super().update_card(conversation, ref, card)

    def post_recap(self, conversation: Conversation, card: RunCard, key: str) -> None:
        """Note a recap."""
        self.calls.append(("recap", self._world.now, card.view.counter))
        super().post_recap(conversation, card, key)


def test_a_card_changes_at_most_once_a_second_and_only_when_something_happened(world: World) -> None:
    """Given events all the time, then a short silence, when a relay shows them, then the pace holds."""
    chat = WatchedChat(world)
    claimed(world)
    relay = world.new_relay(chat=chat)
    events = story(WEB)
    with world.queue.living(1):
        for one in events[:-1]:
            world.stream.append([one])
            world.turn(relay, times=2, step=0.1)
        world.turn(relay, times=30, step=0.1)
        quiet = len(chat.calls)
        world.turn(relay, times=50, step=0.1)
        assert len(chat.calls) == quiet
        world.stream.append(events[-1:])
    world.turn(relay, step=0.1)
    shown = [(what, at) for what, at, _ in chat.calls if what != "recap"]
    assert [what for what, _ in shown] == ["card"] + ["update"] * (len(shown) - 1)
    gaps = [later - sooner for (_, sooner), (_, later) in pairwise(shown[:-1])]
    assert min(gaps) >= 1.0 - 1e-6
    assert len(gaps) >= 2
    assert [what for what, _, _ in chat.calls[-2:]] == ["update", "recap"]
    assert chat.calls[-1][2] == len(events)


def test_what_is_shown_is_in_the_ledger_already(world: World) -> None:
    """Given events on their way, when a card is shown, then the ledger has every event that it tells of."""
    world_chat = WatchedChat(world)

    class Checking(WatchedChat):
        """A chat that compares."""

        def update_card(self, conversation: Conversation, ref: str, card: RunCard) -> None:
            assert world.ledger.cursor(1) >= card.view.counter
            world_chat.update_card(conversation, ref, card)

    claimed(world)
    relay = world.new_relay(chat=Checking(world))
    with world.queue.living(1):
        for one in story(WEB):
            world.stream.append([one])
            world.turn(relay, step=1.1)
    assert len(world_chat.calls) > 3


def test_five_thousand_hosts_are_looked_at_once_a_second(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given 5,000 hosts and an event for each, when they come in many turns, then a view is made once a second only."""
    made: list[float] = []
    view = Progress.view

    def counted(self: Progress) -> Any:
        made.append(world.now)
        return view(self)

    monkeypatch.setattr(Progress, "view", counted)
    names = [f"n{number}" for number in range(5_000)]
    world.write("inventories/lab/hosts.yml", "all:\n  hosts:\n" + "".join(f"    {name}: {{}}\n" for name in names))
    claimed(world, "run ping")
    relay = world.new_relay()
    events = story(names)
    with world.queue.living(1):
        for start in range(0, len(events) - 1, 500):
            world.stream.append(events[start : min(start + 500, len(events) - 1)])
            world.turn(relay, step=0.25)
        world.stream.append(events[-1:])
        world.turn(relay, times=3, step=0.1)
    seconds = len(events) / 500 * 0.25
    assert len(made) <= seconds + 3
    assert world.ledger.get(1).status is RunStatus.SUCCESSFUL
    assert len(world.ledger.outcomes(1)) == 5_000


def test_a_dead_worker_makes_a_lost_run(world: World) -> None:
    """Given a run whose worker gives no sign of life, when two seconds are over, then it is lost, busy hosts named."""
    claimed(world)
    world.stream.append(story(WEB)[:6])  # web1 is through, web2 has not begun
    world.stream.append([event("runner_on_start", 7, play="all", task="Ping", host="web2")])
    relay = world.new_relay()
    world.turn(relay, times=6)
    assert world.ledger.get(1).status is RunStatus.RUNNING
    world.turn(relay, times=10)
    run = world.ledger.get(1)
    assert run.status is RunStatus.LOST
    assert run.reason == "Its worker died; what had been started may be half done."
    (recap,) = world.letters(LetterKind.RECAP)
    assert recap.card is not None
    assert "web2" in recap.card.view.busy_hosts
    assert world.queue.cancel_asked(1)
    assert world.queue.envelope(1) is None


def test_a_run_that_no_worker_listens_for_says_so(world: World) -> None:
    """Given a run in a queue without workers, when it has waited a while, then its card says so until one comes."""
    world.write("signalbox.yml", GRANTED + "environments: {lab: {queue: dc1}}\n")
    world.run("run ping in lab")
    world.queue.listening = {"default": 1}
    late = datetime.now(UTC) + timedelta(seconds=6)
    relay = world.new_relay(clock=lambda: late)

    def waits() -> str:
        world.turn(relay, times=10)
        card = world.letters(LetterKind.CARD)[-1].card
        assert card is not None
        return card.waits

    assert waits() == "a worker: none listens to the queue dc1"
    world.queue.listening["dc1"] = 1
    assert waits() == ""


def test_a_stream_is_trimmed_after_its_events_are_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a run of many events, when a relay has stored them, then the stream holds a tail, and SQL all of them."""
    monkeypatch.setattr("bot.flows.relay.TAIL_EVENTS", 3)
    claimed(world)
    relay = world.new_relay()
    with world.queue.living(1):
        for counter in range(1, 9):
            world.stream.append([event("runner_on_ok", counter, host="web1")])
            world.turn(relay)
    assert [each.counter for each in world.stream.read(1, 0)] == [4, 5, 6, 7, 8]
    assert [each.counter for each in world.ledger.events(1)] == list(range(1, 9))


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0], ids=["back", "ahead"])
def test_a_clock_that_jumps_changes_no_outcome(world: World, jump: float) -> None:
    """Given a worker whose clock is set by a day during a run, when it ends, then all is stored."""
    claimed(world)
    events = [replace(each, at=each.at + jump * (each.counter > 4)) for each in story(["web1", "web2"])]
    relay = world.new_relay()
    with world.queue.living(1):
        world.stream.append(events[:6])
        world.turn(relay, times=5)
        world.stream.append(events[6:])
    world.turn(relay, times=5)
    run = world.ledger.get(1)
    assert run.status is RunStatus.SUCCESSFUL
    assert world.ledger.events(1) == events
    (recap,) = world.letters(LetterKind.RECAP)
    assert recap.card is not None
    assert [each.host for each in recap.card.view.outcomes if each.ok] == ["web1", "web2"]
    assert not [line for line in recap_lines(recap.card) if " -" in line]


def test_those_who_wait_are_looked_after_in_turn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given more waiting runs than a turn looks after, when turns go by, then each is, and who has begun always is."""
    monkeypatch.setattr("bot.flows.relay.MOST_DUE", 2)
    asked: list[int] = []

    class Asked(MemoryQueue):
        def alive(self, run_id: int) -> bool:
            asked.append(run_id)
            return super().alive(run_id)

    world.queue = Asked()
    world.converse = world._converse()
    runs = [world.run("run ping in lab").id for _ in range(6)]
    world.queue.claim(1)
    world.stream.append(story(["web1"])[:2])
    relay = world.new_relay()
    with world.queue.living(1):
        world.turn(relay)
        asked.clear()
        world.turn(relay, times=3)
    assert asked.count(1) == 3
    assert sorted(set(asked)) == runs
    assert len(asked) == 3 + 3 * 2


def test_little_is_left_in_redis_after_the_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a run that has ended, when a relay is done with it, then its last events stay for a while, SQL has all."""
    monkeypatch.setattr("bot.flows.relay.LAST_EVENTS", 2)
    world.run("run ping in lab")
    world.finish()
    events = world.ledger.events(1)
    assert events[-1].kind == ENDED
    assert len(events) > 2
    assert world.stream.read(1, 0) == events[-2:]


def test_a_worker_that_lives_is_left_alone(world: World) -> None:
    """Given a worker that is silent for an hour and alive, when a relay looks, then the run goes on."""
    claimed(world)
    relay = world.new_relay()
    with world.queue.living(1):
        world.turn(relay, times=1000, step=3.6)
        assert world.ledger.get(1).status is RunStatus.QUEUED


def test_signs_of_life_begin_the_patience_anew(world: World) -> None:
    """Given a worker whose signs of life come and go, when no gap is longer than two seconds, then it is not lost."""
    claimed(world)
    relay = world.new_relay()
    for _ in range(5):
        world.turn(relay, times=6)
        with world.queue.living(1):
            world.turn(relay)
    assert world.queue.claimed(1)
    world.turn(relay, times=10)
    assert not world.queue.claimed(1)


def test_a_run_whose_worker_died_before_it_started_runs_once(world: World) -> None:
    """Given a worker that claimed a run and died, when a relay looks, then another one carries it out, once."""
    claimed(world)
    relay = world.new_relay()
    world.turn(relay, times=10)
    assert (world.queue.claimed(1), world.queue.depth()) == (False, 1)
    world.work()
    world.turn(relay, times=10)
    assert world.ledger.get(1).status is RunStatus.SUCCESSFUL
    assert len(world.engine.carried_out) == 1


def test_a_run_that_kills_its_workers_is_lost_in_the_end(world: World) -> None:
    """Given a run over which every worker dies before it starts, when that was so four times, then it is lost."""
    world.run("run ping")
    relay = world.new_relay()
    for _ in range(GIVEN_BACK + 1):
        world.turn(relay, times=10)
        assert world.queue.take() == 1
        assert world.queue.claim(1)
    world.turn(relay, times=10)
    assert world.queue.depth() == 0
    assert world.ledger.get(1).status is RunStatus.LOST


def test_a_run_whose_asker_died_before_it_was_queued_runs_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a run that is stored and held, when whoever asked died over it, then a relay queues it, as accepted."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(world.queue, "line_up", die)
        with pytest.raises(KeyboardInterrupt):
            world.say("run ping on web")
    assert (world.queue.depth(), len(world.ledger.find())) == (0, 1)
    relay = world.new_relay()
    world.turn(relay, times=20)
    assert world.queue.depth() == 1
    world.work()
    world.turn(relay, times=10)
    assert world.ledger.get(1).status is RunStatus.SUCCESSFUL
    assert len(world.engine.carried_out) == 1
    assert [status for _, status, _ in world.audit()].count("accepted") == 1


def test_a_run_that_cannot_be_held_is_not_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a Redis that is away, when a run is asked for, then it is refused, and there is none."""

    def away(*_: object) -> None:
        raise Unavailable("Redis does not answer.", "Start it.")

    monkeypatch.setattr(world.queue, "hold", away)
    with pytest.raises(Unavailable):
        world.say("run ping on web")
    assert world.ledger.find() == []


def test_a_run_that_fell_out_of_the_queue_is_queued_again(world: World) -> None:
    """Given a run whose job was lost, when some seconds are over, then it waits again, and is carried out once."""
    world.run("run ping")
    world.queue.take()
    relay = world.new_relay()
    world.turn(relay, times=12)
    assert world.queue.depth() == 0
    world.turn(relay, times=6)
    assert world.queue.depth() == 1
    world.work()
    world.turn(relay)
    assert world.ledger.get(1).status is RunStatus.SUCCESSFUL
    assert len(world.engine.carried_out) == 1


def test_a_run_without_an_envelope_ends_as_an_error(world: World) -> None:
    """Given a run that was never queued, when some seconds are over, then it ends, and the reason says what to do."""
    world.run("run ping")
    world.queue.take()
    world.queue._envelopes.clear()
    world.turn(world.new_relay(), times=18)
    run = world.ledger.get(1)
    assert (run.status, run.reason) == (RunStatus.ERROR, "It was never queued. Ask again: `rerun 1`.")


@pytest.mark.parametrize("place", [1, 2, 3, 5, 8])
def test_a_damaged_entry_is_passed_over(world: World, place: int) -> None:
    """Given one damaged entry anywhere but at the end, when a relay reads, then all others are there; the run ends."""
    claimed(world)
    events = story(WEB)
    for one in events:
        if one.counter == place:
            world.stream.put(1, place, b"{")
        else:
            world.stream.append([one])
    relay = world.new_relay()
    world.turn(relay, times=3)
    assert [one.counter for one in world.ledger.events(1)] == [one.counter for one in events if one.counter != place]
    assert legal(world)
    assert world.ledger.get(1).status is RunStatus.SUCCESSFUL
    assert not relay.busy
    assert world.ledger.unsettled() == []
    assert len(world.letters(LetterKind.RECAP)) == 1


def test_damage_is_passed_over_again_after_a_restart(world: World) -> None:
    """Given a damaged entry that one relay has passed, when another one takes over, then it passes it too."""
    claimed(world)
    events = story(WEB)
    world.stream.append(events[:2])
    world.stream.put(1, 3, b"\xff")
    first = world.new_relay()
    with world.queue.living(1):
        world.turn(first, times=3)
        first.give_back()
        second = world.new_relay()
        world.turn(second, times=3)
        world.stream.append(events[3:])
        world.turn(second, times=3)
    assert world.ledger.get(1).status is RunStatus.SUCCESSFUL


def test_a_damaged_end_is_made_up_for(world: World) -> None:
    """Given a damaged last entry, when its worker has gone, then the run is closed all the same."""
    claimed(world)
    events = story(WEB)
    world.stream.append(events[:-1])
    world.stream.put(1, len(events), b"null")
    world.turn(world.new_relay(), times=20)
    assert world.ledger.get(1).status is RunStatus.LOST
    assert len(world.letters(LetterKind.RECAP)) == 1


@pytest.mark.parametrize(
    "data",
    [{}, {"status": "unheard-of"}, {"status": "successful"}, {"status": None}, {"status": ["running"]}],
    ids=str,
)
def test_a_status_that_can_not_be_is_no_status(world: World, data: dict[str, Any]) -> None:
    """Given an event with a status that nobody knows, or that only an end has, when it is read, then it is none."""
    claimed(world)
    relay = world.new_relay()
    with world.queue.living(1):
        world.stream.append([event(STATUS, 1, data=data)])
        world.turn(relay, times=3)
        assert statuses(world) == ["queued"]
        world.stream.append([event(STATUS, 2, data={"status": "starting"})])
        world.turn(relay)
        assert statuses(world) == ["queued", "starting"]


@pytest.mark.parametrize("word", ["running", "queued", "expired", "nonsense", ""])
def test_an_end_that_is_none_ends_the_run_as_an_error(world: World, word: str) -> None:
    """Given an end with a status that no run may end with, when it is read, then the run is over, and let go."""
    claimed(world)
    data = {"status": word, "reason": "odd", "final_counter": 1}
    world.stream.append([event(ENDED, 1, data=data)])
    relay = world.new_relay()
    world.turn(relay, times=10)
    assert world.ledger.get(1).status is RunStatus.ERROR
    assert not relay.busy
    assert len(world.letters(LetterKind.RECAP)) == 1


def test_an_end_without_what_it_says_is_an_end(world: World) -> None:
    """Given an end with no data at all, when it is read, then the run is over as an error."""
    claimed(world)
    world.stream.append([event(ENDED, 1)])
    world.turn(world.new_relay(), times=3)
    assert world.ledger.get(1).status is RunStatus.ERROR


@pytest.mark.parametrize("story_of", [lambda events: events[2:], lambda events: [events[0], *events[2:]]])
def test_missing_steps_are_made_up_for(world: World, story_of: Callable[[list[RunEvent]], list[RunEvent]]) -> None:
    """Given a stream whose status events never came, when the run ends, then its statuses are still legal ones."""
    claimed(world)
    world.stream.append(story_of(story(WEB)))
    relay = world.new_relay()
    world.turn(relay, times=3)
    assert legal(world)
    assert statuses(world)[-1] == "successful"
    assert not relay.busy


def test_a_run_belongs_to_one_relay_at_a_time(world: World) -> None:
    """Given two relays, when one has a run, then the other leaves it alone until the lease runs out."""
    claimed(world)
    first, second = world.new_relay(), world.new_relay()
    with world.queue.living(1):
        world.turn(first)
        world.turn(second)
        assert (first.busy, second.busy) == (True, False)
        world.now += 5.0
        world.turn(second)
        assert not second.busy
        world.turn(second, times=5)
        assert second.busy
        world.stream.append(story(WEB))
        world.turn(second)
    world.turn(first, times=2)
    assert not first.busy
    assert len(world.letters(LetterKind.RECAP)) == 1


def test_a_relay_gives_its_runs_back(world: World) -> None:
    """Given a relay that ends, when it gives back what it holds, then another one goes on at once."""
    claimed(world)
    first, second = world.new_relay(), world.new_relay()
    with world.queue.living(1):
        world.turn(first)
        first.give_back()
        assert not first.busy
        world.turn(second)
        assert second.busy
    assert world.held


@pytest.mark.parametrize("error", [Unavailable("Redis does not answer."), RedisAway("gone")], ids=["ours", "redis"])
def test_a_relay_survives_stores_that_are_away(world: World, error: Exception) -> None:
    """Given Redis or SQL that is away for a while, when a relay turns, then it says so, and goes on afterwards."""

    class Away:
        """Leases that do not answer."""

        def take(self, name: str) -> bool:
            del name
            raise error

        def release(self, name: str) -> None:
            raise RedisAway(name)

    world.run("run ping")
    world.work()
    relay = world.new_relay()
    leases, relay.leases = relay.leases, Away()
    assert not settle(relay, world.now)
    relay.give_back()
    relay.leases = leases
    world.now += 1
    assert settle(relay, world.now)
    assert world.ledger.get(1).status is RunStatus.SUCCESSFUL


def test_many_runs_are_looked_after_together(world: World) -> None:
    """Given thirty runs at once, when workers carry them out, then one relay brings each to its one recap."""
    for _ in range(30):
        world.run("run ping")
    relay = world.new_relay()
    world.turn(relay)
    world.work()
    world.turn(relay, times=2)
    assert {run.status for run in world.ledger.find(last=100)} == {RunStatus.SUCCESSFUL}
    recaps = [letter.card.run_id for letter in world.letters(LetterKind.RECAP) if letter.card]
    assert sorted(recaps) == list(range(1, 31))
    assert not relay.busy


def test_a_relay_asks_the_queue_four_times_a_second_at_most(world: World) -> None:
    """Given a stream that is never silent, when a relay turns a hundred times a second, then Redis is spared."""
    asked: list[float] = []

    class Counting(type(world.queue)):  # type: ignore[misc]
        """A queue that notes when it is asked for signs of life."""

        def alive(self, run_id: int) -> bool:
            del run_id
            asked.append(world.now)
            return True

    claimed(world)
    world.turn(world.new_relay(queue=Counting()), times=1000, step=0.01)
    assert 30 <= len(asked) <= 41


def test_a_recap_that_nobody_could_post_comes_later(world: World) -> None:
    """Given a chat that is away when a run ends, when it is back, then the recap comes, once, and all else is done."""

    class Silent(MemoryChat):
        """A chat that does not answer for a while."""

        away = True

        def post_recap(self, conversation: Conversation, card: RunCard, key: str) -> None:
            if self.away:
                raise Unavailable("The chat does not answer.")
            super().post_recap(conversation, card, key)

    chat = world.chat = Silent()
    world.run("run ping")
    world.work()
    relay: Relay = world.new_relay()
    for _ in range(3):
        world.now += 0.3
        assert not settle(relay, world.now)
    assert world.ledger.get(1).status is RunStatus.SUCCESSFUL
    assert world.queue.envelope(1) is None
    chat.away = False
    world.turn(relay, times=3)
    assert len(world.letters(LetterKind.RECAP)) == 1
    assert [status for _, status, _ in world.audit()] == ["accepted", "started", "successful"]
