"""Questions: what the answers hold, in the parts that every chat renders."""

import json

import pytest

from bot.commands import topics
from bot.errors import BadTarget, NotAllowed, NotUnderstood, Refused, UnknownName
from bot.model.people import Actor
from bot.model.reply import Facts, Reply, Table, Text
from bot.model.run import HostOutcome
from bot.model.status import RunStatus

from .world import World


def table(reply: Reply, title: str) -> Table:
    """The one table of a reply whose title begins so."""
    (found,) = [part for part in reply.parts if isinstance(part, Table) and part.title.startswith(title)]
    assert all(len(row) == len(found.columns) for row in found.rows)
    return found


def facts(reply: Reply) -> dict[str, str]:
    """The facts of a reply; of those with one name the last."""
    (found,) = [part for part in reply.parts if isinstance(part, Facts)]
    return dict(found.pairs)


def texts(reply: Reply) -> str:
    """All plain sentences of a reply."""
    return " ".join(part.text for part in reply.parts if isinstance(part, Text))


def test_help_has_a_line_for_each_command(world: World) -> None:
    """Given no word, when help is asked for, then each command stands there once, short, and where to read on."""
    rows = table(world.told("help"), "What you can say").rows
    assert [row[0].split()[0] for row in rows] == [topic.word for topic in topics()]
    assert all(len(row[0]) <= 64 for row in rows)
    assert "`help <word>`" in texts(world.told("help"))


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.word)
def test_help_tells_more_about_each_command(world: World, topic: object) -> None:
    """Given a command, when help is asked about it, in any case, then usage and every example are there."""
    for word in (topic.word, topic.word.upper()):
        (part,) = world.told(f"help {word}").parts
        assert part.title == topic.usage
        assert [value for name, value in part.pairs if name == "example"] == list(topic.examples)


def test_help_about_a_runbook_describes_it(world: World) -> None:
    """Given a runbook's name, when help is asked about it, then it is described."""
    assert world.told("help restart") == world.told("describe restart")


@pytest.mark.parametrize(("word", "remedy"), [("rum", "Did you mean run"), ("xyzzy", "`help` lists all commands.")])
def test_help_about_nothing_is_refused(world: World, word: str, remedy: str) -> None:
    """Given a word that nobody knows, when help is asked about it, then the refusal has near ones, or the way on."""
    with pytest.raises(UnknownName) as refusal:
        world.say(f"help {word}")
    assert refusal.value.what == f'There is no command "{word}".'
    assert refusal.value.remedy.startswith(remedy)


def test_a_long_word_is_not_said_back_whole(world: World) -> None:
    """Given a word of thousands of characters, when help is asked about it, then the refusal stays short."""
    with pytest.raises(UnknownName) as refusal:
        world.say("help " + "x" * 3000)
    assert len(str(refusal.value)) < 200


def test_runbooks_are_listed_by_a_word_of_theirs(world: World) -> None:
    """Given runbooks, when they are looked for by a word, then its name and its summary count, in any case."""
    assert [row[0] for row in table(world.told("runbooks"), "Runbooks").rows] == ["ping", "restart", "token"]
    assert [row[0] for row in table(world.told("runbooks PIN"), "Runbooks").rows] == ["ping"]
    assert [row[0] for row in table(world.told("runbooks 'the token'"), "Runbooks").rows] == ["token"]
    assert texts(world.told("runbooks nothing")) == (
        'No runbook has "nothing" in its name or summary. `runbooks` lists all.'
    )


def test_broken_runbook_files_are_shown_with_line_and_remedy(world: World) -> None:
    """Given a broken file, when runbooks are listed, then it is shown with its line, and the others are still there."""
    world.write("playbooks/bad.runbook.yml", "id: bad\nsummary: Bad\nplaybook: site.yml\nsafty: {}\n")
    reply = world.told("runbooks")
    ((place, what, remedy),) = table(reply, "Left out").rows
    assert place == "playbooks/bad.runbook.yml:4"
    assert "safty" in what
    assert "safety" in remedy
    assert len(table(reply, "Runbooks").rows) == 3


