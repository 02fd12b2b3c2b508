"""What go-plugin itself answers on the first stream: Ping, Quit, and Dispense with its ids.

Answers are made at once from what is known here; nothing waits. Streams and bytes are
`plugin_session`'s (go-plugin: `rpc_server.go`, types controlServer and dispenseServer).
"""

from collections import deque
from collections.abc import Collection
from typing import Final

from rollouts_router.wire.gob.records import Kind, Typed
from rollouts_router.wire.netrpc.calls import Call, ServerStream
from rollouts_router.wire.netrpc.messages import NOTHING

PLUGIN_NAME: Final = "RpcTrafficRouterPlugin"
"""The one name in the plugin set of Argo Rollouts' traffic routers."""

_METHODS: Final = frozenset({"Control.Ping", "Control.Quit", "Dispenser.Dispense"})
_MAX_OFFERS: Final = 64  # ids given out and not used yet; the oldest is forgotten first
_MAX_QUOTED: Final = 100  # characters of what the host sent, in an answer


class Control:
    """The state of the first stream's services. `quit` is set once the host has said so."""

    def __init__(self) -> None:
        self.quit = False
        self._dispensed = 0
        self._offers: deque[int] = deque(maxlen=_MAX_OFFERS)

    def answer(self, rpc: ServerStream, call: Call) -> None:
        """Answer one call on its stream."""
        match call.service_method:
            case "Control.Ping":
                rpc.reply(call, NOTHING)
            case "Control.Quit":
                rpc.reply(call, NOTHING)
                self.quit = True
            case "Dispenser.Dispense":
                self._dispense(rpc, call)
            case unknown:
                rpc.fail(call, cannot_find(unknown, _METHODS))

    def claim(self, offer: int) -> bool:
        """Use up an id that a Dispense gave out; False if it is not one, or has been used."""
        if offer not in self._offers:
            return False
        self._offers.remove(offer)
        return True

    def _dispense(self, rpc: ServerStream, call: Call) -> None:
        """Give out the next id. It is known here before the host can know it, and come with it."""
        if call.argument != PLUGIN_NAME:
            wanted = str(call.argument)[:_MAX_QUOTED]
            rpc.fail(call, f"unknown plugin type: {wanted!r}; this process is a {PLUGIN_NAME}")
            return
        self._dispensed += 1
        self._offers.append(self._dispensed)
        rpc.reply(call, Typed(Kind.UINT, self._dispensed))


def cannot_find(service_method: str, known: Collection[str]) -> str:
    """Word a call that nobody answers as Go's net/rpc server does; people search for these sentences."""
    quoted = service_method[:_MAX_QUOTED]
    service, dot, _method = service_method.rpartition(".")
    if not dot:
        return f"rpc: service/method request ill-formed: {quoted}"
    missing = "method" if service in {name.rpartition(".")[0] for name in known} else "service"
    return f"rpc: can't find {missing} {quoted}"
