"""Hostile text goes in wherever text can; it comes out as text, and nothing is carried out on the way."""

import json
from collections.abc import Iterator

import pytest
import yaml

from bot.commands import to_text
from bot.model.command import AskRun
from tests.e2e.place import Place

pytestmark = pytest.mark.xdist_group("e2e-hostile")

CANARY = "canary-was-carried-out"


@pytest.fixture(autouse=True)
def _no_canary(town: Place) -> Iterator[None]:
    yield
    assert not [str(path) for path in town.root.rglob(f"*{CANARY}*")]


def values(town: Place) -> list[str]:
    """Texts that would do something if anybody let them."""
    touch = f"touch {town.root}/{CANARY}"
    return [
        f"{{{{ lookup('pipe', '{touch}') }}}}",
        f"{{% raw %}}{{% endraw %}}{{{{ lookup('pipe', '{touch}') }}}}",
        f"{{% for x in [1] %}}{{{{ lookup('pipe', '{touch}') }}}}{{% endfor %}}",
        f"!unsafe {{{{ lookup('pipe','{touch}') }}}}",
        f"; {touch}",
        f"$({touch})",
        f"`{touch}`",
        f"| {touch}",
        f"' && {touch} #",
        f'" && {touch} #',
        f"x' ansible_connection=local creates='{touch}",
        "; rm -rf /",
        "<!channel> <@U1> <https://example.com|click>",
        "\u202eevil\u2066",
        "-e ansible_connection=local",
        "--extra-vars=@/etc/passwd",
        "@/etc/passwd",
        "../../../../etc/passwd",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16") + " ñ 漢字",
        "a=b " * 100,
    ]


def test_parameters_are_data(town: Place) -> None:
    """Every value arrives on the host exactly as it was given, in a message, a file and an argument."""
    given = values(town)
    names = [f"v{number}" for number in range(len(given))]
    listed = [f"{{{{ {name} }}}}" for name in names]
    tasks = [
        {"name": "Say", "debug": {"msg": "{{ lookup('vars', item) }}"}, "loop": names},
        {
            "name": "Write",
            "copy": {"content": "{{ given | to_json }}", "dest": f"{town.root}/out"},
            "vars": {"given": listed},
        },
        {"name": "Pass", "command": {"argv": ["printf", "%s\n--\n", *listed]}},
    ]
    town.playbook("echo", tasks, parameters={name: {"type": "str", "required": True} for name in names})
    ask = AskRun(runbook="echo", environment="local", limit="web1", parameters=dict(zip(names, given, strict=True)))
    result = town.ask(stdin=to_text(ask) + "\n")
    assert result.status == 0, result.out[-2000:]
    assert json.loads((town.root / "out").read_text()) == given
    said = [event["message"].strip() for event in result.of("event") if event["task"] == "Say" and event["item"]]
    assert said == [value.strip() for value in given]
    passed = next(event["message"] for event in result.of("event") if event["task"] == "Pass" and event["result"])
    assert passed.strip() == "".join(f"{value}\n--\n" for value in given).strip()


def test_no_name_limit_or_environment_does_anything(town: Place) -> None:
    """As a runbook, limit, environment, run number or whole line each text is refused, in one sentence each."""
    before = town.rows("SELECT count(*) AS n FROM runs")
    lines = []
    for value in [*values(town), "x\0y", "a=b " * 2500, "\x1b]0;title\x07\x1b[31mred", "(" * 3000, "\\" * 999 + '"']:
        text = value.replace("\n", " ")
        quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
        lines += [f"run {quoted} in local", f"run ping on {quoted} in local", f"run ping in {quoted}"]
        lines += [f"hosts {quoted} in local", f"show {quoted}", f"run ping on {text} in local"]
    result = town.ask(stdin="\n".join(lines) + "\n")
    replies = result.of("reply")
    assert len(replies) == len(result.objects) == len(lines)
    assert [reply["text"] for reply in replies if not reply["refused"]] == []
    assert not [reply["text"] for reply in replies if "failed itself" in reply["text"] or "root:x" in reply["text"]]
    assert all(len(reply["text"]) < 1500 for reply in replies)
    assert result.status == 2
    assert town.rows("SELECT count(*) AS n FROM runs") == before


def test_what_a_host_says_is_only_shown(town: Place) -> None:
    """Escape sequences, mentions, direction marks and templates in output are printed without any effect."""
    nasty = [*values(town), "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b[0m", "\x9b31m", "bell\x07", "\r\noverwritten"]
    (town.root / "nasty.txt").write_text("\n".join(nasty))
    tasks = [
        {"name": "Cat", "command": f"cat {town.root}/nasty.txt", "register": "said"},
        {"name": "Again", "debug": {"var": "said"}},
        {"name": "Fail", "command": f"sh -c 'cat {town.root}/nasty.txt >&2; exit 1'"},
    ]
    town.playbook("nasty", tasks)
    result = town.chat("run nasty on web1 in local", "runs last 1")
    number = town.rows("SELECT max(id) AS n FROM runs")[0]["n"]
    log = town.chat(f"log {number}", f"show {number}")
    assert "; rm -rf /" in log.out
    for text in (result.out, log.out):
        assert not {char for char in text if char in "\x1b\x07\x9b\u202e\u2066\r"}
    assert "{{ lookup('pipe'" in log.out


def test_names_of_hosts_are_data(town: Place) -> None:
    """An inventory whose hosts have hostile names runs on them as on any, or is refused; nothing else happens."""
    touch = f"touch {town.root}/{CANARY}"
    names = [f"$({touch})", f"a;{touch}", "{{ lookup('pipe','" + touch + "') }}", "x<!channel>", "\u202ebad"]
    ours = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    content = {"all": {"vars": ours, "children": {"odd": {"hosts": dict.fromkeys([*names, "good"])}}}}
    town.write("inventories/odd/hosts.yml", yaml.safe_dump(content, allow_unicode=True))
    result = town.ask("run ping in odd", "hosts all in odd", "run ping on good in odd")
    assert "failed itself" not in result.out
    assert all(each["type"] in {"run", "event", "reply"} for each in result.objects)
    assert "\u202e" not in town.chat("hosts all in odd").out
