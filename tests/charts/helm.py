"""Helm's own engine, in a process beside that of the tests.

It is a library in Go with a runtime of its own: signal handlers, threads, and an end of the whole process when it fails.
Tests of other things should not have to share one with it.
"""

from __future__ import annotations

import atexit
import functools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar

import helm_python

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_T = TypeVar("_T")

PATIENCE: Final = 300.0  # seconds for one call; a release that is installed waits for nothing


class HelmError(Exception):
    """Helm fails; the text is its own."""


def rendered(chart: Path | str, values: dict[str, Any], name: str, namespace: str) -> dict[str, str]:
    """What `helm template` makes of a folder or an archive: text by the template's path. Raises HelmError."""
    return _beside(_render, str(chart), values, name, namespace)


def linted(chart: Path, values: dict[str, Any]) -> dict[str, Any]:
    """What `helm lint` says. Raises HelmError."""
    return _beside(_lint, str(chart), values)


def packaged(chart: Path, destination: Path) -> str:
    """The path of the archive that `helm package` makes. Raises HelmError."""
    return _beside(_package, str(chart), str(destination))


def with_dependencies(chart: Path) -> None:
    """As `helm dependency build`. Raises HelmError."""
    _beside(_build, str(chart))


def released(config: Path, namespace: str, action: str, *arguments: Any) -> None:
    """`install`, `upgrade` or `uninstall` in a cluster. Raises HelmError."""
    _beside(_release, str(config), namespace, action, arguments)


def _beside(do: Callable[..., _T], *arguments: object) -> _T:
    return _process().submit(do, *arguments).result(PATIENCE)


@functools.cache
def _process() -> ProcessPoolExecutor:
    """One process of its own for each that tests; it ends with that."""
    pool = ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn"))
    atexit.register(pool.shutdown)
    return pool


def _told(do: Callable[[], _T]) -> _T:
    """Helm's errors carry more than can be sent from one process to another."""
    try:
        return do()
    except helm_python.HelmError as error:
        raise HelmError(str(error)) from None


def _render(chart: str, values: dict[str, Any], name: str, namespace: str) -> dict[str, str]:
    def do() -> dict[str, str]:
        with helm_python.Chart.load(chart) as loaded:
            return dict(loaded.render(values, name=name, namespace=namespace))

    return _told(do)


def _lint(chart: str, values: dict[str, Any]) -> dict[str, Any]:
    return _told(lambda: dict(helm_python.lint(chart, values)))


def _package(chart: str, destination: str) -> str:
    return _told(lambda: str(helm_python.package(chart, destination=destination)))


def _build(chart: str) -> None:
    _told(lambda: helm_python.dependency_build(chart))


def _release(config: str, namespace: str, action: str, arguments: tuple[object, ...]) -> None:
    def do() -> None:
        with helm_python.Config(kubeconfig_path=config, namespace=namespace) as opened:
            getattr(opened, action)(*arguments)

    _told(do)
