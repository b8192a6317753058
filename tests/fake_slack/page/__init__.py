"""A small page that shows the workspace as people would see it: requests of a browser enter, HTML leaves."""

from tests.fake_slack.page.blocks import draw
from tests.fake_slack.page.layout import document
from tests.fake_slack.page.message import message_html
from tests.fake_slack.page.routes import Page

__all__ = ["Page", "document", "draw", "message_html"]
