"""Loads several functions in one process, each as functions-framework would serve it."""

import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

from functions_framework import aio
from functions_framework._function_registry import load_function_module
from starlette.types import ASGIApp

from infra.registry import Registry

MODULE_NAME = "main"  # the framework gives every main.py this name


def load_apps(registry: Registry, names: Iterable[str]) -> dict[str, ASGIApp]:
    return {name: _app(name, load_folder(registry.functions[name].folder)) for name in names}


@cache
def load_folder(folder: Path) -> ModuleType:
    """Load main.py as the framework does, then restore `sys`, so that the next folder can be loaded."""
    module: ModuleType
    module, spec = load_function_module(str(folder / "main.py"))  # type: ignore[no-untyped-call]
    spec.loader.exec_module(module)
    del sys.modules[MODULE_NAME]
    sys.path.remove(str(folder))
    return module


def _app(name: str, module: ModuleType) -> ASGIApp:
    app: ASGIApp = aio.create_asgi_app_from_module(  # type: ignore[no-untyped-call]
        name, module.__file__, None, module, module.__spec__
    )
    return app
