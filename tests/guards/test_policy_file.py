"""`signalbox.yml`: read when it changes, its last good word kept when it breaks, hostile text refused in a sentence."""

import os
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import Misconfigured
from bot.guards import Policy, PolicyFile, env_vars, plain_vars
from bot.guards.yaml_file import MAX_VALUES, read_mapping

GOOD = "roles:\n  operator:\n    members: ['terminal:anna']\n    may: [{runbooks: ['*'], environments: [local]}]\n"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file would be."""
    return tmp_path / "signalbox.yml"


def problem_of(path: Path, text: str | bytes) -> str:
    """What is said of a file with this text that was never good."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Misconfigured) as caught:
        PolicyFile(path).policy()
    assert caught.value.what.startswith("signalbox.yml cannot be used: ")
    assert "nothing may run" in caught.value.remedy
    assert len(str(caught.value)) < 1000
    return caught.value.what


def test_no_file_is_no_policy(path: Path) -> None:
    """Given no file, and given a folder that is none either, when asked, then there is a policy that nobody wrote."""
    assert not PolicyFile(path).policy().written
    path.touch()
    assert not PolicyFile(path / "signalbox.yml").policy().written


def test_a_file_is_read(path: Path) -> None:
    """Given a good file, when asked, then what it says is in the policy, and there is no problem."""
    path.write_text(
        GOOD + "limits: {queue: 7}\nenvironments: {prod: {protected: true, approvals: 1, max_hosts: 20%}}\n"
    )
    file = PolicyFile(path)
    policy = file.policy()
    assert policy.written
    assert policy.roles["operator"].members == ("terminal:anna",)
    assert policy.limits.queue == 7
    assert policy.environment("prod").max_hosts == "20%"
    assert file.problem == ""


def test_variables_stand_in_the_file_or_in_the_environment(path: Path) -> None:
    """Given both kinds, when they are asked for, then each comes from its place, and what is unset is not there."""
    path.write_text("vars: {port: 5000, hosts: [a, {env: x}], token: {env: T}, other: {env: U}}\n")
    variables = PolicyFile(path).policy().vars
    assert plain_vars(variables) == {"port": 5000, "hosts": ["a", {"env": "x"}]}
    assert env_vars(variables, {"T": "t0ken"}.get) == {"token": "t0ken"}  # type: ignore[arg-type]


def test_a_change_is_seen_without_a_restart(path: Path) -> None:
    """Given a file that was read, when it changes, goes and comes back, then the last word that was read counts."""
    path.write_text(GOOD)
    file = PolicyFile(path)
    assert "operator" in file.policy().roles
    path.write_text(GOOD.replace("operator", "deployer"))
    _touch(path)
    assert "deployer" in file.policy().roles
    path.unlink()
    assert "deployer" in file.policy().roles
    assert "is gone" in file.problem
    path.write_text(GOOD)
    assert "operator" in file.policy().roles


