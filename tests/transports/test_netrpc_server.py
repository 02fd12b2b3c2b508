"""A host's conversation with the server, over a real socket."""

import asyncio
import gzip
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.transports.fake_host import (
    FIN,
    NIL,
    PING,
    RST,
    SYN,
    TRUE,
    WINDOW,
    WINDOW_UPDATE,
    FakeHost,
    data,
    frame,
)
from tests.transports.serving import serving

from rollouts_router.transports.limits import Limits
from rollouts_router.transports.netrpc_server import Handler
from rollouts_router.transports.plugin_session import MAX_CALLS
from rollouts_router.wire.gob.reader import NEED_DATA, Decoder
from rollouts_router.wire.gob.records import Field, Kind, StructType, Typed, Value

GOLDEN = Path(__file__).parents[1] / "golden"
RPC_ERROR = StructType("RpcError", (Field("ErrorString", Kind.STRING),))
VERIFIED = StructType("VerifyWeightResponse", (Field("Verified", Kind.INT), Field("Err", RPC_ERROR)))
SUCCESS = Typed(RPC_ERROR, {"ErrorString": ""})


def answering(result: Typed) -> Handler:
    """A handler that always has the same result."""

    async def handler(_argument: object) -> Typed:
        return result

    return handler


def raising(error: BaseException) -> Handler:
    """A handler with a bug."""

    async def handler(_argument: object) -> Typed:
        raise error

    return handler


class Blocked:
    """A handler whose calls wait until they are released, or for ever."""

    def __init__(self) -> None:
        self.arguments: list[object] = []
        self.release = asyncio.Event()
        self.cancelled = 0

    async def __call__(self, argument: object) -> Typed:
        """Wait, then give the argument back as text."""
        self.arguments.append(argument)
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return Typed(Kind.STRING, str(argument))


def text(value: str) -> Typed:
    """A string as an argument."""
    return Typed(Kind.STRING, value)


async def settled(condition: Callable[[], bool]) -> None:
    """Let the loop run until something is the case; bounded."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what it waits for is the server's state, not an event
            await asyncio.sleep(0)


def values_in(stream: bytes) -> list[Value]:
    """Every value of a gob stream."""
    decoder = Decoder()
    decoder.receive(stream)
    found = []
    while (value := decoder.next_value()) is not NEED_DATA:
        found.append(value)
    return found


CONTROLLER_PLUGIN = {
    "InitPlugin": answering(SUCCESS),
    "Type": answering(text("Ref")),
    "UpdateHash": answering(SUCCESS),
    "SetWeight": answering(SUCCESS),
    "VerifyWeight": answering(Typed(VERIFIED, {"Verified": 1, "Err": {}})),
    "SetHeaderRoute": answering(SUCCESS),
    "SetMirrorRoute": answering(SUCCESS),
    "RemoveManagedRoutes": answering(SUCCESS),
}


async def test_the_bytes_of_a_controllers_session_are_answered_call_by_call(tmp_path: Path) -> None:
    """What a controller sent in a captured session gets the answers a Go plugin gave it."""
    calls = (GOLDEN / "calls-v1.10.1.gob").read_bytes()
    requests = values_in(calls)[::2]
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()

        await host.send(stream, calls)
        await host.until(lambda: len(host.answers(stream)) == len(requests))

        answers = sorted(host.answers(stream), key=lambda answer: answer.seq)
        assert [answer.error for answer in answers] == [""] * len(requests)
        assert [(answer.seq, answer.method) for answer in answers] == [
            (request.get("Seq", 0), request["ServiceMethod"]) for request in requests
        ]
        by_method = {answer.method: answer.value for answer in answers}
        assert by_method["Plugin.Type"] == "Ref"
        assert by_method["Plugin.VerifyWeight"] == {"Verified": 1, "Err": {}}


async def test_a_call_of_a_megabyte_passes_through_the_windows(tmp_path: Path) -> None:
    calls = gzip.decompress((GOLDEN / "large-v1.10.1.gob.gz").read_bytes())
    requests = len(values_in(calls)) // 2
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()

        await host.send(stream, calls)
        await host.until(lambda: len(host.answers(stream)) == requests)

        assert len(calls) > 2 * WINDOW
        assert {answer.error for answer in host.answers(stream)} == {""}


async def test_bytes_that_come_one_at_a_time_are_the_same_session(tmp_path: Path) -> None:
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()
        host.ask(stream, "Plugin.Type", NIL)
        for byte in frame(PING, SYN, 0, 7):
            host.writer.write(bytes([byte]))
            await host.writer.drain()
        await host.until(lambda: host.pongs == [7])

        (answer,) = host.answers(stream)
        assert answer.value == "Ref"


async def test_every_stream_is_accepted_once_and_the_copies_of_output_stay_silent(tmp_path: Path) -> None:
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()
        host.writer.write(data(3, b"whatever") + data(5, b"this is"))
        await host.call(stream, "Plugin.Type", NIL)

        assert [host.streams[number].acks for number in (1, 3, 5, stream)] == [1, 1, 1, 1]
        assert [bytes(host.streams[number].received) for number in (3, 5)] == [b"", b""]
        assert [host.streams[number].fins for number in (1, 3, 5)] == [0, 0, 0]


async def test_twenty_calls_at_once_are_each_answered_once(tmp_path: Path) -> None:
    """Answers come in the order of the handlers' ends, each with its own result."""
    blocked = Blocked()
    async with serving(tmp_path, {"SetWeight": blocked}) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()
        for number in range(20):
            host.ask(stream, "Plugin.SetWeight", text(f"call {number}"))
        await settled(lambda: len(blocked.arguments) == 20)
        blocked.release.set()
        await host.until(lambda: len(host.answers(stream)) == 20)

        assert {answer.seq: answer.value for answer in host.answers(stream)} == {
            number: f"call {number}" for number in range(20)
        }