def test_a_mended_file_comes_back(world: World) -> None:
    """Given a broken file, when it is mended, then the next question has it, without a restart."""
    path = world.write("playbooks/bad.runbook.yml", "id: [")
    assert "Left out" in repr(world.told("runbooks"))
    path.write_text("id: bad\nsummary: Good now\nplaybook: site.yml\n")
    assert "Left out" not in repr(world.told("runbooks"))
    assert world.run("run bad").plan.summary == "Good now"


def test_a_description_has_all_that_one_needs_to_ask(world: World) -> None:
    """Given a runbook with everything, when it is described, then its ways to ask, places and bounds are there."""
    world.write("inventories/dev/hosts.yml", "all: {hosts: {a: {}}}\n")
    world.runbook(
        "full",
        """
        description: Does it all.
        say: ['tidy up {limit}', 'sweep {limit}']
        parameters:
          level: {type: int, required: true, choices: [1, 2], description: How much}
          words: {type: list, default: [a, "ü"]}
          hidden: {type: str, no_log: true, default: s3cret-4711}
          asked: {type: str, no_log: true, required: true}
        expect: [{pattern: '^done'}]
        safety: {scopes: [dev, nowhere], max_hosts: 5, timeout: 90s, cooldown: 10m, requires_approval: true}
        """,
    )
    reply = world.told("describe full")
    said = facts(reply)
    assert said["runs"] == "playbooks/site.yml"
    assert said["ask"] == "run full on <limit> in <environment> level=…"
    assert said["or say"] == "sweep {limit}"
    assert said["may run in"] == "dev"
    assert (said["at most"], said["timeout"]) == ("5 hosts", "1 min 30 s")
    assert said["cooldown"] == "10 min on the same host"
    assert said["approval"] == "required"
    assert said["expects"] == "output matches ^done"
    rows = {row[0]: row[1:] for row in table(reply, "Parameters").rows}
    assert rows["level"] == ("int", "required", "1, 2", "How much")
    assert rows["words"] == ("list", '["a", "ü"]', "", "")
    assert rows["hidden"][:2] == ("str, secret", "********")
    assert rows["asked"][:2] == ("str, secret", "required, asked for")
    assert "s3cret" not in repr(reply)


def test_a_runbook_without_parameters_says_so(world: World) -> None:
    """Given a runbook without parameters, when it is described, then there is a sentence instead of an empty table."""
    assert texts(world.told("describe ping")) == "It takes no parameters."


def test_environments_are_counted_and_broken_ones_named(world: World) -> None:
    """Given a good and a broken inventory, when environments are listed, then both are there, with counts or reason."""
    world.write("inventories/bad/hosts.yml", "all: [\n")
    rows = {row[0]: row[1:] for row in table(world.told("envs"), "Environments").rows}
    assert rows["lab"][:2] == ("5", "db (2), web (3)")
    assert rows["lab"][2].endswith(" ago, from files")
    assert rows["lab"][3:] == ("none", "")
    assert rows["bad"][0] == "?"
    assert "inventories/bad" in rows["bad"][1]


def test_environments_tell_how_they_are_protected_and_what_stops_runs(world: World) -> None:
    """Given rules and stops of an environment, when environments are listed, then its row has them in a few words."""
    world.write("inventories/dev/hosts.yml", "all: {hosts: {a: {}}}\n")
    world.write(
        "signalbox.yml",
        """
        roles:
          all: {members: ["terminal:*"], may: [{runbooks: ["*"], environments: ["*"], approve: true}]}
        environments:
          lab: {protected: true, approvals: 2, max_hosts: 20%, max_concurrent: 3}
          dev: {freeze: [{from: 2020-01-01 00:00, until: 2999-01-01 00:00}]}
        """,
    )
    world.say("lock web1 in lab because of the disk")
    world.say("lock web2 in lab because of the disk")
    world.say("freeze all because of the outage")
    rows = {row[0]: row[4:] for row in table(world.told("envs"), "Environments").rows}
    assert rows["lab"] == (
        "protected, approvals 2, at most 20% hosts a run, at most 3 runs at once",
        "lock 2, freeze",
    )
    assert rows["dev"] == ("freezes 1", "freeze, frozen by policy until 2999-01-01 00:00 (UTC)")


