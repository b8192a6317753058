"""The command line itself: what it takes, and the exit status for every way that a subcommand can end."""

import io
import sys
from typing import Any

import pytest

from bot import __version__
from bot.cli import doctor, main, parser
from bot.cli.address import address
from bot.errors import BadParameters, Misconfigured, Refused, Unavailable
from bot.settings import load

SUBCOMMANDS = ("chat", "up", "serve", "worker", "relay", "simulate", "doctor")


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a subcommand, when its help is asked for, then it is printed, and the status is 0."""
    with pytest.raises(SystemExit) as leaving:
        main([name, "--help"])
    assert leaving.value.code == 0
    assert f"python -m bot {name}" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Given the package, when its version is asked for, then it is that one."""
    with pytest.raises(SystemExit) as leaving:
        main(["--version"])
    assert leaving.value.code == 0
    assert capsys.readouterr().out == f"Signalbox {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["chat", "--nonsense"],
        ["chat", "-c"],
        ["serve", "--port", "x"],
        ["serve", "--port", "-1"],
        ["serve", "--port", "65536"],
        ["serve", "--port", "9" * 5000],
        ["up", "--workers", "0"],
        ["up", "--workers", "65"],
        ["up", "--workers", "1.5"],
        ["up", "--workers", "٣x"],
    ],
    ids=lambda arguments: " ".join(arguments)[:30],
)
def test_what_is_not_understood_exits_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Given arguments that can't be, when they are given, then usage is on standard error, and the status is 2."""
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "usage: python -m bot" in told.err
    assert "Traceback" not in told.err


def test_commands_may_be_repeated() -> None:
    """Given several commands, when they are parsed, then they are there in order, with who speaks and where."""
    given = parser().parse_args(["chat", "-c", "help", "--json", "--as", "anna", "--channel", "ops", "-c", "runs"])
    assert (given.command, given.json, given.name, given.channel) == (["help", "runs"], True, "anna", "ops")


def test_a_chat_needs_no_argument() -> None:
    """Given nothing but `chat`, when it is parsed, then the person and the lines come from the terminal."""
    given = parser().parse_args(["chat"])
    assert (given.command, given.json, given.name, given.channel) == (None, False, None, "terminal")


@pytest.mark.parametrize(
    ("environment", "arguments", "expected"),
    [
        ({}, [], ("127.0.0.1", 8080)),
        ({"HOST": "0.0.0.0", "PORT": "9000"}, [], ("0.0.0.0", 9000)),
        ({"HOST": "0.0.0.0", "PORT": "9000"}, ["--host", "::1"], ("::1", 9000)),
        ({"HOST": "0.0.0.0", "PORT": "9000"}, ["--port", "1"], ("0.0.0.0", 1)),
        ({"PORT": "9000"}, ["--port", "0"], ("127.0.0.1", 0)),
        ({"HOST": "", "PORT": ""}, [], ("127.0.0.1", 8080)),
    ],
)
@pytest.mark.parametrize("name", ["serve", "up"])
def test_the_command_line_goes_before_the_environment(
    name: str,
    environment: dict[str, str],
    arguments: list[str],
    expected: tuple[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given an address in environment and arguments, when it is looked up, then arguments go first, loopback last."""
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    assert address(parser().parse_args([name, *arguments]), load()) == expected


@pytest.mark.parametrize("status", [0, 1, 2, 5])
def test_a_subcommands_status_is_the_exit_status(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a subcommand that ends, when it is run, then its status comes out."""
    monkeypatch.setattr(doctor, "run", lambda _: status)
    assert main(["doctor"]) == status


def raising(error: BaseException) -> Any:
    """A subcommand that raises."""

    def run(_: Any) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unavailable("Redis does not answer.", "Start it."), "Redis does not answer.\nStart it.\n"),
        (Misconfigured("REDIS_URL is no URL."), "REDIS_URL is no URL.\n"),
        (Refused("No.", "Ask."), "No.\nAsk.\n"),
        (BadParameters("One problem:", "See.", ("x is required.",)), "One problem:\nx is required.\nSee.\n"),
        (Unavailable("It says \x1b[2J\x00.", "\u202eMend."), "It says .\nMend.\n"),
    ],
)
def test_our_errors_are_sentences_on_standard_error(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a subcommand that fails with an error of ours, when it is run, then its sentences are told; status 2."""
    monkeypatch.setattr(doctor, "run", raising(error))
    assert main(["doctor"]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", told)


def test_an_interrupt_exits_as_shells_expect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given Ctrl-C, when a subcommand is under way, then the status is 130, and nothing is printed."""
    monkeypatch.setattr(doctor, "run", raising(KeyboardInterrupt()))
    assert main(["doctor"]) == 130
    assert capsys.readouterr().err == ""


def test_a_reader_that_is_gone_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given `… | head`, when the reader goes away, then the status is 1, and nothing more is written."""
    monkeypatch.setattr(doctor, "run", raising(BrokenPipeError()))
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert main(["doctor"]) == 1
    assert sys.stderr.closed


def test_settings_that_can_not_be_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a port that is none, when any subcommand is run, then the variable is named, never its value; status 2."""
    monkeypatch.setenv("PORT", "s3cret-4711")
    assert main(["doctor"]) == 2
    told = capsys.readouterr().err
    assert "PORT" in told
    assert "s3cret" not in told
