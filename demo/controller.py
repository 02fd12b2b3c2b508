"""The stand-in for the controller: it launches the router as a plugin and makes the controller's calls, one by one.

The process, its handshake, yamux, net/rpc and gob are those of a real controller's plugin; the host that talks to it
is the tests' own. What a controller does beside (pods, Services, analysis, status) is not played.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Self

from tests.process.spawned import Spawned, environment, spawned
from tests.transports.fake_host import NIL, TRUE, FakeHost
from tests.wire.gob.sender import Sender

from demo.errors import DemoError
from demo.records import Standing, weight_argument
from rollouts_router.wire.gob.records import Value

FIRST_ID: Final = 100  # of the arguments' gob types; the host numbers its own from 64
VERIFIED: Final = 1  # RpcVerified
CALL_WITHIN: Final = 40.0  # seconds; the router itself gives a call 30
VERIFY_WITHIN: Final = 60.0  # seconds for a gateway to take a weight
ASK_AGAIN: Final = 0.25  # seconds; the real controller asks again after 10

_KUBECONFIG: Final = """\
apiVersion: v1
kind: Config
current-context: demo
clusters: [{{name: demo, cluster: {{server: "{url}"}}}}]
contexts: [{{name: demo, context: {{cluster: demo, user: demo}}}}]
users: [{{name: demo, user: {{token: demo}}}}]
"""


class Plugin:
    """The router's process behind its socket. One call at a time."""

    def __init__(self, host: FakeHost, stream: int, child: Spawned) -> None:
        """Everything has been done that a host does before its first call."""
        self._host = host
        self._stream = stream
        self._child = child
        self._sender = Sender(FIRST_ID)

    @classmethod
    async def greeted(cls, host: FakeHost, child: Spawned) -> Self:
        """Asks for the plugin and starts it, as a controller does."""
        plugin = cls(host, await host.greeted(), child)
        _succeeded("InitPlugin", await plugin._call("InitPlugin", NIL))
        return plugin

    async def set_weight(self, standing: Standing, weight: int) -> None:
        """One SetWeight. Raises DemoError with the router's own words when it fails."""
        _succeeded("SetWeight", await self._call("SetWeight", self._argument(standing, weight)))

    async def verified(self, standing: Standing, weight: int) -> None:
        """VerifyWeight until it says yes. Raises DemoError when it never does, or fails."""
        try:
            async with asyncio.timeout(VERIFY_WITHIN):
                await self._until_verified(standing, weight)
        except TimeoutError as error:
            raise DemoError(f"the weight {weight} was not verified within {VERIFY_WITHIN:.0f} s") from error

    async def quit(self) -> None:
        """Tells the process to end, and waits until it has."""
        await self._host.call(1, "Control.Quit", TRUE)
        await self._child.end()

    async def _until_verified(self, standing: Standing, weight: int) -> None:
        while True:
            if await self._is_verified(standing, weight):
                return
            await asyncio.sleep(ASK_AGAIN)

    async def _is_verified(self, standing: Standing, weight: int) -> bool:
        value = await self._call("VerifyWeight", self._argument(standing, weight))
        if not isinstance(value, dict):
            raise DemoError(f"VerifyWeight answered {value!r}")
        _succeeded("VerifyWeight", value.get("Err"))
        return value.get("Verified") == VERIFIED

    def _argument(self, standing: Standing, weight: int) -> bytes:
        return weight_argument(self._sender, standing, weight)

    async def _call(self, method: str, argument: bytes) -> Value:
        try:
            answer = await self._host.call(self._stream, f"Plugin.{method}", argument)
        except (EOFError, TimeoutError) as error:
            raise DemoError(
                f"the router did not answer {method}: {str(error) or 'it took too long'}"
            ) from error
        if answer.error:
            raise DemoError(f"{method}: {answer.error}")
        return answer.value


@asynccontextmanager
async def launched(folder: Path, api: str) -> AsyncIterator[Plugin]:
    """The router as a plugin of whoever enters the block, with a kubeconfig for this API."""
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(_KUBECONFIG.format(url=api))
    variables = environment(folder, {"KUBECONFIG": str(kubeconfig)})
    async with spawned(folder, env=variables) as child:
        if not child.line:
            said = (await child.end()).stderr.decode(errors="replace").strip()
            raise DemoError(f"the router did not start: {said}")
        async with FakeHost.connected(child.path) as host:
            host.patience = CALL_WITHIN
            plugin = await Plugin.greeted(host, child)
            yield plugin
            await plugin.quit()


def _succeeded(method: str, error: Value) -> None:
    """An RpcError without a text is success."""
    text = error.get("ErrorString") if isinstance(error, dict) else None
    if text:
        raise DemoError(f"{method} failed: {text!s}")
