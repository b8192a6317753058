"""Slack's error codes enter; the error of our tree leaves, with a sentence and a remedy that are safe to show."""

import re

from bot.chat.slack.trouble import (
    ContentRefused,
    FilesRefused,
    Gone,
    MessageMissing,
    PlaceRefused,
    RateLimited,
    SlackRefused,
    SlackTrouble,
    UnknownOutcome,
)

UNTOLD_SECONDS = 30.0
"""How long to wait when Slack says that calls come too fast, and not for how long."""

_CODE = re.compile(r"[a-z][a-z0-9_]{1,79}")
_SCOPE = re.compile(r"[a-z][a-z0-9._:-]{1,40}(?:,[a-z][a-z0-9._:-]{1,40}){0,9}")

_TOO_FAST = frozenset({"ratelimited", "rate_limited"})
_UNKNOWN = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})

_INVITE = "Invite it there with `/invite @signalbox`, then ask again."
_TOKEN = "Install the app again, set SLACK_BOT_TOKEN to the new token and restart Signalbox."  # noqa: S105  # its remedy
_ADMIN = "Ask an administrator of the Slack workspace, or use another channel."
_PLAIN = "It is shown as plain text instead; the log of Signalbox holds what Slack said."
_LOG = "Read the log on the runs page or with `python -m bot chat`."

_Row = tuple[type[SlackTrouble], str, str]
_ROWS: dict[str, _Row] = {
    "not_in_channel": (PlaceRefused, "Signalbox is not a member of this channel.", _INVITE),
    "channel_not_found": (
        PlaceRefused,
        "Slack knows no such channel, or Signalbox cannot see it.",
        "If it is private, invite the app with `/invite @signalbox`; else check the channel's id.",
    ),
    "is_archived": (
        PlaceRefused,
        "This channel is archived, nothing can be posted there.",
        "Unarchive it, or ask in another channel.",
    ),
    "user_not_in_channel": (
        PlaceRefused,
        "An answer only you can see needs you as a member of the channel.",
        "Join the channel, then ask again.",
    ),
    "thread_not_found": (PlaceRefused, "This thread does not exist any more.", "Ask again outside the thread."),
    "cannot_reply_to_message": (PlaceRefused, "This message can have no thread.", "Ask again outside the thread."),
    "messages_tab_disabled": (
        PlaceRefused,
        "Direct messages with the app are switched off.",
        "Switch on the messages tab in the app's settings, App Home.",
    ),
    "missing_scope": (
        SlackRefused,
        "The app lacks a permission for this.",
        "Install it again from docs/slack-manifest.yml.",
    ),
    "plan_upgrade_required": (
        SlackRefused,
        "User groups need a paid Slack plan.",
        "Name people as `slack:U…` in signalbox.yml instead of `slack-group:S…`.",
    ),
    "no_such_subteam": (
        SlackRefused,
        "Slack knows no such user group.",
        "Correct the `slack-group:` names in signalbox.yml.",
    ),
    "user_not_found": (SlackRefused, "Slack knows no such person.", "Use an id of this workspace, such as U012ABC."),
    "user_not_visible": (SlackRefused, "Signalbox may not see this person.", "Use somebody of this workspace."),
    "expired_trigger_id": (SlackRefused, "The form could not be opened in time.", "Ask for it again."),
    "trigger_expired": (SlackRefused, "The form could not be opened in time.", "Ask for it again."),
    "exchanged_trigger_id": (SlackRefused, "This form has been opened already.", "Ask for it again."),
    "hash_conflict": (SlackRefused, "The form has changed meanwhile.", "Open it again."),
    "not_found": (SlackRefused, "The form is not open any more.", "Ask for it again."),
    "message_limit_exceeded": (
        SlackRefused,
        "The workspace has used up the messages of its plan.",
        "Ask an administrator of the Slack workspace.",
    ),
    "file_uploads_disabled": (FilesRefused, "File uploads are switched off in this workspace.", _LOG),
    "file_uploads_except_images_disabled": (FilesRefused, "Only images may be uploaded in this workspace.", _LOG),
    "storage_limit_reached": (
        FilesRefused,
        "The workspace has no room left for files.",
        f"Remove old files, or get a bigger plan. {_LOG}",
    ),
    "file_upload_size_restricted": (FilesRefused, "The log is larger than this workspace accepts.", _LOG),
    "file_type_not_allowed": (FilesRefused, "Text files may not be uploaded in this workspace.", _LOG),
    "posting_to_channel_denied": (PlaceRefused, "Signalbox may not post in this channel.", _ADMIN),
    "ekm_access_denied": (PlaceRefused, "Posting in this channel is switched off.", _ADMIN),
    "channel_is_limited_access": (PlaceRefused, "Access to this channel is limited.", _ADMIN),
    "access_denied": (PlaceRefused, "Signalbox may not post in this channel.", _ADMIN),
}
_KINDS: tuple[tuple[type[SlackTrouble], str, str, frozenset[str]], ...] = (
    (
        Gone,
        "Slack does not accept the app's token any more.",
        _TOKEN,
        frozenset(
            {
                "account_inactive",
                "app_uninstalled",
                "invalid_auth",
                "not_authed",
                "not_allowed_token_type",
                "org_login_required",
                "team_access_not_granted",
                "token_expired",
                "token_revoked",
                "two_factor_setup_required",
            }
        ),
    ),
    (
        ContentRefused,
        "Slack does not show the message as it was made.",
        _PLAIN,
        frozenset(
            {
                "attachment_payload_limit_exceeded",
                "block_mismatch",
                "invalid_attachments",
                "invalid_blocks",
                "invalid_blocks_format",
                "invalid_metadata_format",
                "invalid_metadata_schema",
                "markdown_text_conflict",
                "metadata_too_large",
                "msg_blocks_too_long",
                "msg_too_long",
                "no_text",
                "too_many_attachments",
            }
        ),
    ),
    (
        MessageMissing,
        "The message that should change is not there, or may not be changed any more.",
        "A new one is posted in its place.",
        frozenset({"cant_update_message", "edit_window_closed", "is_inactive", "message_not_found", "update_failed"}),
    ),
    (PlaceRefused, "This workspace does not let the app post here.", _ADMIN, frozenset({"restricted_action"})),
)
CODES = _ROWS | {code: (kind, what, remedy) for kind, what, remedy, codes in _KINDS for code in codes}


