"""People, bots, user groups and the workspace itself."""

from typing import Any

from tests.fake_slack.api.call import Call
from tests.fake_slack.api.conversations import page
from tests.fake_slack.errors import ApiError


def auth_test(call: Call) -> dict[str, Any]:
    """auth.test."""
    work = call.workspace
    return {
        "url": f"{call.base}/",
        "team": work.domain,
        "team_id": work.team,
        "user": work.users[call.token.user_id].name,
        "user_id": call.token.user_id,
        "bot_id": call.token.bot_id,
    }


def team_info(call: Call) -> dict[str, Any]:
    """team.info."""
    work = call.workspace
    return {"team": {"id": work.team, "name": work.domain, "domain": work.domain}}


def user_info(call: Call) -> dict[str, Any]:
    """users.info."""
    return {"user": call.workspace.user(call.get("user")).json()}


def user_list(call: Call) -> dict[str, Any]:
    """users.list."""
    everybody = [user.json() for user in call.workspace.users.values()]
    chosen, following = page(everybody, call.get("cursor"), int(call.get("limit") or 1000))
    return {"members": chosen, "response_metadata": {"next_cursor": following}}


def user_by_email(call: Call) -> dict[str, Any]:
    """users.lookupByEmail."""
    for user in call.workspace.users.values():
        if user.json()["profile"]["email"] == call.get("email") and not user.deleted:
            return {"user": user.json()}
    raise ApiError("users_not_found")


def bot_info(call: Call) -> dict[str, Any]:
    """bots.info."""
    work = call.workspace
    if call.get("bot", work.bot) != work.bot:
        raise ApiError("bot_not_found")
    bot = {"id": work.bot, "name": work.users[work.bot_user].name, "app_id": work.app, "user_id": work.bot_user}
    return {"bot": {**bot, "deleted": False}}


def group_list(call: Call) -> dict[str, Any]:
    """usergroups.list."""
    _paid(call)
    groups = [g for g in call.workspace.groups.values() if call.get("include_disabled") or not g.disabled]
    return {"usergroups": [group.json(with_users=bool(call.get("include_users"))) for group in groups]}


def group_users(call: Call) -> dict[str, Any]:
    """usergroups.users.list."""
    _paid(call)
    group = call.workspace.groups.get(call.get("usergroup"))
    if group is None or (group.disabled and not call.get("include_disabled")):
        raise ApiError("no_such_subteam")
    return {"users": list(group.users)}


def _paid(call: Call) -> None:
    if not call.workspace.settings.paid:
        raise ApiError("plan_upgrade_required")
