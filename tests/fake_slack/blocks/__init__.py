"""Slack's limits on blocks: blocks or a view enter, the list of what is wrong with them leaves."""

from tests.fake_slack.blocks.message import check_message, needs_ids, total
from tests.fake_slack.blocks.options import check_suggestions
from tests.fake_slack.blocks.views import check_view

__all__ = ["check_message", "check_suggestions", "check_view", "needs_ids", "total"]
