"""The page on Slack tells the truth: its commands work, and its tables hold all that the code knows."""

import re
import subprocess
from urllib.parse import urlsplit

import pytest

from bot.chat.slack import refusals
from tests.docs.manifest import manifest
from tests.docs.pages import ROOT, code, first_column, links, rows, text
from tests.docs.test_manifest import PATH


@pytest.mark.parametrize("page", ["README.md", "docs/slack.md"])
def test_both_ways_of_installing_give_a_manifest_that_slack_takes(page: str) -> None:
    """Given the two commands that a page shows, when they are run, then Slack takes what they print."""
    shown = re.findall(r"^ +((?:sed|grep) .*slack-manifest\.yml)$", text(page), re.MULTILINE)
    made = [
        subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, check=True, timeout=20) for line in shown
    ]
    public, socket = [manifest(each.stdout.decode()) for each in made]
    assert len(public.urls()) == 4
    assert "signalbox.example.com" not in {urlsplit(url).hostname for url in public.urls()}
    assert not public.settings.socket_mode_enabled
    assert socket.settings.socket_mode_enabled
    assert socket.urls() == []


def test_the_page_says_what_every_scope_is_for() -> None:
    """Given the page on Slack, when its table of scopes is read, then they are those of the manifest."""
    assert first_column("docs/slack.md", "The scopes") == set(manifest(text(PATH)).oauth_config.scopes.bot)


def test_the_page_knows_every_code_and_its_class() -> None:
    """Given the codes that the bot knows, when the page's table is read, then each is there with its class."""
    known = {code: kind.__name__ for code, (kind, _, _) in refusals.CODES.items()}
    known |= dict.fromkeys(refusals._TOO_FAST, "RateLimited") | dict.fromkeys(refusals._UNKNOWN, "UnknownOutcome")
    table = rows("docs/slack.md", "Error codes of Slack")[1:]
    assert {name: code(cells[1])[0] for cells in table for name in code(cells[0])} == known


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"])
def test_both_pages_name_the_settings(name: str) -> None:
    """Given a setting without which Slack does not work, when README and the page are read, then both name it."""
    assert name in text("README.md")
    assert name in text("docs/slack.md")


def test_pictures_are_there_and_small() -> None:
    """Given the pictures of Slack, when they are looked at, then all are shown, and none is over 60 kB."""
    pictures = sorted((ROOT / "docs/images").glob("slack-*.png"))
    shown = {link.rpartition("/")[2] for link in links(text("docs/slack.md")) if link.endswith(".png")}
    assert {path.name for path in pictures} == shown
    assert [path.name for path in pictures if not path.read_bytes().startswith(b"\x89PNG")] == []
    assert [path.name for path in pictures if path.stat().st_size > 60_000] == []
