"""`python -m bot doctor`: what is configured, reachable, missing, and the remedy for each."""

import argparse
from typing import Any

from bot import log
from bot.app import App
from bot.settings import Settings, load


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser("doctor", help="say what is configured, reachable and missing, with the remedy")
    parser.set_defaults(run=run)


def run(_given: argparse.Namespace) -> int:
    """0 when everything is well, 1 when something is not."""
    settings = load()
    log.set_up("ERROR")
    for line in _configured(settings):
        print(line)
    well = True
    for finding in App(settings).health.handle():
        well = well and finding.ok
        print(f"{'ok   ' if finding.ok else 'FAILS'} {finding.name:<13} {finding.what}")
        if not finding.ok and finding.remedy:
            print(f"{'':>19} → {finding.remedy}")
    return 0 if well else 1


def _configured(settings: Settings) -> list[str]:
    """What is set; of what may hold a password only that it is."""
    said = {
        "SIGNALBOX_PROJECT": str(settings.project_dir),
        "SIGNALBOX_HOME": str(settings.home_dir),
        "SIGNALBOX_CONFIG": str(settings.config_file),
        "REDIS_URL": "set" if settings.redis_url else "unset: the embedded Redis of the home",
        "DATABASE_URL": "set" if settings.database_url else "unset: SQLite in the home",
        "SIGNALBOX_KEY": "set" if settings.key.get_secret_value() else "unset: the key file in the home",
        **_slack(settings),
    }
    return [f"      {name:<20} {value}" for name, value in said.items()]


def _slack(settings: Settings) -> dict[str, str]:
    """The settings of Slack, with what goes without those that are not set."""
    default = type(settings).model_fields["slack_api_url"].default
    return {
        "SLACK_BOT_TOKEN": "set" if settings.slack_bot_token.get_secret_value() else "unset: no Slack",
        "SLACK_SIGNING_SECRET": "set" if settings.slack_signing_secret.get_secret_value() else "unset: not over HTTP",
        "SLACK_APP_TOKEN": "set" if settings.slack_app_token.get_secret_value() else "unset: no Socket Mode",
        "SLACK_API_URL": "unset: Slack's own" if settings.slack_api_url == default else "set",
    }
