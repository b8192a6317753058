"""What the warm engine has loaded before a run: what each run and each task would make again."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

_LOADED = """
import json, re, sys
sys.path[:0] = [{root!r}]
from bot.engine.warm.preload import preload
preload()
from pathlib import Path
import yaml
from ansible import config
from ansible._internal._templating._jinja_bits import AnsibleEnvironment, AnsibleLexer, _TemplateConfig
from ansible.utils.collection_loader import _collection_finder as finder
text = (Path(config.__file__).parent / "ansible_builtin_runtime.yml").read_bytes()
kept, made = len(AnsibleEnvironment._lexer_cache), []
AnsibleLexer.__init__ = lambda *_: made.append(1)
_TemplateConfig.jinja_extensions or AnsibleEnvironment().lexer
whose = ("ansible.builtin", "runtime.yml")
first, second, other = (finder._meta_yml_to_dict(said, whose) for said in (text, text, b"plugin_routing: moved"))
print(json.dumps({{
    "lexers kept": kept,
    "lexers made": len(made),
    "routes": first == second == yaml.safe_load(text) and len(first["plugin_routing"]) > 5,
    "read once": first is not second,
    "other": other,
    "loaded": sorted(name.rpartition(".")[2] for name in sys.modules if name.startswith("ansible.plugins.")),
}}))
"""


def _loaded(**variables: str) -> dict[str, Any]:
    """What is there after all has been loaded in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _LOADED.format(root=str(ROOT))],
        env={"PATH": "/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_what_each_task_would_make_is_there() -> None:
    """Given Ansible loaded, when a task needs a lexer and the routes, then they are there, as Ansible reads them."""
    seen = _loaded()
    assert seen["lexers kept"] == 1
    assert seen["lexers made"] == 0
    assert seen["routes"]
    assert seen["read once"]
    assert seen["other"] == {"plugin_routing": "moved"}


def test_what_every_run_loads_is_there() -> None:
    """Given Ansible loaded, then so are the plugins that a run may use, and all those of which it looks at each."""
    loaded = set(_loaded()["loaded"])
    assert {"debug", "copy", "ssh", "local", "linear", "sudo", "junit", "psrp", "paramiko_ssh"} <= loaded


def test_extensions_of_jinja_are_the_runs_own() -> None:
    """Given a configuration that names extensions of Jinja, when Ansible is loaded, then they are not."""
    seen = _loaded(ANSIBLE_JINJA2_EXTENSIONS="jinja2.ext.do")
    assert seen["lexers kept"] == 0
