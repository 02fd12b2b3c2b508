"""Headers of calls and replies."""

import pytest

from rollouts_router.wire.errors import RemoteProtocolError
from rollouts_router.wire.gob.records import Value
from rollouts_router.wire.netrpc.messages import Request, request_from, response


def test_a_header_without_its_zeros_is_a_header() -> None:
    """Seq 0 and an empty name are not on the wire."""
    assert request_from({"ServiceMethod": "Plugin.Type", "Seq": 3}) == Request(3, "Plugin.Type")
    assert request_from({}) == Request(0, "")


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (3, "does not begin with a request header"),
        (None, "does not begin with a request header"),
        ([], "does not begin with a request header"),
        ({"Seq": "3"}, "Seq is no unsigned integer"),
        ({"Seq": True}, "Seq is no unsigned integer"),
        ({"Seq": -1}, "Seq is no unsigned integer"),
        ({"ServiceMethod": b"Plugin.Type"}, "ServiceMethod is no string"),
    ],
)
def test_other_values_are_no_headers(value: Value, complaint: str) -> None:
    """By their content, not by the name of their type."""
    with pytest.raises(RemoteProtocolError, match=complaint):
        request_from(value)


def test_a_response_without_an_error_is_success() -> None:
    """The empty text is left out on the wire."""
    assert response(1, "A.B").value == {"ServiceMethod": "A.B", "Seq": 1, "Error": ""}
