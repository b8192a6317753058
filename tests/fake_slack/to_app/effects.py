"""What an acknowledgement does besides acknowledging: a message is shown, a modal changes, options are offered."""

from typing import TYPE_CHECKING, Any

from tests.fake_slack.answers import say
from tests.fake_slack.api import views
from tests.fake_slack.blocks import check_suggestions
from tests.fake_slack.errors import ApiError
from tests.fake_slack.interactions import ResponseUrl
from tests.fake_slack.state import View
from tests.fake_slack.to_app.delivery import Delivery
from tests.fake_slack.workspace import Workspace

if TYPE_CHECKING:
    from tests.fake_slack.slack import FakeSlack


def of_command(slack: "FakeSlack", user: str, channel: str, delivery: Delivery) -> None:
    """Show what a slash command's acknowledgement says, to the asker unless it says `in_channel`."""
    answer = delivery.answer
    if answer in ("", {}, None):
        return
    body = answer if isinstance(answer, dict) else {"text": str(answer)}
    place = ResponseUrl(user=user, channel=channel, made=slack.clock.now())
    try:
        with slack.workspace.lock:
            say(slack.workspace, place, body)
    except ApiError as refusal:
        slack.violate("bad_answer", f"answer to a command: {refusal.body()}")


def of_suggestion(slack: "FakeSlack", delivery: Delivery) -> list[dict[str, Any]]:
    """The options that the app offers; none, and a violation, when they are not as Slack wants them."""
    if not delivery.acked:
        return []
    mistakes = check_suggestions(delivery.answer)
    if mistakes:
        slack.violate("bad_answer", f"answer to block_suggestion: {', '.join(mistakes)}")
        return []
    groups = delivery.answer.get("option_groups", [])
    return [*delivery.answer.get("options", []), *(option for group in groups for option in group["options"])]


def of_submission(slack: "FakeSlack", view: View, delivery: Delivery) -> None:
    """Close the modal, or do what `response_action` says."""
    if not delivery.acked:
        return
    answer = delivery.answer if isinstance(delivery.answer, dict) else {}
    if delivery.answer not in ("", None) and not isinstance(delivery.answer, dict):
        slack.violate("bad_answer", f"answer to view_submission is no JSON object: {delivery.answer!r}")
    try:
        with slack.workspace.lock:
            _respond(slack.workspace, view, answer)
    except (ApiError, KeyError, TypeError) as refusal:
        said = refusal.body() if isinstance(refusal, ApiError) else repr(refusal)
        slack.violate("bad_answer", f"answer to view_submission: {said}")


def close(work: Workspace, view: View, *, all_of_them: bool) -> None:
    """Take the modal, or all of them, away from before the person."""
    with work.lock:
        stack = work.stacks.get(view.user, [])
        if view.id in stack:
            stack.remove(view.id)
        if all_of_them or not stack:
            work.stacks.pop(view.user, None)


def _respond(work: Workspace, view: View, answer: dict[str, Any]) -> None:
    action = answer.get("response_action")
    if action == "errors":
        known = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
        unknown = sorted(set(answer["errors"]) - known)
        if unknown or not answer["errors"]:
            raise ApiError("invalid_arguments", errors=[f"no input block: {name}" for name in unknown or ["(none)"]])
        view.errors = dict(answer["errors"])
    elif action == "update":
        views.replace(work, view, views.checked_body(work, answer["view"], "modal"))
    elif action == "push":
        views.push_on(work, view.user, views.checked_body(work, answer["view"], "modal"))
    elif action in (None, "clear"):
        close(work, view, all_of_them=action == "clear")
    else:
        raise ApiError("invalid_arguments", errors=[f"unknown response_action: {action}"])
