"""Which namespace is meant when nobody says one. Nothing is asked of the API server.

Source: `k8s.io/client-go/tools/clientcmd` (`Namespace` of DeferredLoadingClientConfig): the context's, else that of the
pod, else "default".
"""

import asyncio
from pathlib import Path
from typing import Final

from rollouts_router.kube import kubeconfig
from rollouts_router.kube.sources import Sources

DEFAULT: Final = "default"
_LONGEST: Final = 63
"""Characters of a namespace's name: a DNS label (RFC 1123)."""


async def home(sources: Sources) -> str:
    """The namespace of the kubeconfig's context, or of the pod. Raises CredentialsError for a bad kubeconfig."""
    return await asyncio.to_thread(_read, sources)


def _read(sources: Sources) -> str:
    paths, _ = sources.kubeconfigs()
    selection = kubeconfig.select([path for path in paths if path.exists()], sources.context)
    if selection is not None:
        return selection.namespace or DEFAULT
    return _of_pod(sources.service_account / "namespace") or DEFAULT


def _of_pod(path: Path) -> str:
    try:
        with path.open() as file:
            return file.read(_LONGEST).strip()
    except (OSError, UnicodeDecodeError):
        return ""