def test_a_replaced_file_is_seen_even_when_it_looks_the_same(path: Path) -> None:
    """Given a file replaced by one of the same size and time, when asked, then the new word counts."""
    path.write_text(GOOD)
    file = PolicyFile(path)
    file.policy()
    stat = path.stat()
    new = path.with_name("new.yml")
    new.write_text(GOOD.replace("operator", "reporter"))
    os.utime(new, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    new.rename(path)
    assert "reporter" in file.policy().roles


def test_an_unchanged_file_is_read_once(path: Path) -> None:
    """Given a good file, when asked twice, then the very same policy comes back."""
    path.write_text(GOOD)
    file = PolicyFile(path)
    assert file.policy() is file.policy()


@pytest.mark.parametrize("broken", ["roles: [", "role: {}", "", "roles: 7", "\x00"])
def test_a_broken_file_keeps_the_last_good_one(path: Path, broken: str) -> None:
    """Given a good file, when it is broken and mended again, then the good word holds and the problem shows."""
    path.write_text(GOOD)
    file = PolicyFile(path)
    good = file.policy()
    path.write_text(broken)
    _touch(path)
    assert file.policy() is good
    assert file.problem.startswith("signalbox.yml cannot be used: ")
    path.write_text(GOOD.replace("operator", "deployer"))
    _touch(path, 2)
    assert "deployer" in file.policy().roles
    assert file.problem == ""


def test_a_file_that_was_never_good_lets_nothing_run(path: Path) -> None:
    """Given a broken file from the start, when asked again and again, then Misconfigured every time, until mended."""
    path.write_text("roles: [")
    file = PolicyFile(path)
    for _ in range(2):
        with pytest.raises(Misconfigured):
            file.policy()
    path.write_text(GOOD)
    _touch(path)
    assert file.policy().written


def test_a_folder_in_its_place_is_a_broken_file(path: Path) -> None:
    """Given a folder where the file belongs, when asked, then nothing may run, instead of everything."""
    path.mkdir()
    with pytest.raises(Misconfigured, match="cannot be used"):
        PolicyFile(path).policy()


def test_a_loop_of_links_is_a_broken_file(path: Path) -> None:
    """Given a link to itself where the file belongs, when asked, then nothing may run, instead of everything."""
    path.symlink_to(path)
    with pytest.raises(Misconfigured, match="cannot be used"):
        PolicyFile(path).policy()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("role: {}", "role"),
        ("roles: {a: {member: [x]}}", "roles.a.member"),
        ("roles: {a: {may: [{runbook: [x]}]}}", "roles.a.may.0.runbook"),
        ("environments: {prod: {protect: true}}", "environments.prod.protect"),
        ("written: false", "written"),
        ("limits: {queues: 1}", "limits.queues"),
        ("slack: {team: [T]}", "slack.team"),
        ("roles: {a: {may_not: [{runbook: [x]}]}}", "roles.a.may_not.0.runbook"),
        ("roles: {a: {may_not: [{approve: true}]}}", "roles.a.may_not.0.approve"),
        ("environments: {prod: {freezes: []}}", "environments.prod.freezes"),
        ("environments: {prod: {freeze: [{start: 2026-01-01}]}}", "environments.prod.freeze.0.start"),
    ],
)
def test_unknown_keys_are_named(path: Path, text: str, named: str) -> None:
    """Given a misspelt key, when the file is read, then it is refused by name: a typo must not open a door."""
    assert f"{named}: Extra inputs are not permitted" in problem_of(path, text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("roles: {a: {members: 'terminal:*'}}", "roles.a.members"),
        ("roles: {a: {members: [7]}}", "roles.a.members.0"),
        ("roles: [a]", "roles"),
        ("roles: {1: {}}", "roles.1"),
        ("environments: {prod: {approvals: -1}}", "environments.prod.approvals"),
        ("environments: {prod: {approvals: many}}", "environments.prod.approvals"),
        ("limits: {queue: 0}", "limits.queue"),
        ("roles: {a: {may: [{check: always}]}}", "roles.a.may.0.check"),
        ("roles: {a: {may: [{limit: true}]}}", "roles.a.may.0.limit"),
        ("roles: {a: {may: [{parameters: {x: []}}]}}", "roles.a.may.0.parameters.x"),
        ("roles: {a: {may: [{parameters: {x: [{a: 1}]}}]}}", "roles.a.may.0.parameters.x.0"),
        ("roles: {a: {may: [{parameters: {x: null}}]}}", "roles.a.may.0.parameters.x"),
        ("roles: {a: {may_not: [{check: only}]}}", "roles.a.may_not.0.check"),
        ("environments: {prod: {approvals: 21}}", "environments.prod.approvals"),
        ("environments: {prod: {max_concurrent: 0}}", "environments.prod.max_concurrent"),
        ("environments: {prod: {brake: {within: 10m}}}", "environments.prod.brake"),
        ("environments: {prod: {brake: {failed: 1}}}", "environments.prod.brake.within"),
        ("environments: {prod: {brake: {failed: 1, within: 2d}}}", "environments.prod.brake.within"),
        ("environments: {prod: {default_limit: ''}}", "environments.prod.default_limit"),
        ("environments: {prod: {freeze: [{}]}}", "environments.prod.freeze.0: Value error, either cron and duration"),
        (
            "environments: {prod: {freeze: [{cron: 0 18 * * fri, duration: 2h, timezone: Berlin}]}}",
            "environments.prod.freeze.0.timezone: Value error, the name of a time zone",
        ),
        *[
            (f"environments: {{prod: {{max_hosts: {value}}}}}", "environments.prod.max_hosts: Value error, a number of")
            for value in ("0", "-1", "2.5", "true", "20 %", "'%'", "'-1%'", "'101%'", "'\u00b2%'", "'\u0663%'", "[5]")
        ],
        (f"environments: {{prod: {{max_hosts: '{'9' * 5000}%'}}}}", "environments.prod.max_hosts"),
        ("vars: {a-b: 1}", "a variable is named in letters"),
        ("vars: {event: 1}", "a variable is named in letters"),
        ("vars: {a: {env: 'B C'}}", "vars.a: Value error, a value of the environment is"),
        ("vars: {a: {env: B, default: c}}", "vars.a: Value error, a value of the environment is"),
        ("vars: {a: {env: SLACK_BOT_TOKEN}}", "vars.a: Value error, SLACK_BOT_TOKEN is Signalbox's own"),
    ],
)
def test_values_that_do_not_fit_are_named(path: Path, text: str, named: str) -> None:
    """Given a value of the wrong kind, when the file is read, then its place is named, and nothing is guessed."""
    assert named in problem_of(path, text)


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n- b\n", "just text", "7", "null", "---\n...\n"])
def test_a_file_without_keys_is_told_what_to_begin_with(path: Path, text: str) -> None:
    """Given a file that holds no mapping, when it is read, then the sentence says what to begin with."""
    assert "`roles:` is what to begin with" in problem_of(path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("roles: {}\nroles: {}\n", "line 2: roles is written twice"),
        ("environments:\n  prod: {protected: true}\n  prod: {}\n", "line 3: prod is written twice"),
        ("roles:\n  a: [\n", "line 3: "),
        ("a: 1\n--- \nb: 2\n", "line 2: "),
        ("roles: *nobody", "line 1: found undefined alias"),
        ("roles: !!python/object/apply:os.system ['touch mark']", "could not determine a constructor"),
        ("roles: !!bool maybe", "does not fit the tag"),
        ("roles: !!timestamp now", "does not fit the tag"),
        ("? [a, b]\n: 1\n", "unhashable key"),
        ("roles: &r {a: *r}", "line 1: an alias refers to what it stands in"),
        ("a: " + "[" * 21 + "]" * 21, "nested more than 20 levels"),
        ("[" * 100_000, "nested more than 20 levels"),
        ("{a: " * 100_000, "nested more than 20 levels"),
        ("- " * 100_000, "nested more than 20 levels"),
        ("a: 2020-13-45", "month must be in 1..12"),
        ("a: " + "9" * 5000, "limit"),
        ("\x00", "no text that YAML allows"),
        ("roles: \x1b[31m", "no text that YAML allows"),
        (b"\xff\xfe\xfd", "cannot be used: "),
        (b"roles: \xc3\x28", "no text that YAML allows"),
        ("x" * 1000 + ": 1", "Extra inputs are not permitted"),
    ],
    ids=range(21),
)
def test_text_that_is_no_policy_is_refused_in_a_sentence(path: Path, text: str | bytes, said: str) -> None:
    """Given text that is broken, nested or tagged, when it is read, then one short sentence says what is wrong."""
    assert said in problem_of(path, text)


