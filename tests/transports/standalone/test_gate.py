"""The gate before every method, through real connections."""

import asyncio
from dataclasses import replace

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status
from tests.transports.standalone.served import NAME, PATIENCE, QUICK, Served, code_of, method, said, served

from rollouts_router.transports.standalone.admission import Shown, StrangerError, UndecidedError
from rollouts_router.transports.standalone.limits import MESSAGE

Code = grpc.StatusCode


async def began(server: Served, count: int = 1) -> None:
    """Wait until so many calls have begun."""
    async with asyncio.timeout(PATIENCE):
        for _ in range(count):
            await server.toy.began.acquire()


async def stranger(_shown: Shown) -> None:
    raise StrangerError("show me a token")


async def undecided(_shown: Shown) -> None:
    raise UndecidedError("the API server is away")


async def never(_shown: Shown) -> None:
    await asyncio.Event().wait()


async def test_every_sort_of_method_passes_through() -> None:
    async with served() as server, server.channel() as channel:
        assert (await method(channel, "single")(said())).value == "hello"
        echoed = method(channel, "echo", kind="stream_stream")(iter([said("a"), said("b")]))
        assert [each.value async for each in echoed] == ["a", "b"]
        assert (
            await method(channel, "joined", kind="stream_unary")(iter([said("a"), said("b")]))
        ).value == "ab"
        stream = method(channel, "many", kind="unary_stream")(said())
        assert (await stream.read()).value == "hello"
        server.toy.release.set()
        while await stream.read() is not grpc.aio.EOF:
            pass
        assert await stream.code() is Code.OK

    assert server.tally.ended == [(name, "OK") for name in ("single", "echo", "joined", "many")]


async def test_a_method_that_does_not_exist_is_unimplemented_and_not_counted() -> None:
    """Whoever makes up names makes no series of metrics."""
    async with served() as server, server.channel() as channel:
        assert (await code_of(method(channel, "made-up")(said())))[0] is Code.UNIMPLEMENTED
        assert server.tally.ended == []


async def test_the_status_that_a_method_gives_is_the_call_s() -> None:
    async with served() as server, server.channel() as channel:
        assert await code_of(method(channel, "wrong")(said("NOT_FOUND"))) == (Code.NOT_FOUND, "as you wished")

    assert server.tally.ended == [("wrong", "NOT_FOUND")]  # counted behind the answer
    assert server.log.said == []


async def test_a_bug_is_internal_without_its_text_and_one_line_in_the_log() -> None:
    async with served() as server, server.channel() as channel:
        code, text = await code_of(method(channel, "wrong")(said("")))

    assert (code, text) == (Code.INTERNAL, "a bug in rollouts-router")
    assert server.tally.ended == [("wrong", "INTERNAL")]
    ((level, _, values),) = server.log.said
    assert (level, values["method"]) == ("error", f"/{NAME}/wrong")
    assert isinstance(values["error"], ZeroDivisionError)


async def test_a_caller_shows_his_token_and_no_more() -> None:
    async with served() as server, server.channel() as channel:
        await method(channel, "single")(said(), metadata=[("authorization", "Bearer t"), ("other", "x")])
        await method(channel, "single")(said(), metadata=[("authorization", "a"), ("authorization", "b")])

    assert [(each.authorization, each.subject) for each in server.door.seen] == [
        (("Bearer t",), ""),
        (("a", "b"), ""),
    ]
    assert "Bearer" not in repr(server.door.seen)


@pytest.mark.parametrize(
    ("judge", "code", "text"),
    [
        (stranger, Code.UNAUTHENTICATED, "show me a token"),
        (undecided, Code.UNAVAILABLE, "the API server is away"),
        (never, Code.UNAVAILABLE, "it could not be found out within 0.05 s who calls; try again"),
    ],
)
@pytest.mark.parametrize("name", ["single", "many"])
async def test_who_is_not_let_in_gets_nothing(judge: object, code: Code, text: str, name: str) -> None:
    async with served(replace(QUICK, admission=0.05)) as server, server.channel() as channel:
        server.door.judge = judge  # type: ignore[assignment] - one of those above

        assert await code_of(method(channel, name)(said())) == (code, text)
        assert server.toy.began.locked()
        server.door.judge = None
        assert (await code_of(method(channel, "single")(said())))[0] is Code.OK


