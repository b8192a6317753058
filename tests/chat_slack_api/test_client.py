"""What the client makes of everything that can happen to a call."""

import json
import threading
import time
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from bot.chat.slack.client import FORM_ONLY, SlackClient, retry_after
from bot.chat.slack.refusals import UNTOLD_SECONDS
from bot.chat.slack.trouble import (
    ContentRefused,
    FilesRefused,
    Gone,
    MessageMissing,
    NotSent,
    PlaceRefused,
    RateLimited,
    SlackRefused,
    SlackTrouble,
    UnknownOutcome,
)
from bot.errors import Misconfigured, Refused, Unavailable

from . import faulty
from .faulty import Behavior, Faulty, answer, json_answer

METHODS = Path(__file__).parents[1] / "fake_slack" / "methods"
TOKEN = "xoxb-9876-never-to-be-seen"
HTML = b"<html><body>An upstream page that quotes " + TOKEN.encode() + b"</body></html>"


def trouble_of(behavior: Behavior, method: str = "chat.postMessage") -> tuple[SlackTrouble, Faulty]:
    """What a call raises at a server that behaves so."""
    with Faulty(behavior) as server, pytest.raises(SlackTrouble) as raised:
        SlackClient(TOKEN, base_url=server.url, timeout=3).call(method, {"channel": "C1", "text": "secret words"})
    return raised.value, server


def body_of(request: bytes) -> bytes:
    """The body of a request."""
    return request.partition(b"\r\n\r\n")[2]


def test_a_good_answer_comes_back_whole() -> None:
    """Given an answer that is ok, when a call is made, then it is returned as Slack gave it."""
    with Faulty(json_answer('{"ok": true, "ts": "1.2", "message": {"text": "hé"}}')) as server:
        said = SlackClient(TOKEN, base_url=server.url).call("chat.postMessage", {"channel": "C1", "text": "hé"})
    assert said == {"ok": True, "ts": "1.2", "message": {"text": "hé"}}


def test_the_token_travels_in_the_header_and_arguments_as_json() -> None:
    """Given nested arguments, when a call is made, then JSON without absent values is sent, the token beside it."""
    with Faulty(json_answer('{"ok": true}')) as server:
        arguments = {"channel": "C1", "blocks": [{"type": "divider"}], "thread_ts": None}
        SlackClient(TOKEN, base_url=server.url).call("chat.postMessage", arguments)
    request = server.requests[0]
    assert request.startswith(b"POST /api/chat.postMessage ")
    assert f"Authorization: Bearer {TOKEN}".encode() in request
    assert json.loads(body_of(request)) == {"channel": "C1", "blocks": [{"type": "divider"}]}


def test_methods_that_read_no_json_get_a_form() -> None:
    """Given a method without JSON, when it is called, then its arguments are a form, booleans as 1 and 0."""
    with Faulty(json_answer('{"ok": true, "messages": []}')) as server:
        asked = {"channel": "C1", "ts": "1.2", "include_all_metadata": True, "limit": 200}
        SlackClient(TOKEN, base_url=server.url).call("conversations.replies", asked)
    form = parse_qs(body_of(server.requests[0]).decode())
    assert form == {"channel": ["C1"], "ts": ["1.2"], "include_all_metadata": ["1"], "limit": ["200"]}


def test_every_method_that_reads_no_json_is_known() -> None:
    """Given Slack's own specs, when the methods without JSON are gathered, then they are those that get a form."""
    specs = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in METHODS.glob("*.json")}
    without = {name for name, spec in specs.items() if not spec.get("json_input_supported")}
    assert without - {"openid.connect.token", "openid.connect.userInfo"} == FORM_ONLY


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7.0), ("1.5", 1.5), ("0", UNTOLD_SECONDS), ("soon", UNTOLD_SECONDS), ("inf", UNTOLD_SECONDS)],
)
def test_a_429_says_for_how_long(said: str, seconds: float) -> None:
    """Given 429 with any Retry-After, when a call is made, then RateLimited tells the seconds."""
    body = '{"ok": false, "error": "ratelimited"}'
    error, server = trouble_of(json_answer(body, f"Retry-After: {said}", status="429 Too Many Requests"))
    assert isinstance(error, RateLimited)
    assert error.seconds == seconds
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"", HTML, b"\xff\xfe\x00", b'{"ok": false'])
def test_a_429_counts_whatever_its_body_is(body: bytes) -> None:
    """Given 429 with a body that nobody can read, when a call is made, then its Retry-After is honored all the same."""
    error, _ = trouble_of(answer("429 Too Many Requests", body, "retry-after: 3"))
    assert isinstance(error, RateLimited)
    assert error.seconds == 3


@pytest.mark.parametrize("code", ["ratelimited", "rate_limited"])
def test_a_200_may_say_too_fast_as_well(code: str) -> None:
    """Given 200 with ratelimited, when a call is made, then it is RateLimited, for as long as said or a default."""
    error, _ = trouble_of(json_answer(json.dumps({"ok": False, "error": code})))
    told, _ = trouble_of(json_answer(json.dumps({"ok": False, "error": code}), "Retry-After: 4"))
    assert isinstance(error, RateLimited)
    assert isinstance(told, RateLimited)
    assert (error.seconds, told.seconds) == (UNTOLD_SECONDS, 4)


