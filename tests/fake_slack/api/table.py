"""Every method that is answered, by its name."""

from collections.abc import Callable
from typing import Any

from tests.fake_slack.api import chat, conversations, files, marks, people, views
from tests.fake_slack.api.call import Call


def _open_socket(call: Call) -> dict[str, Any]:
    """apps.connections.open: an address that serves once."""
    ticket = call.interactions.new_ticket()
    return {"url": f"{call.base.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={call.workspace.app}"}


METHODS: dict[str, Callable[[Call], dict[str, Any]]] = {
    "apps.connections.open": _open_socket,
    "assistant.threads.setStatus": marks.set_status,
    "auth.test": people.auth_test,
    "blocks.validate": marks.validate,
    "bots.info": people.bot_info,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.permalink,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "conversations.history": conversations.history,
    "conversations.info": conversations.info,
    "conversations.join": conversations.join,
    "conversations.open": conversations.open_,
    "conversations.replies": conversations.replies,
    "files.completeUploadExternal": files.complete,
    "files.getUploadURLExternal": files.get_upload_url,
    "pins.add": marks.add_pin,
    "reactions.add": marks.add_reaction,
    "reactions.remove": marks.remove_reaction,
    "team.info": people.team_info,
    "usergroups.list": people.group_list,
    "usergroups.users.list": people.group_users,
    "users.info": people.user_info,
    "users.list": people.user_list,
    "users.lookupByEmail": people.user_by_email,
    "views.open": views.open_,
    "views.publish": views.publish,
    "views.push": views.push,
    "views.update": views.update,
}