def test_a_host_is_explained_with_groups_and_variables(world: World) -> None:
    """Given groups in groups and a variable in two places, when a host is explained, then ways and origins are told."""
    world.write(
        "inventories/lab/more.yml", "site: {children: {web: {}}, vars: {color: blue}}\nall: {vars: {api_token: zq81}}\n"
    )
    world.write("inventories/lab/group_vars/web.yml", "color: red\n")
    reply = world.told("hosts web1 in lab --vars")
    assert table(reply, "web1 in lab: groups").rows == (("site", "through web < site"), ("web", "named there"))
    assert table(reply, "web1 in lab: variables").rows == (
        ("api_token", "***", "group all, inventories/lab/more.yml:2", ""),
        (
            "color",
            "red",
            "group web, inventories/lab/group_vars/web.yml:1",
            "group site, inventories/lab/more.yml:1",
        ),
    )
    assert "zq81" not in repr(reply)


def test_a_host_without_groups_and_variables_says_so(world: World) -> None:
    """Given a host in no group, when it is explained, then two sentences stand for the tables."""
    world.write("inventories/dev/hosts.yml", "all: {hosts: {a: {}}}\n")
    assert (
        texts(world.told("hosts a in dev --vars"))
        == "a in dev is in no group. The inventory sets nothing for a in dev."
    )


def test_variables_are_not_shown_of_many_hosts_or_to_everybody(world: World) -> None:
    """Given too many hosts, or somebody who may run nothing there, when variables are asked for, then it is refused."""
    with pytest.raises(BadTarget, match=r"means 5 hosts; variables are shown of 3 at most"):
        world.say("hosts all in lab --vars")
    grant = "may: [{runbooks: ['*'], environments: [dev]}]"
    world.write("signalbox.yml", f"roles: {{dev: {{members: ['terminal:*'], {grant}}}}}\n")
    with pytest.raises(NotAllowed, match="its variables are not shown"):
        world.say("hosts web1 in lab --vars")


def test_hosts_of_a_pattern_come_with_their_groups(world: World) -> None:
    """Given a pattern, when its hosts are asked for, then they stand there in order, with groups and count."""
    found = table(world.told("hosts web:!web2:db1"), "web:!web2:db1 in lab: 3 hosts")
    assert found.rows == (("web1", "web"), ("web3", "web"), ("db1", "db"))
    assert table(world.told("hosts web1 in lab"), "web1 in lab: 1 host").title.endswith("1 host")


def test_hosts_ask_for_the_environment_when_there_are_several(world: World) -> None:
    """Given two environments, when none is named, then the refusal lists them; a wrong one has near names."""
    world.write("inventories/dev/hosts.yml", "all: {hosts: {a: {}}}\n")
    with pytest.raises(UnknownName, match=r"In which environment\? Say `in` and one of: dev, lab\."):
        world.say("hosts all")
    with pytest.raises(UnknownName, match="Did you mean lab"):
        world.say("hosts all in labb")