async def test_ping_is_answered_while_every_call_is_stuck(tmp_path: Path) -> None:
    blocked = Blocked()
    async with serving(tmp_path, {"SetWeight": blocked}) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()
        for _ in range(MAX_CALLS):
            host.ask(stream, "Plugin.SetWeight", text(""))
        await settled(lambda: len(blocked.arguments) == MAX_CALLS)

        answer = await host.call(1, "Control.Ping", TRUE)
        host.writer.write(frame(PING, SYN, 0, 41))
        await host.until(lambda: host.pongs == [41])

        assert (answer.error, answer.value) == ("", {})
        assert host.answers(stream) == []


async def test_one_call_more_than_there_is_room_for_is_answered_at_once(tmp_path: Path) -> None:
    blocked = Blocked()
    async with serving(tmp_path, {"SetWeight": blocked}) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()
        for _ in range(MAX_CALLS):
            host.ask(stream, "Plugin.SetWeight", text(""))

        refused = await host.call(stream, "Plugin.SetWeight", text("one more"))

        assert refused.error == f"the plugin is busy with {MAX_CALLS} other calls; try again later"
        blocked.release.set()
        await host.until(lambda: len(host.answers(stream)) == MAX_CALLS + 1)
        assert (await host.call(stream, "Plugin.SetWeight", text("room again"))).value == "room again"


async def test_quit_is_answered_and_ends_the_server_while_every_call_is_stuck(tmp_path: Path) -> None:
    blocked = Blocked()
    async with serving(tmp_path, {"SetWeight": blocked}) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()
        for _ in range(3):
            host.ask(stream, "Plugin.SetWeight", text(""))
        await settled(lambda: len(blocked.arguments) == 3)

        answer = await host.call(1, "Control.Quit", TRUE)
        host.writer.write(b"".join(frame(WINDOW_UPDATE, FIN, stream, 0) for stream in (1, 3, 5)))
        host.writer.close()

        assert (answer.error, answer.value) == ("", {})
        assert await served.end() == ""
        assert blocked.cancelled == 3
        assert served.log.said == []


async def test_after_quit_the_host_is_the_one_to_close(tmp_path: Path) -> None:
    """It sends farewells on the streams, and takes it for a failure if it cannot."""
    async with (
        serving(tmp_path, {}, Limits(goodbye=10)) as served,
        FakeHost.connected(served.path) as host,
    ):
        await host.call(host.open_control(), "Control.Quit", TRUE)
        await settled(lambda: served.ended == [""])
        host.writer.write(b"".join(frame(WINDOW_UPDATE, FIN, stream, 0) for stream in (1, 3, 5)))
        for _ in range(100):  # turns of the loop, many more than the server would need to leave
            await asyncio.sleep(0)
        stayed = not served.task.done()
        host.writer.close()

        assert await served.end() == ""
        assert stayed


