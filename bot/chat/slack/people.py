"""Ids of people and user groups enter; what Slack says about them leaves, from a cache in Redis that is never old.

When neither a fresh answer nor Slack is there, the error goes up and whoever asked decides nothing: closed, not open.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import redis.exceptions
from redis import Redis

from bot.chat.slack.client import SlackApi
from bot.chat.slack.refusals import trouble, unknown_outcome
from bot.chat.slack.trouble import SlackRefused
from bot.chat.text import line
from bot.errors import Unavailable

USER_SECONDS = 600
GROUP_SECONDS = 300
REFUSED_SECONDS = 60
"""How long a "no" of Slack's (no such group, no paid plan) is believed without asking again."""

_FORGOTTEN_SECONDS = 120
"""Longer than any call lasts: an answer that Slack gave before a change is not stored after it."""

_STORE = """
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""
_FORGET = """
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1] .. redis.call('INCR', KEYS[3]), 'EX', ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackUser:
    """A person as Slack knows them; what Slack does not say counts against them (`guest`, `outside` are then True)."""

    id: str
    name: str
    team: str
    bot: bool
    guest: bool
    deleted: bool
    outside: bool
    time_zone: str


class People:
    """Look-ups in one workspace. Every method raises SlackTrouble, and Unavailable when Redis does not answer."""

    def __init__(self, api: SlackApi, redis: Redis, team: str) -> None:
        self._api = api
        self._redis = redis
        self._team = team
        self._store = redis.register_script(_STORE)
        self._forget = redis.register_script(_FORGET)

    def user(self, user: str) -> SlackUser:
        """The person with this id; SlackRefused when Slack knows none."""
        said = self._cached("user", user, USER_SECONDS, lambda: self._ask("users.info", {"user": user}, "user"))
        return _user(said, user, self._team)

    def members(self, group: str) -> frozenset[str]:
        """Ids of the people in this user group; SlackRefused when there is no such group, or no paid plan."""
        ask = {"usergroup": group}
        said = self._cached("group", group, GROUP_SECONDS, lambda: self._ask("usergroups.users.list", ask, "users"))
        if not isinstance(said, list):
            raise unknown_outcome("usergroups.users.list", "its answer has no users")
        return frozenset(member for member in said if isinstance(member, str))

    def belongs(self, user: str, group: str) -> bool:
        """Whether the person is in the group."""
        return user in self.members(group)

    def forget_group(self, group: str) -> None:
        """The group has changed (`subteam_members_changed`): ask again next time."""
        with _answering():
            self._forget(keys=self._keys("group", group), args=["change-", _FORGOTTEN_SECONDS])

    def _ask(self, method: str, arguments: Mapping[str, Any], part: str) -> Any:
        answer = self._api.call(method, arguments)
        if part not in answer:
            raise unknown_outcome(method, f"its answer has no {part}")
        return answer[part]

    def _cached(self, kind: str, name: str, seconds: int, ask: Callable[[], Any]) -> Any:
        key, changed, _ = self._keys(kind, name)
        with _answering():
            look = self._redis.pipeline(transaction=False)
            look.mget(key, changed)
            look.pttl(key)
            (stored, change), left = look.execute()
        if stored is not None and 0 <= left <= 2_000 * seconds:  # else it is from before the clock was set back
            return _opened(json.loads(stored))
        try:
            found = {"said": ask()}
        except SlackRefused as error:
            if error.code in _ABOUT_THE_ID:
                self._keep(kind, name, change, {"method": error.method, "code": error.code}, REFUSED_SECONDS)
            raise
        self._keep(kind, name, change, found, seconds)
        return found["said"]

    def _keep(self, kind: str, name: str, change: Any, found: Any, seconds: int) -> None:
        """Store what was answered, unless it was forgotten while Slack was asked."""
        key, changed, _ = self._keys(kind, name)
        with _answering():
            self._store(keys=[key, changed], args=[change or "", json.dumps(found), seconds])

    def _keys(self, kind: str, name: str) -> list[str]:
        """What is stored, the mark of its last change, and the counter that makes marks."""
        place = f"signalbox:slack:{{{self._team}}}"
        return [f"{place}:{kind}:{name}", f"{place}:{kind}:{name}:changed", f"{place}:changes"]


_ABOUT_THE_ID = frozenset({"no_such_subteam", "plan_upgrade_required", "user_not_found", "user_not_visible"})


def _opened(found: Any) -> Any:
    """What was stored; a stored "no" is raised again."""
    if "code" in found:
        raise trouble(str(found["method"]), str(found["code"]))
    return found["said"]


def _user(said: Any, user: str, team: str) -> SlackUser:
    if not isinstance(said, Mapping) or said.get("id") != user:
        raise unknown_outcome("users.info", "its answer is about nobody")
    profile = said.get("profile")
    names = (profile if isinstance(profile, Mapping) else {}).get("display_name") or said.get("real_name")
    teams = {said.get("team_id"), *_teams(said)}
    return SlackUser(
        id=user,
        name=line(str(names or said.get("name") or user), 80),
        team=str(said.get("team_id") or ""),
        bot=said.get("is_bot") is not False or said.get("is_workflow_bot") is True,
        guest=said.get("is_restricted") is not False or said.get("is_ultra_restricted") is not False,
        deleted=said.get("deleted") is not False,
        outside=team not in teams or said.get("is_stranger") is True,
        time_zone=str(said.get("tz") or ""),
    )


def _teams(said: Mapping[str, Any]) -> list[Any]:
    """The workspaces of a person of an Enterprise organization, besides the one they came from."""
    enterprise = said.get("enterprise_user")
    teams = enterprise.get("teams") if isinstance(enterprise, Mapping) else None
    return [team for team in teams if isinstance(team, str)] if isinstance(teams, list) else []


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except redis.exceptions.RedisError as error:
        raise Unavailable(
            "The cache of Slack's people in Redis does not answer.", "`python -m bot doctor` tells more."
        ) from error
