"""Nothing enters; Ansible and its own plugins are loaded, so that forked runs find them, and nothing else."""

import contextlib
import importlib
import os
import pickle
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

_PROFILES = "ansible.module_utils._internal._json._profiles"
_LATE = (
    *(f"{_PROFILES}._module_legacy_c2m", f"{_PROFILES}._module_legacy_m2c"),
    *("ansible.playbook.handler_task_include", "multiprocessing.popen_fork", "multiprocessing.synchronize"),
)
"""What each run would import, or each task in its own process."""

_KINDS = (
    "action", "become", "cache", "callback", "connection", "filter", "inventory", "lookup", "shell", "strategy", "test",
    "vars",
)  # fmt: skip


def preload() -> None:
    """Load them; what a run asks for under the same name from elsewhere is loaded from there all the same."""
    import ansible.cli.playbook  # noqa: F401 (that is all we want of it)
    from ansible.plugins import loader

    before = set(sys.modules)
    documented: dict[tuple[str, str], str] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind in _KINDS:
            _kind(getattr(loader, f"{kind}_loader"), documented)
        for name in _LATE:
            importlib.import_module(name)
    _read_routes()
    _make_lexer()
    loaded = {name: str(getattr(sys.modules[name], "__file__", "")) for name in set(sys.modules) - before}
    _step_aside(loader.PluginLoader, {name: path for name, path in loaded.items() if ".plugins." in name}, documented)


def _kind(loader: Any, documented: dict[tuple[str, str], str]) -> None:
    """Every plugin of one kind that comes with Ansible itself."""
    from ansible.plugins.loader import PluginLoadContext, PluginPathContext

    folder = Path(importlib.import_module(loader.package).__file__ or "").parent
    for path in sorted(folder.glob("*.py")):
        if path.stem in {"__init__", "base"}:
            continue
        context = PluginLoadContext(loader.type, loader.package)
        context.resolve_legacy(path.stem, {path.stem: PluginPathContext(str(path), True)})
        with contextlib.suppress(Exception):  # it needs a library that is not installed: a run that uses it will say so
            name = context._python_module_name  # noqa: SLF001 (the name under which a run will ask for it)
            module = loader._load_module_source(python_module_name=name, path=str(path))  # noqa: SLF001
            loader._load_config_defs(path.stem, module, str(path))  # noqa: SLF001
            documented[loader.class_name, path.stem] = str(path)


def _read_routes() -> None:
    """Where Ansible finds what has moved: much YAML, with which each run would spend half of its start.

    The text itself is what is looked up, so that another text is read as it comes. Each run is forked, and so gets
    what was read for itself.
    """
    from ansible import config
    from ansible.utils.collection_loader import _collection_finder as finder

    read = finder._meta_yml_to_dict  # noqa: SLF001
    text = (Path(config.__file__).parent / "ansible_builtin_runtime.yml").read_bytes()
    known = [_elsewhere(lambda: read(text, ("ansible.builtin", "runtime.yml")))]

    def routes(found: bytes | str, content_id: Any) -> Any:
        return known.pop() if found == text and known else read(found, content_id)

    finder._meta_yml_to_dict = routes  # noqa: SLF001


def _elsewhere(made: Callable[[], Any]) -> Any:
    """What it makes, made by a process of its own: what it needed on the way, three times as much, ends with that.

    All that is loaded is copied, as a table of pages, for each task on each host.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException), os.fdopen(writer, "wb") as file:
            pickle.dump(made(), file)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        text = file.read()
    os.waitpid(child, 0)
    try:
        return pickle.loads(text)  # noqa: S301 (our own child wrote it)
    except (EOFError, pickle.UnpicklingError):  # it could not
        return made()


def _make_lexer() -> None:
    """What each task's process would make for its first template: Ansible leaves to chance whether it is there.

    Not where a configuration names extensions of Jinja, which may be code of a project.
    """
    from ansible._internal._templating._jinja_bits import AnsibleEnvironment, _TemplateConfig

    if not _TemplateConfig.jinja_extensions:
        _ = AnsibleEnvironment().lexer


def _step_aside(plugin_loader: Any, loaded: dict[str, str], documented: dict[tuple[str, str], str]) -> None:
    """See that a plugin of the project under a name of Ansible's own is taken, as if that had not been loaded."""
    from ansible import constants
    from ansible.plugins.loader import get_plugin_class

    load_source, load_options = plugin_loader._load_module_source, plugin_loader._load_config_defs  # noqa: SLF001

    def source(self: Any, *, python_module_name: str, path: str) -> Any:
        ours = loaded.pop(python_module_name, None)
        if ours is not None and ours != path:
            sys.modules.pop(python_module_name, None)
        return load_source(self, python_module_name=python_module_name, path=path)

    def options(self: Any, name: str, module: Any, path: str) -> None:
        ours = documented.pop((self.class_name, name), None)
        if ours is not None and ours != path:
            constants.config._plugins.get(get_plugin_class(self.class_name), {}).pop(name, None)  # noqa: SLF001
        load_options(self, name, module, path)

    plugin_loader._load_module_source, plugin_loader._load_config_defs = source, options  # noqa: SLF001