def test_retry_after_may_be_a_date() -> None:
    """Given a date as Retry-After, when it is read, then the seconds until then leave."""
    assert 50 < retry_after({"Retry-After": formatdate(time.time() + 60, usegmt=True)}) < 70


@pytest.mark.parametrize(
    "behavior",
    [
        faulty.drop_after_reading,
        faulty.drop_in_the_answer,
        faulty.never_answer,
        answer("500 Internal Server Error", b'{"ok": false, "error": "internal_error"}'),
        answer("503 Service Unavailable", HTML),
        answer("502 Bad Gateway", b"\xff\xfe"),
        answer("503 Service Unavailable", b'{"ok": false, "error": "not_in_channel"}'),
        answer("408 Request Timeout", b""),
        answer("200 OK", HTML, "Content-Type: text/html"),
        answer("200 OK", b""),
        answer("200 OK", b"\xff\xfe\x00"),
        json_answer("[1, 2]"),
        json_answer("null"),
        json_answer("{}"),
        json_answer('{"ok": false}'),
        json_answer('{"ok": false, "error": {"nested": 1}}'),
        json_answer('{"ok": true'),
        json_answer("[" * 100_000),
        json_answer('{"ok": false, "error": "internal_error"}'),
        json_answer('{"ok": false, "error": "fatal_error"}'),
        json_answer('{"ok": false, "error": "request_timeout"}'),
        json_answer('{"ok": false, "error": "service_unavailable"}'),
    ],
)
def test_when_nobody_knows_it_is_an_unknown_outcome(behavior: Behavior) -> None:
    """Given an answer that does not tell whether it was done, when a call is made, then that is said, after one try."""
    error, server = trouble_of(behavior)
    assert isinstance(error, UnknownOutcome)
    assert isinstance(error, Unavailable)
    assert len(server.requests) == 1


def test_a_connection_that_is_closed_at_once_is_no_answer() -> None:
    """Given a server that reads nothing, then NotSent where it closed as we sent, UnknownOutcome where later."""
    error, server = trouble_of(faulty.drop_before_reading)
    assert isinstance(error, NotSent | UnknownOutcome)
    assert len(server.requests) <= 1


def test_nobody_there_means_nothing_happened() -> None:
    """Given a port on which nobody listens, when a call is made, then NotSent: it may be made again at once."""
    client = SlackClient(TOKEN, base_url=f"http://127.0.0.1:{faulty.closed_port()}/api/")
    with pytest.raises(NotSent, match="not reached"):
        client.call("chat.postMessage", {"channel": "C1", "text": "hello"})
    with pytest.raises(NotSent):
        client.send_file(f"http://127.0.0.1:{faulty.closed_port()}/x", b"log")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("not_in_channel", PlaceRefused),
        ("channel_not_found", PlaceRefused),
        ("is_archived", PlaceRefused),
        ("restricted_action_read_only_channel", PlaceRefused),
        ("invalid_blocks", ContentRefused),
        ("msg_too_long", ContentRefused),
        ("msg_blocks_too_long", ContentRefused),
        ("message_not_found", MessageMissing),
        ("file_uploads_disabled", FilesRefused),
        ("storage_limit_reached", FilesRefused),
        ("token_revoked", Gone),
        ("account_inactive", Gone),
        ("invalid_auth", Gone),
        ("missing_scope", SlackRefused),
        ("plan_upgrade_required", SlackRefused),
        ("something_new_of_tomorrow", SlackRefused),
    ],
)
def test_each_refusal_has_its_kind_and_says_what_to_do(code: str, kind: type[SlackTrouble]) -> None:
    """Given an error of Slack's, when a call is made, then it is of its kind, and has a sentence and a remedy."""
    error, _ = trouble_of(json_answer(json.dumps({"ok": False, "error": code})))
    assert type(error) is kind
    assert (error.code, error.method) == (code, "chat.postMessage")
    assert error.what.endswith(".")
    assert error.remedy.endswith(".")
    assert isinstance(error, Misconfigured if kind is Gone else Refused)


def test_what_slack_says_about_blocks_is_kept_for_the_log() -> None:
    """Given invalid_blocks with messages, when a call is made, then they are details, one clean line each."""
    messages = ["[ERROR] no more than 50 items allowed\x1b[31m\n[json-pointer:/blocks]"]
    said = {"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": messages}}
    error, _ = trouble_of(json_answer(json.dumps(said)))
    assert error.details == ("[ERROR] no more than 50 items allowed [json-pointer:/blocks]",)
    assert "json-pointer" not in str(error)


def test_a_missing_permission_is_named() -> None:
    """Given missing_scope, when a call is made, then the sentence names the scope, and only if it looks like one."""
    named, _ = trouble_of(json_answer('{"ok": false, "error": "missing_scope", "needed": "usergroups:read"}'))
    strange, _ = trouble_of(json_answer('{"ok": false, "error": "missing_scope", "needed": "<!channel>"}'))
    assert "usergroups:read" in named.what
    assert "<" not in str(strange)


