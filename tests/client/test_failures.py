"""A failure on the screen, also one that no router has made."""

import grpc
import pytest
from google.rpc.status_pb2 import Status

from rollouts_router.client.failures import failure_text

CODE = grpc.StatusCode


def failed(code: grpc.StatusCode, *trailing: tuple[str, str | bytes]) -> grpc.aio.AioRpcError:
    """An error of a call."""
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(*trailing), details="so it is")


@pytest.mark.parametrize(
    "trailing",
    [
        [],
        [("grpc-status-details-bin", b"\xff\xff")],
        [("grpc-status-details-bin", Status(code=5).SerializeToString())],
        [("other", "x")],
    ],
    ids=["none", "broken", "bare", "other"],
)
def test_without_details_there_is_the_status_alone(trailing: list[tuple[str, str | bytes]]) -> None:
    assert failure_text(failed(CODE.NOT_FOUND, *trailing), "") == "error: NOT_FOUND: so it is"


def test_of_an_address_where_nobody_answers_the_reader_is_told_what_to_look_for() -> None:
    shown = failure_text(failed(CODE.UNAVAILABLE), "unix:/run/r.sock")

    assert shown.splitlines()[1].startswith("  no router answered at unix:/run/r.sock; does")


def test_details_of_other_kinds_are_passed_over() -> None:
    status = Status(code=14)
    status.details.add().Pack(Status(code=1))

    shown = failure_text(
        failed(CODE.UNAVAILABLE, ("grpc-status-details-bin", status.SerializeToString())), "x"
    )

    assert shown == "error: UNAVAILABLE: so it is"