async def test_after_quit_the_server_does_not_wait_for_a_host_that_stays(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, {}, Limits(goodbye=0.001)) as served,
        FakeHost.connected(served.path) as host,
    ):
        await host.call(host.open_control(), "Control.Quit", TRUE)

        await host.until_closed()
        assert await served.end() == ""


async def test_a_closed_connection_ends_the_server_in_order(tmp_path: Path) -> None:
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served:
        async with FakeHost.connected(served.path) as host:
            await host.greeted()

        assert await served.end() == ""


async def test_a_connection_that_dies_inside_a_frame_is_a_dead_host_too(tmp_path: Path) -> None:
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served:
        async with FakeHost.connected(served.path) as host:
            await host.greeted()
            host.writer.write(frame(PING, SYN, 0, 1)[:5])
            await host.writer.drain()

        assert await served.end() == ""


async def test_a_second_dispense_is_a_second_connection_to_the_plugin(tmp_path: Path) -> None:
    """Two plugin streams have encoders and decoders of their own."""
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served, FakeHost.connected(served.path) as host:
        first = await host.greeted()
        second = await host.dispensed()

        answers = [
            (await host.call(stream, "Plugin.VerifyWeight", NIL)).value
            for stream in (first, second, first, second)
        ]

        assert answers == [{"Verified": 1, "Err": {}}] * 4
        assert bytes(host.streams[first].received[:4]) == struct.pack("<I", 1)
        assert bytes(host.streams[second].received[:4]) == struct.pack("<I", 2)
        assert host.streams[first].received[4:] == host.streams[second].received[4:]


@pytest.mark.parametrize("wanted", [text("RpcMetricProviderPlugin"), text(""), TRUE])
async def test_dispensing_another_plugin_is_an_error_and_no_more(tmp_path: Path, wanted: Typed) -> None:
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served, FakeHost.connected(served.path) as host:
        refused = await host.call(host.open_control(), "Dispenser.Dispense", wanted)

        assert refused.error.startswith("unknown plugin type: ")
        assert refused.error.endswith("; this process is a RpcTrafficRouterPlugin")
        stream = await host.dispensed()
        assert (await host.call(stream, "Plugin.Type", NIL)).value == "Ref"


@pytest.mark.parametrize("offer", [0, 2, 0xFFFFFFFF])
async def test_a_stream_with_an_id_nobody_gave_out_is_dropped(tmp_path: Path, offer: int) -> None:
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served, FakeHost.connected(served.path) as host:
        used = await host.greeted()
        stream = host.open()
        host.writer.write(data(stream, struct.pack("<I", offer)))

        await host.until(lambda: host.streams[stream].reset)
        assert (await host.call(used, "Plugin.Type", NIL)).value == "Ref"


async def test_an_id_is_good_for_one_stream(tmp_path: Path) -> None:
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served, FakeHost.connected(served.path) as host:
        await host.greeted()
        stream = host.open()
        host.writer.write(data(stream, struct.pack("<I", 1)))

        await host.until(lambda: host.streams[stream].reset)


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("Plugin.Shoot", "rpc: can't find method Plugin.Shoot"),
        ("Control.Ping", "rpc: can't find service Control.Ping"),
        ("Nobody.Home", "rpc: can't find service Nobody.Home"),
        ("Plugin", "rpc: service/method request ill-formed: Plugin"),
        ("", "rpc: service/method request ill-formed: "),
    ],
)
async def test_what_the_plugin_does_not_have_is_told_as_by_go(tmp_path: Path, method: str, said: str) -> None:
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()

        assert (await host.call(stream, method, NIL)).error == said
        assert (await host.call(stream, "Plugin.Type", NIL)).value == "Ref"


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("Control.Shoot", "rpc: can't find method Control.Shoot"),
        ("Plugin.Type", "rpc: can't find service Plugin.Type"),
    ],
)
async def test_what_the_control_stream_does_not_have_is_told_as_by_go(
    tmp_path: Path, method: str, said: str
) -> None:
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served, FakeHost.connected(served.path) as host:
        assert (await host.call(host.open_control(), method, TRUE)).error == said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("backend"), "KeyError: 'backend'"),
        (RuntimeError(), "RuntimeError: "),
        (TimeoutError("too late"), "TimeoutError: too late"),
        (asyncio.CancelledError(), "it was cancelled"),
    ],
)
async def test_an_exception_of_a_handler_is_the_error_of_its_call(
    tmp_path: Path, error: BaseException, said: str
) -> None:
    plugin = {"SetWeight": raising(error), "Type": answering(text("Ref"))}
    async with serving(tmp_path, plugin) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()

        answer = await host.call(stream, "Plugin.SetWeight", NIL)

        assert answer.error == f"SetWeight failed inside the plugin: {said}"
        assert (await host.call(stream, "Plugin.Type", NIL)).value == "Ref"
        ((level, event, values),) = served.log.said
        assert (level, event, values["method"]) == ("error", "a call failed inside the plugin", "SetWeight")


