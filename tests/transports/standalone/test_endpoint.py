"""Where a server listens."""

import pytest

from rollouts_router.transports.standalone.endpoint import Endpoint, endpoint


@pytest.mark.parametrize(
    ("text", "wanted", "target"),
    [
        ("unix:///run/r.sock", Endpoint(path="/run/r.sock"), "unix:/run/r.sock"),
        ("127.0.0.1:9443", Endpoint(host="127.0.0.1", port=9443), "127.0.0.1:9443"),
        ("localhost:0", Endpoint(host="127.0.0.1", port=0), "127.0.0.1:0"),
        ("[::1]:1", Endpoint(host="::1", port=1), "[::1]:1"),
        ("192.0.2.1:65535", Endpoint(host="192.0.2.1", port=65535), "192.0.2.1:65535"),
    ],
)
def test_a_socket_or_a_port_of_an_address(text: str, wanted: Endpoint, target: str) -> None:
    assert endpoint(text) == wanted
    assert str(wanted) == target


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "neither"),
        ("9443", "neither"),
        ("127.0.0.1", "neither"),
        ("127.0.0.1:", "neither"),
        ("127.0.0.1:65536", "neither"),
        ("127.0.0.1:-1", "neither"),
        ("127.0.0.1:²", "neither"),
        (":9443", "names no address"),
        ("shop.example:9443", "no IP address"),
        ("[::1:9443", "no IP address"),
        ("::1:9443", "no IP address"),
        ("[127.0.0.1]:9443", "no IP address"),
        ("unix://relative", "no absolute path"),
        ("unix:///a\0b", "no absolute path"),
        ("unix:///" + "x" * 107, "may have 107 bytes"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        endpoint(text)


@pytest.mark.parametrize("text", ["unix:///s", "127.0.0.1:1", "127.8.9.1:1", "[::1]:1"])
def test_loopback_and_sockets_are_private(text: str) -> None:
    assert endpoint(text).is_private


@pytest.mark.parametrize("text", ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[::ffff:127.0.0.1]:1"])
def test_nothing_else_is_private(text: str) -> None:
    assert not endpoint(text).is_private