def is_code(text: object) -> bool:
    """Whether this can be one of Slack's error codes, and not a page that a proxy put in its place."""
    return isinstance(text, str) and _CODE.fullmatch(text) is not None


def trouble(method: str, code: str, *, needed: object = "", details: tuple[str, ...] = ()) -> SlackTrouble:
    """The error for a code that Slack answered; `needed` are the scopes it says are missing."""
    if code in _TOO_FAST:
        return rate_limited(method, UNTOLD_SECONDS, code)
    if code in _UNKNOWN:
        return unknown_outcome(method, code)
    kind, what, remedy = CODES.get(code) or _by_family(method, code)
    if code == "missing_scope" and isinstance(needed, str) and _SCOPE.fullmatch(needed):
        what = f"The app lacks the permission {needed}."
    return kind(what, remedy, method=method, code=code, details=details)


def _by_family(method: str, code: str) -> _Row:
    if code.startswith("restricted_action"):
        return CODES["restricted_action"]
    if method.startswith("files."):
        return FilesRefused, f"Slack does not accept the file ({code}).", _LOG
    return SlackRefused, f"Slack refuses {method} ({code}).", "The log of Signalbox holds more."


def rate_limited(method: str, seconds: float, code: str = "ratelimited") -> RateLimited:
    """The error for a call that came too fast."""
    what = f"Slack takes no {method} for {seconds:g} s."
    return RateLimited(what, "It is made again then.", seconds=seconds, method=method, code=code)


def unknown_outcome(method: str, code: str) -> UnknownOutcome:
    """The error for a call of which nobody knows whether it was carried out; `code` says how it ended."""
    what = f"Slack did not say whether {method} was carried out ({code})."
    return UnknownOutcome(what, "It is looked up, and made again if it was not.", method=method, code=code)