async def test_a_result_that_does_not_fit_its_type_is_the_error_of_its_call(tmp_path: Path) -> None:
    plugin = {"SetWeight": answering(Typed(Kind.INT, "thirty")), "Type": answering(text("Ref"))}
    async with serving(tmp_path, plugin) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()

        answer = await host.call(stream, "Plugin.SetWeight", NIL)

        assert answer.error.startswith("SetWeight failed inside the plugin: ")
        assert (await host.call(stream, "Plugin.Type", NIL)).value == "Ref"


async def test_a_handler_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    blocked = Blocked()
    async with (
        serving(tmp_path, {"SetWeight": blocked}, Limits(call=0.001)) as served,
        FakeHost.connected(served.path) as host,
    ):
        stream = await host.greeted()

        answer = await host.call(stream, "Plugin.SetWeight", NIL)

        assert answer.error == "SetWeight failed inside the plugin: no result within 0.001 s"
        assert blocked.cancelled == 1


async def test_a_plugin_stream_ends_behind_its_answers(tmp_path: Path) -> None:
    blocked = Blocked()
    async with serving(tmp_path, {"SetWeight": blocked}) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()
        host.ask(stream, "Plugin.SetWeight", text("last"))
        host.writer.write(frame(WINDOW_UPDATE, FIN, stream, 0))
        await host.call(1, "Control.Ping", TRUE)
        unfinished = host.streams[stream].fins
        blocked.release.set()
        await host.until(lambda: host.streams[stream].fins == 1)

        assert unfinished == 0
        assert [answer.value for answer in host.answers(stream)] == ["last"]
        assert (await host.call(1, "Control.Ping", TRUE)).error == ""


async def test_streams_come_and_go_without_end(tmp_path: Path) -> None:
    """More streams than there is room for at a time, one after the other."""
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served, FakeHost.connected(served.path) as host:
        host.open_control()
        for _ in range(70):
            stream = await host.dispensed()
            assert (await host.call(stream, "Plugin.Type", NIL)).value == "Ref"
            host.writer.write(frame(WINDOW_UPDATE, FIN, stream, 0))
            await host.until(lambda number=stream: host.streams[number].fins == 1)


Breaks = Callable[[FakeHost, int], Awaitable[None]]


async def garbage(host: FakeHost, _stream: int) -> None:
    """Not yamux at all."""
    host.writer.write(b"GET / HTTP/1.1\r\n\r\n")


async def no_gob(host: FakeHost, stream: int) -> None:
    """A message whose type nobody defined."""
    host.writer.write(data(stream, bytes.fromhex("03fffb0616fffc00")))


async def no_request(host: FakeHost, stream: int) -> None:
    """A string where a request should be."""
    host.writer.write(data(stream, bytes.fromhex("060c0003526566")))


async def huge_message(host: FakeHost, stream: int) -> None:
    """A message that says it has two gigabytes."""
    host.writer.write(data(stream, bytes.fromhex("fc80000000ff")))


async def half_a_call(host: FakeHost, stream: int) -> None:
    """The stream's end inside a call."""
    host.writer.write(data(stream, b"\x2e\x7f\x03", FIN))


