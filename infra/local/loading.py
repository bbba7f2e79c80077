"""Functions as functions-framework itself would serve them, but several in one process."""

import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from functions_framework import aio
from functions_framework._function_registry import load_function_module
from starlette.types import ASGIApp

from infra.registry import Registry

LOADED_AS = "main"  # whatever the folder


def load(registry: Registry, names: Iterable[str]) -> dict[str, ASGIApp]:
    """The app of each of these functions. Those of one folder share its module, as they share its code."""
    modules: dict[Path, ModuleType] = {}
    apps = {}
    for name in names:
        folder = registry.functions[name].folder
        module = modules[folder] = modules.get(folder) or load_folder(folder)
        apps[name] = aio.create_asgi_app_from_module(name, module.__file__, None, module, module.__spec__)
    return apps


def load_folder(folder: Path) -> ModuleType:
    """The module that the framework makes of a folder's main.py, without the traces it leaves for the next one."""
    module, spec = load_function_module(str(folder / "main.py"))
    spec.loader.exec_module(module)
    del sys.modules[LOADED_AS]
    sys.path.remove(str(folder))
    return module
