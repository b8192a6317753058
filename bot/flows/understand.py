"""What somebody said enters as text; the Command that it means leaves, by the names that they may know of."""

from dataclasses import dataclass

from bot.catalog import Catalog
from bot.commands import parse
from bot.errors import Misconfigured, Refused
from bot.flows.permission import Permission
from bot.flows.places import visible, vocabulary
from bot.model.command import Command, Vocabulary
from bot.model.request import Request
from bot.targets import Inventories


@dataclass(frozen=True, slots=True, kw_only=True)
class Understand:
    """The parser, with the names of this project."""

    catalog: Catalog
    inventories: Inventories
    permission: Permission

    def handle(self, request: Request) -> Command:
        """The command; a refusal names nothing that the actor may not use.

        What they may not use is understood all the same, so that the guards answer, and not a guess at another name.
        """
        try:
            return parse(request.text, self.offered(request))
        except Refused as refusal:
            try:
                return parse(request.text, vocabulary(self.catalog, self.inventories))
            except Refused:
                raise refusal from None

    def offered(self, request: Request) -> Vocabulary:
        """The names that completion offers to the actor: what they may use from here; none under a broken policy."""
        try:
            reach = self.permission.reach(request)
        except Misconfigured:
            return Vocabulary()
        return visible(self.catalog, self.inventories, reach)
