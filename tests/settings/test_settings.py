"""Settings: their names, where they come from, and what is said, and not said, when one cannot be used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import Misconfigured
from bot.settings import Settings, load

NAMES = {
    "REDIS_URL",
    "DATABASE_URL",
    "SIGNALBOX_PROJECT",
    "SIGNALBOX_HOME",
    "SIGNALBOX_CONFIG",
    "SIGNALBOX_URL",
    "SIGNALBOX_KEY",
    "HOST",
    "PORT",
    "SIGNALBOX_RUN_TIMEOUT",
    "SIGNALBOX_WORKERS",
    "SIGNALBOX_LOG_LEVEL",
}
SECRET = "hunter2-in-a-setting"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without `.env`, in a process whose environment says nothing."""
    for name in Settings.model_fields.values():
        monkeypatch.delenv(str(name.alias), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path.resolve()


def test_the_names_are_the_promised_ones() -> None:
    """Given the settings, when their names are listed, then they are those that the design promises."""
    assert {field.alias for field in Settings.model_fields.values()} >= NAMES


def test_without_any_setting_everything_has_a_value(place: Path) -> None:
    """Given no settings at all, when they are loaded, then one machine works: state beside us, loopback, SQLite."""
    settings = load()
    assert settings.project_dir == place
    assert settings.home_dir == place / ".signalbox"
    assert settings.config_file == place / "signalbox.yml"
    assert settings.database == f"sqlite:///{place}/.signalbox/signalbox.db"
    assert settings.redis_url == ""
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.workers >= 1


def test_names_of_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given queues with commas between, when they are loaded, then each is there once, in order; none is no setting."""
    assert load().queue_names == ("default",)
    monkeypatch.setenv("SIGNALBOX_QUEUES", "prod,dc1,prod")
    assert load().queue_names == ("prod", "dc1")
    monkeypatch.setenv("SIGNALBOX_QUEUES", "prod, dc1")
    with pytest.raises(Misconfigured, match="SIGNALBOX_QUEUES"):
        load()


def test_loading_touches_nothing(place: Path) -> None:
    """Given an empty folder, when settings are loaded and every path is asked for, then nothing was made there."""
    settings = load()
    assert settings.home_dir
    assert settings.config_file
    assert list(place.iterdir()) == []


def test_the_environment_sets(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given variables in the environment, when settings are loaded, then each has its value, of its own type."""
    given = {
        "REDIS_URL": "redis://r:6379/1",
        "DATABASE_URL": "postgresql+psycopg://db/signalbox",
        "SIGNALBOX_PROJECT": "ansible",
        "SIGNALBOX_HOME": str(place / "state"),
        "SIGNALBOX_CONFIG": "policy.yml",
        "SIGNALBOX_KEY": SECRET,
        "PORT": "0",
        "SIGNALBOX_WORKERS": "3",
        "SIGNALBOX_LOG_LEVEL": "debug",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = load()
    assert settings.redis_url == "redis://r:6379/1"
    assert settings.database == "postgresql+psycopg://db/signalbox"
    assert settings.project_dir == place / "ansible"
    assert settings.home_dir == place / "state"
    assert settings.config_file == place / "policy.yml"
    assert settings.key.get_secret_value() == SECRET
    assert (settings.port, settings.workers) == (0, 3)
    assert settings.log_level == "debug"


def test_dot_env_sets_and_the_environment_goes_before_it(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a setting in `.env` and in the environment, when they are loaded, then the environment's counts."""
    (place / ".env").write_text('PORT=9001\nSIGNALBOX_WORKERS="4"\n# a comment\nexport HOST=0.0.0.0\nOTHER_TOOL=1\n')
    assert (load().port, load().workers, load().host) == (9001, 4, "0.0.0.0")
    monkeypatch.setenv("PORT", "9002")
    assert load().port == 9002


def test_an_empty_setting_is_none(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given settings that are there and empty, as container files write them, when loaded, then defaults count."""
    for name in NAMES:
        monkeypatch.setenv(name, "")
    settings = load()
    assert settings.home_dir == place / ".signalbox"
    assert settings.config_file == place / "signalbox.yml"
    assert (settings.port, settings.workers) == (8080, 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "80.5"),
        ("SIGNALBOX_WORKERS", "0"),
        ("SIGNALBOX_WORKERS", "65"),
        ("SIGNALBOX_WORKERS", "many"),
        ("SIGNALBOX_RUN_TIMEOUT", "0"),
        ("SIGNALBOX_RUN_TIMEOUT", "1h"),
        ("SIGNALBOX_LOG_LEVEL", "chatty"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a value that cannot work, when settings are loaded, then Misconfigured names it and the remedy."""
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured, match=name) as caught:
        load()
    assert ".env" in caught.value.remedy


def test_all_that_is_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given three values that cannot work, when settings are loaded, then all three are named."""
    for name in ("PORT", "SIGNALBOX_WORKERS", "SIGNALBOX_RUN_TIMEOUT"):
        monkeypatch.setenv(name, "wrong")
    with pytest.raises(Misconfigured, match=r"PORT.*SIGNALBOX_RUN_TIMEOUT.*SIGNALBOX_WORKERS"):
        load()


@pytest.mark.parametrize("source", ["environment", "file"])
@pytest.mark.parametrize("name", ["PORT", "SIGNALBOX_WORKERS", "SIGNALBOX_RUN_TIMEOUT", "SIGNALBOX_LOG_LEVEL"])
def test_a_value_is_never_shown(place: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str) -> None:
    """Given a secret pasted into the wrong setting, when loading fails, then no part of the error holds it."""
    if source == "file":
        (place / ".env").write_text(f"{name}={SECRET}\n")
    else:
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("SIGNALBOX_KEY", SECRET)
    with pytest.raises(Misconfigured) as caught:
        load()
    error = caught.value
    assert SECRET not in f"{error} {error!r} {error.args} {error.__cause__!r}"
    assert error.__suppress_context__


def test_the_key_is_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a key, when the settings are printed for a log, then the key is not in it."""
    monkeypatch.setenv("SIGNALBOX_KEY", SECRET)
    settings = load()
    assert SECRET not in f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"


def test_a_dot_env_that_is_no_text_is_said(place: Path) -> None:
    """Given a `.env` of bytes that are no text, when settings are loaded, then Misconfigured names the file."""
    (place / ".env").write_bytes(b"PORT=\xff\xfe\n")
    with pytest.raises(Misconfigured, match=r"^\.env cannot be read"):
        load()


@pytest.mark.parametrize("name", ["SIGNALBOX_HOME", "SIGNALBOX_PROJECT", "SIGNALBOX_CONFIG"])
def test_a_path_in_nobodys_home_is_said(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a path below the home of a user that does not exist, when it is needed, then Misconfigured names it."""
    monkeypatch.setenv(name, "~nobody-of-this-name-lives-here/x")
    settings = load()
    with pytest.raises(Misconfigured, match=name):
        _ = settings.home_dir, settings.project_dir, settings.config_file


def test_a_path_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a path that begins with a tilde, when it is needed, then it lies in the user's home."""
    monkeypatch.setenv("HOME", "/home/anna")
    monkeypatch.setenv("SIGNALBOX_HOME", "~/state")
    assert load().home_dir == Path("/home/anna/state")


def test_settings_do_not_change() -> None:
    """Given loaded settings, when somebody sets one, then it is refused."""
    settings = load()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


def test_nothing_is_read_at_import(place: Path) -> None:
    """Given a broken setting, when the module is imported in a fresh process, then only loading complains."""
    code = "import bot.settings, bot.errors\ntry: bot.settings.load()\nexcept bot.errors.Misconfigured: print('said')"
    environment = {**os.environ, "PORT": "wrong", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("said\n", "")