def test_a_4xx_without_a_word_of_slack_is_a_refusal() -> None:
    """Given 413 from a proxy, when a call is made, then it is refused: the same call would get the same answer."""
    error, _ = trouble_of(answer("413 Content Too Large", HTML))
    assert isinstance(error, SlackRefused)
    assert error.code == "http_413"


@pytest.mark.parametrize(
    "behavior",
    [
        answer("503 Service Unavailable", HTML),
        json_answer('{"ok": false, "error": "brand_new"}'),
        answer("200 OK", HTML),
    ],
)
def test_errors_never_hold_token_or_message(behavior: Behavior, caplog: pytest.LogCaptureFixture) -> None:
    """Given any trouble, when it is printed or logged, then neither the token nor the message is in it."""
    with caplog.at_level(0):
        error, _ = trouble_of(behavior)
    for text in (str(error), repr(error), repr(vars(error)), caplog.text):
        assert TOKEN not in text
        assert "secret words" not in text


def test_logging_at_debug_shows_no_message(caplog: pytest.LogCaptureFixture) -> None:
    """Given logging at its loudest, when a call succeeds, then slack_sdk has logged nothing of it."""
    with caplog.at_level(0), Faulty(json_answer('{"ok": true}')) as server:
        SlackClient(TOKEN, base_url=server.url).call("chat.postMessage", {"channel": "C1", "text": "secret words"})
    assert "secret words" not in caplog.text


def test_the_token_follows_no_redirect() -> None:
    """Given an answer that sends calls elsewhere, when a call or a file is made, then nobody hears of it there."""
    with Faulty(json_answer('{"ok": true}')) as elsewhere:
        there = elsewhere.url.replace("127.0.0.1", "localhost")
        for status in ("301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"):
            error, _ = trouble_of(answer(status, b"", f"Location: {there}chat.postMessage"))
            assert isinstance(error, UnknownOutcome)
            with Faulty(answer(status, b"", f"Location: {there}")) as server, pytest.raises(UnknownOutcome):
                SlackClient(TOKEN).send_file(server.url, b"log")
        assert elsewhere.requests == []


def test_many_threads_share_one_client() -> None:
    """Given eight threads, when they call at once, then each gets its own answer."""
    answers: list[str] = []
    with Faulty(json_answer('{"ok": true, "ts": "1.2"}')) as server:
        client = SlackClient(TOKEN, base_url=server.url)
        threads = [
            threading.Thread(target=lambda: answers.append(client.call("chat.update", {"ts": "1.2"})["ts"]))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == ["1.2"] * 8


def test_what_cannot_be_sent_is_no_trouble_with_slack() -> None:
    """Given arguments that are not plain, when a call is made, then it is our mistake, not an unknown outcome."""
    with pytest.raises(TypeError):
        SlackClient(TOKEN).call("chat.postMessage", {"channel": "C1", "blocks": [object()]})


@pytest.mark.parametrize("url", ["", "slack.com/api", "file:///etc/passwd", "ftp://127.0.0.1/", "http://[broken"])
def test_a_base_url_must_be_a_web_address(url: str) -> None:
    """Given an address that is none, when a client is made, then it is Misconfigured."""
    with pytest.raises(Misconfigured, match="SLACK_API_URL"):
        SlackClient(TOKEN, base_url=url)


def test_a_file_travels_as_its_bytes_without_the_token() -> None:
    """Given bytes and an address, when they are sent, then exactly they arrive, and the token does not."""
    with Faulty(answer("200 OK", b"OK - 4")) as server:
        SlackClient(TOKEN).send_file(server.url + "upload/v1/abc", b"l\xc3\xb6g")
    assert body_of(server.requests[0]) == b"l\xc3\xb6g"
    assert TOKEN.encode() not in server.requests[0]


@pytest.mark.parametrize(
    ("behavior", "kind"),
    [
        (answer("503 Service Unavailable", HTML), UnknownOutcome),
        (faulty.drop_after_reading, UnknownOutcome),
        (faulty.never_answer, UnknownOutcome),
        (faulty.drop_in_the_answer, UnknownOutcome),
        (answer("429 Too Many Requests", b"", "Retry-After: 2"), RateLimited),
        (answer("404 Not Found", b"gone"), FilesRefused),
    ],
)
def test_sending_a_file_has_the_same_outcomes(behavior: Behavior, kind: type[SlackTrouble]) -> None:
    """Given a faulty address, when a file is sent, then the error is of the same tree."""
    with Faulty(behavior) as server, pytest.raises(SlackTrouble) as raised:
        SlackClient(TOKEN, timeout=1).send_file(server.url, b"log")
    assert type(raised.value) is kind


@pytest.mark.parametrize("url", ["file:///etc/passwd", "", "http://[broken", "data:text/plain,x"])
def test_a_file_goes_to_web_addresses_only(url: str) -> None:
    """Given an answer that names a local file, when bytes are to be sent, then they are not."""
    with pytest.raises(FilesRefused):
        SlackClient(TOKEN).send_file(url, b"log")