async def reset(host: FakeHost, stream: int) -> None:
    """A plugin stream dropped; the host never repairs it and never notices."""
    host.writer.write(frame(WINDOW_UPDATE, RST, stream, 0))


async def reset_control(host: FakeHost, _stream: int) -> None:
    """The control stream dropped."""
    host.writer.write(frame(WINDOW_UPDATE, RST, 1, 0))


async def broken_control(host: FakeHost, _stream: int) -> None:
    """Garbage on the control stream."""
    host.writer.write(data(1, bytes.fromhex("03fffb0616fffc00")))


async def beyond_the_window(host: FakeHost, stream: int) -> None:
    """A frame larger than was granted; only its header comes."""
    host.writer.write(frame(0, 0, stream, WINDOW + 1))


async def second_syn(host: FakeHost, stream: int) -> None:
    """A stream opened that is open."""
    host.writer.write(frame(WINDOW_UPDATE, SYN, stream, 0))


async def go_away(host: FakeHost, _stream: int) -> None:
    """The host saying that we broke the protocol."""
    host.writer.write(frame(3, 0, 0, 1))


@pytest.mark.parametrize(
    "breaks",
    [
        garbage,
        no_gob,
        no_request,
        huge_message,
        half_a_call,
        reset,
        reset_control,
        broken_control,
        beyond_the_window,
        second_syn,
        go_away,
    ],
)
async def test_a_broken_stream_or_session_ends_the_connection_and_says_why(
    tmp_path: Path, breaks: Breaks
) -> None:
    """The host would ping a half-dead plugin for ever, so it is made to notice."""
    blocked = Blocked()
    async with serving(tmp_path, {"SetWeight": blocked}) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()
        host.ask(stream, "Plugin.SetWeight", text("in flight"))
        await settled(lambda: len(blocked.arguments) == 1)

        await breaks(host, stream)

        await host.until_closed()
        reason = await served.end()
        assert reason.startswith("the host broke the protocol: ")
        assert len(reason) < 300
        assert blocked.cancelled == 1


async def test_a_second_connection_is_closed_and_told_of(tmp_path: Path) -> None:
    async with serving(tmp_path, CONTROLLER_PLUGIN) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()
        async with FakeHost.connected(served.path) as stranger:
            await stranger.until_closed()

        assert (await host.call(stream, "Plugin.Type", NIL)).value == "Ref"
        ((level, event, _values),) = served.log.said
        assert level == "warning"
        assert "second connection" in event


async def test_a_host_that_never_connects_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    async with serving(tmp_path, {}, Limits(connect=0.001)) as served:
        assert await served.end() == "no host connected within 0.001 s of the launch"


async def test_a_host_that_does_not_read_is_given_up(tmp_path: Path) -> None:
    """Pings are answered until the socket is full, and then the connection ends."""
    async with serving(tmp_path, {}, Limits(write=0.01)) as served, FakeHost.connected(served.path) as host:
        host.writer.transport.pause_reading()
        ping = frame(PING, SYN, 0, 1) * 1000
        async with asyncio.timeout(10):
            while not served.ended:
                host.writer.write(ping)
                try:
                    await host.writer.drain()
                except ConnectionError:
                    break

        assert await served.end() == "the host has read nothing for 0.01 s"


async def test_a_host_that_takes_no_answers_is_given_up(tmp_path: Path) -> None:
    """Its window for our answers runs full, then our own limit of what may wait for it."""
    plugin = {"Type": answering(text("x" * 400_000))}
    async with serving(tmp_path, plugin) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()
        for _ in range(30):
            host.ask(stream, "Plugin.Type", NIL)

        await host.until_closed()
        assert (await served.end()).startswith("the host broke the protocol: the host does not read")


async def test_cancelling_the_server_cancels_its_calls(tmp_path: Path) -> None:
    """SIGTERM comes as a cancellation."""
    blocked = Blocked()
    async with serving(tmp_path, {"SetWeight": blocked}) as served, FakeHost.connected(served.path) as host:
        stream = await host.greeted()
        host.ask(stream, "Plugin.SetWeight", NIL)
        await settled(lambda: len(blocked.arguments) == 1)

        served.task.cancel()

        await host.until_closed()
        assert blocked.cancelled == 1
        assert served.ended == []
