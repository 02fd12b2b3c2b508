"""The library without its models, each in a fresh interpreter."""

import subprocess
import sys

import pytest

from rollouts_router.kube import lean

LOAD = "import sys; from rollouts_router.kube import lean; library = lean.load(); "
GENERATED = "[n for n in sys.modules if n.startswith(('kubernetes_asyncio.client.models.', 'kubernetes_asyncio.client.api.'))]"


def _run(code: str) -> str:
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    return done.stdout.strip()


def test_no_generated_module_is_loaded() -> None:
    assert _run(LOAD + f"print({GENERATED})") == "[]"


def test_the_names_are_the_real_classes_and_the_rest_of_the_library_is_still_there() -> None:
    code = LOAD + (
        "import kubernetes_asyncio.config as config, kubernetes_asyncio.client as client;"
        "from kubernetes_asyncio.client.configuration import Configuration;"
        "print(library.configuration is Configuration is client.Configuration,"
        " library.kube_config_loader is config.kube_config.KubeConfigLoader,"
        " library.in_cluster_loader is config.incluster_config.InClusterConfigLoader,"
        " library.config_exception is config.ConfigException,"
        " hasattr(client, '__wrapped__'), type(client).__name__,"  # asking so much loads nothing
        " client.V1Pod(kind='Pod').kind, type(client).__name__, hasattr(client, 'NoSuchModel'))"
    )
    assert _run(code) == "True True True True False _Deferred Pod module False"


@pytest.mark.parametrize(
    "spoil",
    ["lean._DEFERRED += ('kubernetes_asyncio.client.rest',)", "lean._place = lambda name, path: [].missing"],
    ids=["no package", "no such name"],
)
def test_another_layout_of_the_library_is_imported_as_a_whole(spoil: str) -> None:
    code = (
        "import sys, logging; logging.basicConfig(level=logging.DEBUG, stream=sys.stdout);"
        f"from rollouts_router.kube import lean; {spoil}; library = lean.load();"
        "import kubernetes_asyncio.client as client;"
        f"print(len({GENERATED}) > 100, type(client).__name__, library.configuration is client.Configuration);"
        "lean.load.cache_clear(); lean.load(); print(sys.modules['kubernetes_asyncio.client'] is client)"
    )
    *_, note, result, again = _run(code).splitlines()
    assert "kubernetes_asyncio is imported as a whole: " in note
    assert result == "True module True"
    assert again == "True"


def test_importing_the_client_imports_no_library_yet() -> None:
    code = (
        "import sys, rollouts_router.kube.client, rollouts_router.kube.connect;"
        "print({'aiohttp', 'kubernetes_asyncio', 'yaml'} & set(sys.modules))"
    )
    assert _run(code) == "set()"


def test_the_library_is_imported_once() -> None:
    assert lean.load() is lean.load()