def test_two_megabytes_are_not_read(path: Path) -> None:
    """Given a file of 2 MB that is otherwise good, when it is read, then it is refused for its size."""
    assert "larger than 1 MB" in problem_of(path, GOOD + "# filler\n" * 250_000)


def _laughs(levels: int = 9, width: int = 9) -> str:
    lines = ["a0: &a0 [" + ", ".join(["lol"] * width) + "]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * width) + "]" for n in range(1, levels)]
    return "\n".join(lines)


def _merges(levels: int = 12, width: int = 9) -> str:
    lines = ["m0: &m0 {a: 1, b: 2}"]
    lines += [f"m{n}: &m{n} {{<<: [" + ", ".join([f"*m{n - 1}"] * width) + "]}" for n in range(1, levels)]
    return "\n".join(lines)


def _wide() -> str:
    members = ", ".join(["x"] * 2000)
    roles = "\n".join(f"  r{number}: {{members: *m}}" for number in range(2000))
    return f"roles:\n  first: {{members: &m [{members}]}}\n{roles}\n"


@pytest.mark.parametrize("bomb", [_laughs(), _merges(), _wide()], ids=["laughs", "merges", "one long list, many times"])
def test_a_small_file_cannot_fill_the_memory(path: Path, bomb: str) -> None:
    """Given aliases that stand for millions of values, when the file is read, then it is refused before they exist."""
    assert len(bomb) < 100_000
    assert f"stands for more than {MAX_VALUES} values" in problem_of(path, bomb)


def test_honest_aliases_work(path: Path) -> None:
    """Given an anchor and its alias for a list of members, when the file is read, then both roles have them."""
    path.write_text("roles:\n  a: {members: &ops ['terminal:x']}\n  b: {members: *ops}\n")
    roles = PolicyFile(path).policy().roles
    assert roles["a"].members == roles["b"].members == ("terminal:x",)


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_do_anything_but_a_mapping_or_a_sentence(text: bytes) -> None:
    """Given any bytes, when they are read, then a mapping comes out, or ValueError with a sentence."""
    try:
        made = read_mapping(text)
    except ValueError:
        return
    assert isinstance(made, dict)


@given(st.dictionaries(st.text(max_size=5), st.recursive(st.text(max_size=5), st.lists, max_leaves=5), max_size=5))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_plain_mappings_come_out_as_yaml_reads_them(value: dict[str, object]) -> None:
    """Given any mapping that YAML can write, when it is read with suspicion, then it is what YAML itself reads."""
    text = yaml.safe_dump(value, allow_unicode=False).encode()
    assert read_mapping(text) == value


def _touch(path: Path, later: int = 1) -> None:
    """Make sure that the change shows in the file's time, on file systems with coarse clocks too."""
    moment = time.time_ns() + later * 1_000_000_000
    os.utime(path, ns=(moment, moment))


def test_a_file_that_somebody_named_must_be_there(path: Path) -> None:
    """Given a policy file named in the settings that does not exist, then nothing may run."""
    with pytest.raises(Misconfigured, match="is gone"):
        PolicyFile(path, named=True).policy()


def test_what_others_cannot_use_changes_nothing(path: Path) -> None:
    """Given a part that the guards do not read, when it is wrong, then the last good file holds, and that is said."""

    def check(policy: Policy) -> None:
        if policy.alerts:
            raise Misconfigured("alerts.nagios is no source.", "There are others.")

    path.write_text(GOOD)
    file = PolicyFile(path, check=check)
    good = file.policy()
    path.write_text(GOOD + "alerts: {nagios: {}}\n")
    assert file.policy() is good
    assert file.problem == "signalbox.yml cannot be used: alerts.nagios is no source. There are others."
