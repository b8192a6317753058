"""Modals and home tabs: opened by a trigger, pushed, updated, published."""

import copy
import json
from typing import Any

from tests.fake_slack.api.call import Call
from tests.fake_slack.blocks import check_view, needs_ids
from tests.fake_slack.blocks.views import too_large
from tests.fake_slack.errors import ApiError, wrong
from tests.fake_slack.state import View
from tests.fake_slack.workspace import Workspace

DEEPEST = 3  # modals on top of one another


def open_(call: Call) -> dict[str, Any]:
    """views.open: a trigger serves once, within three seconds."""
    body = _body(call, "modal")
    user = call.interactions.use_trigger(_trigger(call))
    view = show(call.workspace, user, body)
    return {"view": told(call.workspace, view)}


def push(call: Call) -> dict[str, Any]:
    """views.push: on top of the modal that is open."""
    body = _body(call, "modal")
    user = call.interactions.use_trigger(_trigger(call))
    return {"view": told(call.workspace, push_on(call.workspace, user, body))}


def update(call: Call) -> dict[str, Any]:
    """views.update: by `view_id` or `external_id`; `hash` guards against an older one winning."""
    view = _found(call)
    body = _body(call, view.body["type"])
    if call.get("hash") and call.get("hash") != view.hash:
        raise ApiError("hash_conflict")
    replace(call.workspace, view, body)
    return {"view": told(call.workspace, view)}


def publish(call: Call) -> dict[str, Any]:
    """views.publish: the home tab of one person."""
    body = _body(call, "home")
    user = call.workspace.user(call.get("user_id")).id
    home = call.workspace.homes.get(user)
    if home is not None and call.get("hash") and call.get("hash") != home.hash:
        raise ApiError("hash_conflict")
    if home is None:
        home = _new(call.workspace, user, body)
        call.workspace.homes[user] = home
    else:
        replace(call.workspace, home, body)
    return {"view": told(call.workspace, home)}


def show(work: Workspace, user: str, body: dict[str, Any]) -> View:
    """Open a modal before this person; whatever was open is gone."""
    view = _new(work, user, body)
    work.stacks[user] = [view.id]
    return view


def push_on(work: Workspace, user: str, body: dict[str, Any]) -> View:
    """A modal on top of those of this person; raises `push_limit_reached`, or `not_found` when none is open."""
    stack = work.stacks.get(user)
    if not stack:
        raise ApiError("not_found")
    if len(stack) >= DEEPEST:
        raise ApiError("push_limit_reached")
    view = _new(work, user, body, root=stack[0], previous=stack[-1])
    stack.append(view.id)
    return view


def replace(work: Workspace, view: View, body: dict[str, Any]) -> None:
    """Put another body into a view; what was filled in stays where block and action are still the same."""
    view.revisions.append(copy.deepcopy(view.body))
    view.body, view.hash, view.errors = body, _hash(work), {}
    ids = {block["block_id"] for block in body["blocks"]}
    view.state = {name: values for name, values in view.state.items() if name in ids}


def told(work: Workspace, view: View) -> dict[str, Any]:
    """The view as Slack tells it to the app, in answers and in payloads."""
    return {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        **copy.deepcopy(view.body),
        "id": view.id,
        "team_id": work.team,
        "app_id": work.app,
        "bot_id": work.bot,
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
        "state": {"values": copy.deepcopy(view.state)},
        "app_installed_team_id": work.team,
    }


def checked_body(work: Workspace, given: Any, *kinds: str) -> dict[str, Any]:
    """A view's body with ids, a dict or JSON of one; raises `invalid_arguments` and `view_too_large`."""
    try:
        body = json.loads(given) if isinstance(given, str) else copy.deepcopy(given)
    except ValueError as mistake:
        raise wrong("invalid_arguments", "must be a valid JSON object [json-pointer:/view]") from mistake
    mistakes = check_view(body, *kinds)
    if mistakes:
        raise wrong("invalid_arguments", *mistakes)
    if too_large(body):
        raise ApiError("view_too_large")
    needs_ids(body["blocks"], work.ids)
    return body


def _body(call: Call, *kinds: str) -> dict[str, Any]:
    body = checked_body(call.workspace, call.get("view"), *kinds)
    external = body.get("external_id")
    if external and any(view.body.get("external_id") == external for view in _open(call) if view is not _own(call)):
        raise ApiError("duplicate_external_id")
    return body


def _open(call: Call) -> list[View]:
    return [call.workspace.views[name] for stack in call.workspace.stacks.values() for name in stack]


def _own(call: Call) -> View | None:
    return _found(call) if call.method == "views.update" else None


def _found(call: Call) -> View:
    for view in _open(call):
        external = call.get("external_id")
        if view.id == call.get("view_id") or (external and external == view.body.get("external_id")):
            return view
    raise ApiError("not_found")


def _trigger(call: Call) -> str:
    return call.get("trigger_id") or call.get("interactivity_pointer") or ""


def _new(work: Workspace, user: str, body: dict[str, Any], *, root: str = "", previous: str | None = None) -> View:
    name = work.ids.new("V")
    view = View(id=name, user=user, body=body, hash=_hash(work), root=root or name, previous=previous)
    work.views[name] = view
    return view


def _hash(work: Workspace) -> str:
    return work.ids.new(f"{work.ids.ts()}.")
