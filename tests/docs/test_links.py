"""Links lead somewhere, and no page knows the machine it was written on."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.docs.pages import ROOT, all_pages, anchors, links

_HOSTS = {
    *("keepachangelog.com", "semver.org", "docs.ansible.com", "www.gnu.org"),
    *("api.slack.com", "slack.com"),
    *("www.virtualbox.org", "developer.hashicorp.com"),
    *("127.0.0.1", "localhost", "signalbox.example.com"),
}
"""Hosts that pages may name; a registry or a mirror is none of them."""

_PAGES = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in all_pages()]


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, fragment = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not fragment or f"#{fragment}" in anchors(target.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", _PAGES)
def test_relative_links_lead_somewhere(page: Path) -> None:
    """Given a page, when its relative links are followed, then a file, a folder or a heading is there."""
    relative = [link for link in links(page.read_text(encoding="utf-8")) if "://" not in link]
    broken = [link for link in relative if not _leads_somewhere(page, link)]
    assert broken == []


@pytest.mark.parametrize("page", _PAGES)
def test_pages_name_known_hosts_only(page: Path) -> None:
    """Given a page, when the hosts of its addresses are read, then they are ones that the project means to name."""
    hosts = {urlsplit(url).hostname for url in re.findall(r"https?://[^\s)>`\"']+", page.read_text(encoding="utf-8"))}
    assert hosts <= _HOSTS


@pytest.mark.parametrize("page", _PAGES)
def test_pages_do_not_know_this_machine(page: Path) -> None:
    """Given a page, when it is searched for homes and work folders, then there is none of any machine."""
    written = page.read_text(encoding="utf-8")
    assert str(ROOT) not in written
    assert re.findall(r"(?<![\w/.~])/(?:home|root|Users|mnt|work|workspace|builds)/[\w./-]*", written) == []


@pytest.mark.parametrize("name", ["requirements.in", "requirements.txt", "requirements-dev.in", "requirements-dev.txt"])
def test_requirements_name_no_index(name: str) -> None:
    """Given a file of requirements, when it is searched for addresses and options of an index, then there is none."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    index = re.compile(r"\s*-(?:i|-index-url|-extra-index-url|f)\b|.*://")
    assert [line for line in lines if index.match(line)] == []


@pytest.mark.parametrize("page", _PAGES)
def test_every_page_begins_with_its_only_title(page: Path) -> None:
    """Given a page, when its titles are counted, then there is one, on the first line."""
    lines = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL).splitlines()
    assert [number for number, line in enumerate(lines) if line.startswith("# ")] == [0]


def test_every_page_can_be_reached_from_the_readme() -> None:
    """Given the README, when links are followed from page to page, then every page is met."""
    met, to_read = set(), [ROOT / "README.md"]
    while to_read:
        page = to_read.pop().resolve()
        if page in met or page.suffix != ".md" or not page.is_file():
            continue
        met.add(page)
        relative = [link.partition("#")[0] for link in links(page.read_text(encoding="utf-8")) if "://" not in link]
        to_read += [page.parent / link for link in relative if link]
    assert set(all_pages()) <= met
