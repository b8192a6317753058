"""What the mailbox in Redis does besides the contract: bounded, gone after a day, read as it comes."""

from threading import Timer

import pytest
import redis

from bot.chat import Mailbox, MailboxReader
from bot.chat.mailbox import KEPT_SECONDS, LETTERS_KEPT
from bot.errors import Unavailable
from bot.model.run import HostOutcome
from tests.chat.conftest import HERE
from tests.chat.make import card, ended, view
from tests.stream.redis_server import RedisServer, programs


def test_a_reader_sees_what_comes_after_it_was_made(client: redis.Redis) -> None:
    """Given letters of an earlier session, when a terminal opens, then it reads only new ones, each once."""
    box = Mailbox(client)
    box.say(HERE, "old", "1")
    reader = MailboxReader(client, HERE)
    assert reader.read(0) == []
    box.say(HERE, "new", "2")
    assert [letter.text for letter in reader.read(0)] == ["new"]
    assert reader.read(0) == []


def test_a_reader_wakes_up_for_a_letter(client: redis.Redis) -> None:
    """Given a reader that waits, when a letter comes a little later, then it returns with it."""
    reader = MailboxReader(client, HERE)
    sender = Timer(0.05, Mailbox(client).say, (HERE, "hello", "1"))
    sender.start()
    assert [letter.text for letter in reader.read(20_000)] == ["hello"]
    sender.join()


def test_a_long_wait_outlives_the_clients_own_timeout(server: RedisServer) -> None:
    """Given a client that gives up after 1.5 s, when a reader waits longer, then that is no error."""
    with server.client(socket_timeout=1.5) as impatient:
        assert MailboxReader(impatient, HERE).read(2_200) == []


def test_the_mailbox_is_bounded_and_ends(client: redis.Redis) -> None:
    """Given more letters than anybody reads, then the oldest go, and all that is stored goes after a day."""
    box = Mailbox(client)
    ref = box.post_card(HERE, card(), "run 12")
    for number in range(LETTERS_KEPT * 2):
        box.update_card(HERE, ref, card(view(counter=50 + number)))
    box.post_recap(HERE, card(ended()), "recap")
    assert int(client.xlen("signalbox:mailbox:terminal:anna")) < LETTERS_KEPT + 200
    names = list(client.scan_iter("*"))
    assert len(names) == 5
    assert all(0 < int(client.ttl(name)) <= KEPT_SECONDS for name in names)


def test_a_card_of_thousands_of_hosts_is_stored_once(client: redis.Redis) -> None:
    """Given 5,000 hosts and 20 updates, then memory holds about one card, not 20."""
    hosts = tuple(f"host{n:04}.example.org" for n in range(5_000))
    outcomes = tuple(HostOutcome(host=host, ok=3) for host in hosts)
    box = Mailbox(client)
    ref = box.post_card(HERE, card(view(outcomes=outcomes), hosts=hosts), "run 12")
    used = int(client.info("memory")["used_memory"])
    for number in range(20):
        box.update_card(HERE, ref, card(view(outcomes=outcomes, counter=50 + number), hosts=hosts))
    assert int(client.info("memory")["used_memory"]) - used < 1_500_000
    [letter] = MailboxReader(client, HERE, start="0").read(0)
    assert letter.card is not None
    assert len(letter.card.view.outcomes) == 5_000


def test_a_redis_that_is_gone_is_said_so() -> None:
    """Given a Redis that has stopped, when a card is posted or letters are read, then Unavailable says what to do."""
    server = RedisServer(next(iter(programs().values())))
    server.start()
    with server.client() as client:
        box, reader = Mailbox(client), MailboxReader(client, HERE)
        server.stop()
        for call in (
            lambda: box.say(HERE, "x", "1"),
            lambda: reader.read(0),
            lambda: box.update_card(HERE, "1", card()),
        ):
            with pytest.raises(Unavailable, match="doctor"):
                call()
    server.remove()
