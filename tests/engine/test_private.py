"""Private directories: fresh, ours alone, gone with the run."""

from pathlib import Path

import pytest

from bot.engine.environment import allowed, callback_plugins, config_file, for_playbook
from bot.engine.private import MAX_SOCKET_DIR, private_dir


def test_it_goes_with_the_run_whatever_happens(tmp_path: Path) -> None:
    """Given a run that fails with an exception, when it is over, then its directories are gone."""
    with pytest.raises(RuntimeError), private_dir(tmp_path, 3) as private:  # noqa: PT012 (both belong to the story)
        sockets = private.sockets
        assert sockets.is_dir()
        raise RuntimeError
    assert list((tmp_path / "runs").iterdir()) == []
    assert not sockets.exists()


def test_sockets_have_short_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a home and a TMPDIR deep down, when a run starts, then the names of its sockets still fit."""
    deep = tmp_path / ("x" * 90)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with private_dir(deep, 3) as private:
        assert len(str(private.sockets)) <= MAX_SOCKET_DIR
        assert private.sockets.stat().st_mode & 0o777 == 0o700


def test_two_runs_share_nothing(tmp_path: Path) -> None:
    """Given the same run twice, when both are under way, then they have directories of their own."""
    with private_dir(tmp_path, 3) as one, private_dir(tmp_path, 3) as two:
        assert one.root != two.root
        assert one.mark != two.mark
        assert one.sockets != two.sockets


def test_the_environment_of_a_playbook(tmp_path: Path) -> None:
    """Given a worker's environment, when a run is prepared, then the allow-list and the run's own places are in it."""
    worker = {"PATH": "/bin", "HOME": "/h", "REDIS_URL": "x", "ANSIBLE_TIMEOUT": "9", "ANSIBLE_STDOUT_CALLBACK": "json"}
    own = allowed(worker)
    assert own == {"PATH": "/bin", "HOME": "/h", "ANSIBLE_TIMEOUT": "9"}
    (tmp_path / "ansible.cfg").write_text("[defaults]\nroles_path = r\ncallback_plugins = cb:/abs\n")
    with private_dir(tmp_path, 1) as private:
        made = for_playbook(own, tmp_path, private)
    assert made["ANSIBLE_CONFIG"] == str(tmp_path / "ansible.cfg")
    assert "ANSIBLE_ROLES_PATH" not in made
    assert made["ANSIBLE_COLLECTIONS_PATH"].startswith(f"{tmp_path}/collections:")
    assert callback_plugins(config_file(own, tmp_path)) == f"{tmp_path}/cb:/abs"


def test_a_broken_configuration_is_left_to_ansible(tmp_path: Path) -> None:
    """Given an ansible.cfg that is none, when a run is prepared, then that does not raise."""
    (tmp_path / "ansible.cfg").write_bytes(b"\xff no section\n")
    assert callback_plugins(tmp_path / "ansible.cfg") == ""