async def test_who_is_not_let_in_need_not_be_read() -> None:
    """The status comes although the request never does."""
    async with served() as server, server.channel() as channel:
        server.door.judge = stranger
        call = method(channel, "joined", kind="stream_unary")()

        assert (await code_of(call))[0] is Code.UNAUTHENTICATED


async def test_everybody_may_ask_for_health_and_nobody_else_for_reflection() -> None:
    async with served() as server, server.channel() as channel:
        server.door.judge = stranger
        health = health_pb2_grpc.HealthStub(channel)
        answer = await health.Check(health_pb2.HealthCheckRequest(service=NAME))

        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        assert (await code_of(health.Watch(health_pb2.HealthCheckRequest()).read()))[
            0
        ] is Code.UNAUTHENTICATED
        reflection = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        assert (await code_of(reflection(iter([b""])).read()))[0] is Code.UNAUTHENTICATED


async def test_one_call_too_many_is_refused_and_the_next_one_after_is_not() -> None:
    async with (
        served(replace(QUICK, calls=2)) as server,
        server.channel() as channel,
        server.channel() as other,
    ):
        slow = [method(channel, "slow")(said(str(number))) for number in range(2)]
        await began(server, 2)

        code, text = await code_of(method(other, "single")(said()))
        assert code is Code.RESOURCE_EXHAUSTED
        assert text == "there are 2 calls already, which is the limit; try again in a moment"
        server.toy.release.set()
        assert [(await call).value for call in slow] == ["0", "1"]
        assert (await method(other, "single")(said())).value == "hello"


async def test_streams_have_a_number_of_their_own() -> None:
    async with served(replace(QUICK, watches=1, calls=1)) as server, server.channel() as channel:
        stream = method(channel, "quiet", kind="unary_stream")(said())
        await began(server)

        assert (await method(channel, "single")(said())).value == "hello"
        async with server.channel() as other:
            code, text = await code_of(method(other, "quiet", kind="unary_stream")(said()).read())
        assert (code, text.partition(",")[0]) == (Code.RESOURCE_EXHAUSTED, "there are 1 streams already")
        stream.cancel()


async def test_callers_who_are_not_known_yet_do_not_take_the_place_of_those_who_are() -> None:
    limits = replace(QUICK, arrivals=1, calls=2)
    async with served(limits) as server, server.channel() as channel, server.channel() as other:
        slow = method(channel, "slow")(said())
        await began(server)
        server.door.judge = never
        waiting = method(channel, "single")(said())
        await server.door.bell.until(lambda: len(server.door.seen) > 1)

        code, text = await code_of(method(other, "single")(said()))
        assert (code, text.partition(" of ")[0]) == (Code.RESOURCE_EXHAUSTED, "there are 1 callers")
        waiting.cancel()
        server.toy.release.set()
        assert (await slow).value == "hello"


async def test_a_cancelled_call_is_cancelled_in_the_method_and_frees_its_place() -> None:
    async with served(replace(QUICK, calls=1)) as server, server.channel() as channel:
        call = method(channel, "slow")(said())
        await began(server)
        call.cancel()
        await server.tally.bell.until(lambda: server.tally.ended)

        assert server.tally.ended == [("slow", "CANCELLED")]
        assert server.toy.cancelled.is_set()
        assert (await method(channel, "single")(said())).value == "hello"


async def test_a_deadline_cancels_the_method() -> None:
    async with served() as server, server.channel() as channel:
        assert (await code_of(method(channel, "slow")(said(), timeout=0.1)))[0] is Code.DEADLINE_EXCEEDED
        async with asyncio.timeout(PATIENCE):
            await server.toy.cancelled.wait()


