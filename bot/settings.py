"""Settings from environment variables and `.env`: what each process needs to know before it builds anything."""

import os
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

from bot.errors import Misconfigured
from bot.model.queues import DEFAULT, PATTERN


class Settings(BaseSettings):
    """All settings, by the name of their environment variable (docs/settings.md has a line for each)."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    redis_url: str = Field(default="", alias="REDIS_URL")
    database_url: str = Field(default="", alias="DATABASE_URL")
    slack_bot_token: SecretStr = Field(default=SecretStr(""), alias="SLACK_BOT_TOKEN")
    slack_signing_secret: SecretStr = Field(default=SecretStr(""), alias="SLACK_SIGNING_SECRET")
    slack_app_token: SecretStr = Field(default=SecretStr(""), alias="SLACK_APP_TOKEN")
    slack_api_url: str = Field(default="https://slack.com/api/", alias="SLACK_API_URL")
    project: Path = Field(default=Path(), alias="SIGNALBOX_PROJECT")
    home: Path = Field(default=Path(".signalbox"), alias="SIGNALBOX_HOME")
    config: Path | None = Field(default=None, alias="SIGNALBOX_CONFIG")
    url: str = Field(default="", alias="SIGNALBOX_URL")
    key: SecretStr = Field(default=SecretStr(""), alias="SIGNALBOX_KEY")
    host: str = Field(default="127.0.0.1", alias="HOST")
    port: int = Field(default=8080, alias="PORT", ge=0, le=65535)
    run_timeout: int = Field(default=3600, alias="SIGNALBOX_RUN_TIMEOUT", ge=1)
    facts_hours: float = Field(default=24, alias="SIGNALBOX_FACTS_HOURS", gt=0, le=8760)
    workers: int = Field(default=2, alias="SIGNALBOX_WORKERS", ge=1, le=64)
    stop_seconds: int | None = Field(default=None, alias="SIGNALBOX_STOP_SECONDS", ge=0, le=604800)
    queues: str = Field(default=DEFAULT, alias="SIGNALBOX_QUEUES", pattern=f"^{PATTERN}(,{PATTERN})*$")
    warm: bool = Field(default=True, alias="SIGNALBOX_WARM")
    run_disk_mb: int = Field(default=1024, alias="SIGNALBOX_RUN_DISK_MB", ge=1, le=2**20)
    keep_events_days: int = Field(default=90, alias="SIGNALBOX_KEEP_EVENTS_DAYS", ge=0, le=36500)
    keep_audit_days: int = Field(default=0, alias="SIGNALBOX_KEEP_AUDIT_DAYS", ge=0, le=36500)
    log_level: str = Field(
        default="INFO", alias="SIGNALBOX_LOG_LEVEL", pattern="(?i)^(debug|info|warning|error|critical)$"
    )

    @property
    def project_dir(self) -> Path:
        """The Ansible project, absolute."""
        return _absolute(self.project, "SIGNALBOX_PROJECT")

    @property
    def home_dir(self) -> Path:
        """Where state is kept, absolute."""
        return _absolute(self.home, "SIGNALBOX_HOME")

    @property
    def keeps_state(self) -> bool:
        """Whether the home has what every process needs, and is not elsewhere: Redis, the database, or the key."""
        return not (self.redis_url and self.database_url and self.key.get_secret_value())

    @property
    def config_file(self) -> Path:
        """The policy of the place: `SIGNALBOX_CONFIG`, else `signalbox.yml` in the project."""
        if self.config:
            return _absolute(self.config, "SIGNALBOX_CONFIG")
        return _absolute(self.project_dir / "signalbox.yml", "SIGNALBOX_PROJECT")

    @property
    def queue_names(self) -> tuple[str, ...]:
        """The queues to which workers listen, what waits in the first one first; each once."""
        return tuple(dict.fromkeys(self.queues.split(",")))

    @property
    def database(self) -> str:
        """SQLAlchemy's URL of the database: `DATABASE_URL`, else SQLite in the home."""
        return self.database_url or f"sqlite:///{self.home_dir / 'signalbox.db'}"


def _absolute(path: Path, name: str) -> Path:
    try:
        return path.expanduser().resolve()
    except (RuntimeError, OSError, ValueError):  # nobody's home, a loop of links, a NUL
        raise Misconfigured(f"{name} is no path that can be followed.", "Write a full path.") from None


def secret(name: str) -> str:
    """The variable of that name, of the environment or else of `.env`; empty when neither has it."""
    if name in os.environ:
        return os.environ[name]
    try:
        found = DotEnvSettingsSource(Settings, case_sensitive=True).env_vars.get(name)
    except (OSError, UnicodeDecodeError):
        return ""
    return found or ""


def load() -> Settings:
    """The settings of this process; Misconfigured names every variable that cannot be used, never its value."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors(include_input=False))
        raise Misconfigured(f"The settings cannot be used: {wrong}.", "Mend the environment or .env.") from None
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(".env cannot be read.", "Make it a file of UTF-8 text that this user may read.") from None
