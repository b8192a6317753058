"""Who may talk to the bot at all: an Incoming enters; a Request's speaker leaves, or a refusal.

Ids only; whoever Slack does not vouch for is refused.
"""

from dataclasses import dataclass

from bot.chat.slack.people import People
from bot.chat.slack.trouble import SlackTrouble
from bot.errors import NotAllowed
from bot.guards import PolicyFile
from bot.model.incoming import Incoming
from bot.model.people import Actor, Conversation
from bot.model.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The check, with the workspace that the token is for."""

    policy: PolicyFile
    people: People
    team: str

    def request(self, incoming: Incoming, text: str) -> Request:
        """The request that somebody makes; NotAllowed for other workspaces and whoever may not use the bot at all."""
        place = self.policy.policy().slack
        if incoming.team not in (place.teams or (self.team,)):
            raise NotAllowed("This workspace may not use the bot.", "It has to be listed under slack.teams.")
        try:
            person = self.people.user(incoming.user)
        except SlackTrouble as error:
            raise NotAllowed("Slack does not say who you are.", "Try again in a moment.") from error
        barred = (person.bot and not place.bots) or (person.guest and not place.guests)
        if barred or person.deleted or person.outside:
            raise NotAllowed("Guests, bots and people of other workspaces may not use the bot.")
        return Request(
            text=text,
            actor=Actor(transport="slack", name=incoming.user),
            conversation=Conversation(transport="slack", channel=incoming.channel, thread=incoming.thread),
            groups=self._groups(incoming.user),
        )

    def _groups(self, user: str) -> tuple[str, ...]:
        """The user groups that the policy names and the person is in; one that can't be looked up counts as not."""
        return tuple(group for group in self.policy.policy().groups("slack") if self._belongs(user, group))

    def _belongs(self, user: str, group: str) -> bool:
        try:
            return self.people.belongs(user, group)
        except SlackTrouble:
            return False