async def test_a_request_that_does_not_come_is_not_waited_for() -> None:
    """The call takes one message by its type; this client opens it as a stream and sends none."""
    async with served(replace(QUICK, request=0.05)) as server, server.channel() as channel:
        silent = method(channel, "single", kind="stream_unary")()

        assert await code_of(silent) == (
            Code.DEADLINE_EXCEEDED,
            "the request did not arrive within 0.05 s",
        )
        assert server.tally.ended == [("single", "DEADLINE_EXCEEDED")]


async def test_a_call_without_a_message_and_one_with_another_s_are_invalid() -> None:
    async with served() as server, server.channel() as channel:
        empty = method(channel, "single", kind="stream_unary")(iter([]))
        garbage = channel.unary_unary(f"/{NAME}/single")(b"\xff\xff\xff")

        assert await code_of(empty) == (
            Code.INVALID_ARGUMENT,
            "the call came without a request message",
        )
        assert await code_of(garbage) == (
            Code.INVALID_ARGUMENT,
            "the request message is not one of this method's type",
        )


async def test_a_message_of_the_size_of_a_large_rollout_passes_and_one_over_the_limit_does_not() -> None:
    any_size = (("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1))
    async with served() as server, server.channel(*any_size) as channel:
        large = said("x" * (MESSAGE - 100))
        assert (await method(channel, "single")(large)).value == large.value

        code, text = await code_of(method(channel, "single")(said("x" * MESSAGE)))
        assert code is Code.RESOURCE_EXHAUSTED
        assert "larger than max" in text
        zipped = method(channel, "single")(said("x" * MESSAGE * 4), compression=grpc.Compression.Gzip)
        assert (await code_of(zipped))[0] is Code.RESOURCE_EXHAUSTED
        assert (await method(channel, "single")(said())).value == "hello"


async def test_a_stream_whose_client_does_not_read_ends_and_others_go_on() -> None:
    async with served(replace(QUICK, write=0.1)) as server, server.channel() as channel:
        stream = method(channel, "many", kind="unary_stream")(said("x" * 100_000))
        await began(server)
        assert (await method(channel, "single")(said())).value == "hello"
        await server.tally.bell.until(lambda: ("many", "DEADLINE_EXCEEDED") in server.tally.ended)
        assert (await method(channel, "single")(said())).value == "hello"

        async with asyncio.timeout(PATIENCE):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                async for _ in stream:
                    pass
        assert caught.value.code() is Code.DEADLINE_EXCEEDED
        assert caught.value.details() == "the client did not read for 0.1 s"
        assert [level for level, _, _ in server.log.said] == ["debug"]


async def test_streams_end_with_the_server_and_calls_are_waited_for() -> None:
    async with served() as server, server.channel() as channel:
        stream = method(channel, "quiet", kind="unary_stream")(said())
        health = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        states = [(await health.read()).status]
        call = method(channel, "slow")(said())
        await began(server, 2)
        async with asyncio.TaskGroup() as tasks:
            drained = tasks.create_task(server.server.drain(PATIENCE))

            assert await code_of(stream.read()) == (Code.UNAVAILABLE, "the server ends; connect again")
            states.append((await health.read()).status)
            assert (await code_of(health.read()))[0] is Code.UNAVAILABLE
            assert not drained.done()
            server.toy.release.set()
            assert (await call).value == "hello"

    kinds = health_pb2.HealthCheckResponse
    assert states == [kinds.SERVING, kinds.NOT_SERVING]


@pytest.mark.parametrize(
    ("judge", "reason", "may_pass"),
    [(stranger, "CALLER_UNKNOWN", 0), (undecided, "CALLER_UNDECIDED", 1)],
)
async def test_a_refusal_tells_programs_why_and_whether_to_try_again(
    judge: object, reason: str, may_pass: int
) -> None:
    async with served() as server, server.channel() as channel:
        server.door.judge = judge  # type: ignore[assignment] - one of those above
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await method(channel, "single")(said())

    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type] - it has what is asked for
    assert status is not None
    info, retry = ErrorInfo(), RetryInfo()
    assert status.details[0].Unpack(info)
    assert (info.reason, info.domain) == (reason, "rollouts-router")
    assert [detail.Unpack(retry) for detail in status.details[1:]] == [True] * may_pass
    assert status.message == caught.value.details()
