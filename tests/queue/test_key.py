"""The installation's own key: made once, for its owner only, the same for all who come."""

import stat
import threading
from pathlib import Path

from bot.queue import SealedBox, installation_key

from .conftest import envelope


def test_a_key_is_made_on_first_use_and_kept(tmp_path: Path) -> None:
    """Given no key yet, when it is asked for twice, then the second answer is the first, and it seals and opens."""
    home = tmp_path / "deep" / "home"
    key = installation_key(home)
    assert installation_key(home) == key
    sealed = SealedBox(key).seal(envelope(1, password="hunter2"))
    assert SealedBox(installation_key(home)).open(sealed) == envelope(1, password="hunter2")
    assert b"hunter2" not in sealed


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    """Given a key that was just made, when home and file are looked at, then nobody else can enter or read."""
    home = tmp_path / "home"
    installation_key(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "key").stat().st_mode) == 0o600


def test_installations_have_keys_of_their_own(tmp_path: Path) -> None:
    """Given two homes, when each has made its key, then the keys differ."""
    assert installation_key(tmp_path / "a") != installation_key(tmp_path / "b")


def test_all_who_come_first_get_one_key(tmp_path: Path) -> None:
    """Given sixteen who come first at once, when each asks for the key, then all have the same, and no half is left."""
    together = threading.Barrier(16)
    keys: list[bytes] = []

    def come() -> None:
        together.wait(30)
        keys.append(installation_key(tmp_path / "home"))

    threads = [threading.Thread(target=come) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(keys) == 16
    assert set(keys) == {(tmp_path / "home" / "key").read_bytes()}
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["key"]
