"""Slack's manifest schema in our own words: the text of a manifest enters, a checked Manifest leaves.

Keys and bounds are those of version 1 of the schema that Slack publishes (github: slackapi/manifest-schema, file
schemas/manifest.schema.1.0.0.json, MIT); only sections that an app like ours may have are here, anything else is
refused. The rules between sections are errors that Slack's page on `apps.manifest.create` shows.
"""

from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Url = Annotated[str, StringConstraints(pattern=r"^https?://", max_length=3500)]
CommandUrl = Annotated[str, StringConstraints(pattern=r"^https?://", max_length=3000)]
Color = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$")]
Name = Annotated[str, StringConstraints(max_length=50)]  # of a scope, of an event


def text(least: int, most: int) -> type[str]:
    """A text of so many characters."""
    return Annotated[str, StringConstraints(min_length=least, max_length=most)]  # type: ignore[return-value]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Metadata(_Section):
    """`app-manifests.metadata`."""

    major_version: Literal[1]
    minor_version: int


class Display(_Section):
    """`app-manifests.v1.display_information.schema`."""

    name: text(1, 35)
    description: text(1, 140) | None = None
    long_description: text(175, 4000) | None = None
    background_color: Color | None = None


class AppHome(_Section):
    """`app-manifests.v1.features.app_home`."""

    home_tab_enabled: bool = False
    messages_tab_enabled: bool = False
    messages_tab_read_only_enabled: bool = True


class BotUser(_Section):
    """`app-manifests.v1.features.bot_user`."""

    display_name: text(1, 80)
    always_online: bool = False


class Shortcut(_Section):
    """`app-manifests.v1.features.shortcuts`."""

    name: text(1, 24)
    type: Literal["message", "global"]
    callback_id: text(1, 255)
    description: text(1, 150)


class SlashCommand(_Section):
    """`app-manifests.v1.features.slash_commands`."""

    command: Annotated[str, StringConstraints(pattern=r"^/", min_length=2, max_length=32)]
    url: CommandUrl | None = None
    description: text(1, 2000)
    usage_hint: text(1, 1000) | None = None
    should_escape: bool = False


class Features(_Section):
    """`app-manifests.v1.features.schema`."""

    app_home: AppHome
    bot_user: BotUser
    shortcuts: Annotated[list[Shortcut], Field(min_length=1, max_length=10)]
    slash_commands: Annotated[list[SlashCommand], Field(min_length=1, max_length=50)]


class Scopes(_Section):
    """`app-manifests.v1.oauth_config.scopes`."""

    bot: Annotated[list[Name], Field(max_length=255)]


class OAuth(_Section):
    """`app-manifests.v1.oauth_config.schema`."""

    scopes: Scopes


class Events(_Section):
    """`app-manifests.v1.settings.event_subscriptions`."""

    request_url: Url | None = None
    bot_events: Annotated[list[Name], Field(max_length=100)]


class Interactivity(_Section):
    """`app-manifests.v1.settings.interactivity`."""

    is_enabled: bool
    request_url: Url | None = None
    message_menu_options_url: Url | None = None


class Settings(_Section):
    """`app-manifests.v1.settings.schema`."""

    event_subscriptions: Events
    interactivity: Interactivity
    org_deploy_enabled: bool = False
    socket_mode_enabled: bool = False
    token_rotation_enabled: bool = False


class Manifest(_Section):
    """The schema's root."""

    metadata: Annotated[Metadata, Field(alias="_metadata")]
    display_information: Display
    features: Features
    oauth_config: OAuth
    settings: Settings

    @model_validator(mode="after")
    def _has_doors(self) -> Self:
        """Slack: "Event Subscription requires either Request URL or Socket Mode Enabled", and so on."""
        if not self.settings.socket_mode_enabled and None in self._needed():
            raise ValueError("events, interactivity and commands need a URL each, or Socket Mode")
        return self

    @model_validator(mode="after")
    def _says_nothing_twice(self) -> Self:
        """Scopes, events, callbacks and commands are names: one of a kind."""
        features = self.features
        lists = (
            self.oauth_config.scopes.bot,
            self.settings.event_subscriptions.bot_events,
            [shortcut.callback_id for shortcut in features.shortcuts],
            [command.command for command in features.slash_commands],
        )
        if any(len(set(names)) != len(names) for names in lists):
            raise ValueError("a name stands twice")
        return self

    def urls(self) -> list[str]:
        """Every URL in it."""
        return [url for url in (*self._needed(), self.settings.interactivity.message_menu_options_url) if url]

    def _needed(self) -> list[str | None]:
        settings, commands = self.settings, self.features.slash_commands
        return [
            settings.event_subscriptions.request_url,
            settings.interactivity.request_url,
            *(each.url for each in commands),
        ]


def manifest(written: str) -> Manifest:
    """A manifest in YAML; ValidationError when Slack would not take it."""
    return Manifest.model_validate(yaml.safe_load(written))
