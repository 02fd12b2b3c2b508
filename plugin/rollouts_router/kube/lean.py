"""Imports the credential code of kubernetes_asyncio without its thousand generated modules; nothing else.

Importing anything of kubernetes_asyncio runs the `__init__` of the package and of its `client`, and those import
every model and every API class: half a second and more than 30 MB for classes nobody here uses. So the packages
with such an `__init__` are first put in place as deferred packages: real modules with their real spec and search
path, whose `__init__` has not run. Submodules are found through the search path as always. Should anyone ask such
a package for a name that is not there yet, its own `__init__` runs, then and in full, so that no program can tell
the difference but by the clock. Where a version of the library is built otherwise, the normal import is made.
"""

import functools
import importlib
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from types import ModuleType
from typing import Final, Protocol

LIBRARY: Final = "kubernetes_asyncio"

_DEFERRED: Final = (LIBRARY, f"{LIBRARY}.client", f"{LIBRARY}.client.models")
"""Packages whose `__init__` is expensive, outermost first."""

_logger = logging.getLogger(__name__)


class Configuration(Protocol):
    """What the library's loaders fill in; the part of its Configuration that is read here."""

    host: str
    ssl_ca_cert: str | None
    cert_file: str | None
    key_file: str | None
    verify_ssl: bool
    tls_server_name: str | None
    proxy: str | None
    api_key: dict[str, str]
    refresh_api_key_hook: Callable[["Configuration"], None] | None


class KubeConfigLoader(Protocol):
    """Reads one user and cluster of a kubeconfig."""

    async def load_and_set(self, client_configuration: Configuration) -> None:
        """Fill in the configuration."""
        ...


class InClusterLoader(Protocol):
    """Reads a service account."""

    def load_and_set(self, client_configuration: Configuration) -> None:
        """Fill in the configuration, with a hook that reads the token again."""
        ...


class MakesKubeConfigLoader(Protocol):
    """The class KubeConfigLoader, as it is called here."""

    def __call__(self, config_dict: Mapping[str, object], *, config_base_path: str) -> KubeConfigLoader:
        """Paths in the dictionary are relative to the base path."""
        ...


class MakesInClusterLoader(Protocol):
    """The class InClusterConfigLoader, as it is called here."""

    def __call__(
        self, *, token_filename: str, cert_filename: str, environ: Mapping[str, str]
    ) -> InClusterLoader:
        """The server's address is taken from the environment."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """The four classes of kubernetes_asyncio that are used."""

    configuration: Callable[[], Configuration]
    kube_config_loader: MakesKubeConfigLoader
    in_cluster_loader: MakesInClusterLoader
    config_exception: type[Exception]


@functools.cache
def load() -> Library:
    """Import the library, once. It blocks for a quarter of a second: call it in a thread.

    Raises ImportError when the library is not installed.
    """
    if LIBRARY not in sys.modules:
        try:
            _defer()
        except (ImportError, AttributeError) as reason:
            _logger.debug("%s is imported as a whole: %s", LIBRARY, reason)
            _undo()
    kube_config = importlib.import_module(f"{LIBRARY}.config.kube_config")
    in_cluster = importlib.import_module(f"{LIBRARY}.config.incluster_config")
    return Library(
        configuration=importlib.import_module(f"{LIBRARY}.client.configuration").Configuration,
        kube_config_loader=kube_config.KubeConfigLoader,
        in_cluster_loader=in_cluster.InClusterConfigLoader,
        config_exception=importlib.import_module(f"{LIBRARY}.config.config_exception").ConfigException,
    )


class _Deferred(ModuleType):
    """A package whose `__init__` runs when it is asked for the first name that nobody has put there."""

    def __getattr__(self, name: str) -> object:
        spec = self.__spec__
        if name.startswith("__") or spec is None or spec.loader is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        object.__setattr__(self, "__class__", ModuleType)  # from here on it is the real package
        spec.loader.exec_module(self)
        value: object = getattr(self, name)
        return value


def _defer() -> None:
    path = None
    for name in _DEFERRED:
        path = _place(name, path)
    client = sys.modules[f"{LIBRARY}.client"]
    importlib.import_module(f"{LIBRARY}.client.rest")  # api_client takes it from the package
    # The two names that the config package takes from `client`; everything else it takes from submodules.
    vars(client)["Configuration"] = importlib.import_module(f"{LIBRARY}.client.configuration").Configuration
    vars(client)["ApiClient"] = importlib.import_module(f"{LIBRARY}.client.api_client").ApiClient
    importlib.import_module(f"{LIBRARY}.config.kube_config")


def _place(name: str, path: list[str] | None) -> list[str]:
    """Put the deferred package in place; returns where its submodules are found."""
    spec = PathFinder.find_spec(name, path)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"there is no package {name}", name=name)
    module = module_from_spec(spec)
    module.__class__ = _Deferred
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
    return list(spec.submodule_search_locations)


def _undo() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == LIBRARY]:
        del sys.modules[name]