def many_runs(world: World) -> None:
    """Five runs: two of Bob's, one over, one failed."""
    bob = Actor(transport="terminal", name="bob")
    for text, actor in (("run ping", None), ("run ping --check", bob), ("run restart service=nginx on db", bob)):
        world.run(text, **({"actor": actor} if actor else {}))
    for run_id, status in ((1, RunStatus.SUCCESSFUL), (2, RunStatus.FAILED)):
        for step in (RunStatus.STARTING, RunStatus.RUNNING, status):
            world.ledger.set_status(run_id, step)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("runs", ["3", "2", "1"]),
        ("runs last 2", ["3", "2"]),
        ("runs mine", ["1"]),
        ("runs active", ["3"]),
        ("runs failed", ["2"]),
        ("runs failed last 1", ["2"]),
    ],
)
def test_runs_are_listed_newest_first(world: World, text: str, ids: list[str]) -> None:
    """Given runs of two people, when they are listed, then the newest is first, and the word narrows the list."""
    many_runs(world)
    assert [row[0] for row in table(world.told(text), "Runs").rows] == ids


def test_a_row_of_a_run_says_what_where_and_who(world: World) -> None:
    """Given a check on a limit, when runs are listed, then its row has all of it in words."""
    world.run("run restart service=nginx on db in lab --check")
    found = table(world.told("runs"), "Runs")
    row = dict(zip(found.columns, found.rows[0], strict=True))
    assert row["runbook"] == "restart --check"
    assert (row["limit"], row["environment"], row["hosts"], row["who"]) == ("db", "lab", "2", "terminal:anna")
    assert (row["status"], row["took"]) == ("queued", "")


def test_an_empty_list_is_a_sentence(world: World) -> None:
    """Given no runs that fit, when they are listed, then a sentence says so."""
    assert texts(world.told("runs")) == "Nothing has run yet."
    world.run("run ping")
    assert texts(world.told("runs failed")) == "No such run."


def test_a_run_is_shown_with_all_that_is_known(world: World) -> None:
    """Given a repeated run with parameters and a result, when it is shown, then all of it is there."""
    world.run("run token app='Zürich \u0301' in lab", secrets={"token": "s3cret-4711", "pin": ""})
    world.finish()
    world.run("rerun 1", secrets={"token": "s3cret-4711", "pin": ""})
    world.ledger.set_outcomes(2, [HostOutcome(host="web1", ok=3, changed=1)])
    reply = world.told("show 2")
    said = facts(reply)
    assert said["by"] == "terminal:anna (chat)"
    assert said["runs"] == "playbooks/site.yml"
    assert said["target"] == "all in lab: web1, web2, web3, db1, db2"
    assert said["parameters"] == 'app="Zürich \u0301" token=********'
    assert said["repeats"] == "run 1 (rerun)"
    assert said["revision"].startswith("not in Git")
    assert table(reply, "Hosts").rows[0] == ("web1", "3", "1", "0", "0", "0", "0", "0")
    assert "s3cret" not in repr(reply)
    assert reply.parts[0].title == "Run 2: token is queued"


def test_show_and_log_of_a_run_that_never_was(world: World) -> None:
    """Given no runs, when one is looked at, then the refusal says where runs are listed."""
    for text in ("show 4", "log 4"):
        with pytest.raises(UnknownName, match="`runs` lists"):
            world.say(text)
    with pytest.raises(NotUnderstood):
        world.say("show me")


def test_five_thousand_hosts_fit_into_an_answer(world: World) -> None:
    """Given 5,000 hosts, when they are previewed and a run on them shown, then every host has its row, once."""
    names = [f"n{number}" for number in range(5_000)]
    world.write("inventories/lab/hosts.yml", json.dumps({"all": {"hosts": {name: {} for name in names}}}))
    assert [row[0] for row in table(world.told("hosts all"), "all in lab: 5000 hosts").rows] == names
    world.run("run ping")
    assert [row[0] for row in table(world.told("show 1"), "Hosts").rows] == names
    assert len(facts(world.told("show 1"))["target"]) < 200


def test_an_unknown_runbook_is_refused_with_near_names(world: World) -> None:
    """Given a misspelled runbook, when it is described, then the refusal has the near one."""
    with pytest.raises(Refused, match="Did you mean restart"):
        world.say("describe restrat")
