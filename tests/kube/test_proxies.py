"""Which proxy the environment asks for."""

import pytest

from rollouts_router.kube.proxies import proxy_for

PROXY = "http://proxy.test:3128"


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("https://api.test", {"HTTPS_PROXY": PROXY}, PROXY),
        ("https://api.test", {"https_proxy": PROXY}, PROXY),
        ("https://api.test", {"HTTPS_PROXY": PROXY, "https_proxy": "http://other"}, PROXY),
        ("https://api.test", {"HTTPS_PROXY": "proxy.test:3128"}, PROXY),
        ("https://api.test", {"HTTP_PROXY": PROXY}, ""),
        ("http://api.test", {"HTTP_PROXY": PROXY}, PROXY),
        ("https://api.test", {}, ""),
    ],
)
def test_the_proxy_is_that_of_the_scheme(url: str, environment: dict[str, str], proxy: str) -> None:
    assert proxy_for(url, environment) == proxy


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:80", "http://127.9.9.9", "http://localhost:1", "http://[::1]:80", "http://LOCALHOST."],
)
def test_this_machine_is_never_reached_through_a_proxy(url: str) -> None:
    assert proxy_for(url, {"HTTP_PROXY": PROXY}) == ""


@pytest.mark.parametrize(
    ("url", "exceptions", "through"),
    [
        ("https://api.test", "*", False),
        ("https://api.test", "api.test", False),
        ("https://api.test", "test", False),
        ("https://api.test", ".test", False),
        ("https://api.test", "*.test", False),
        ("https://API.test", "Api.Test", False),
        ("https://api.test", "other, api.test", False),
        ("https://test", ".test", True),
        ("https://myapi.test", "api.test", True),
        ("https://api.test:6443", "api.test:6443", False),
        ("https://api.test:6443", "api.test:443", True),
        ("https://api.test", "api.test:443", False),
        ("https://10.96.0.1", "10.0.0.0/8", False),
        ("https://10.96.0.1", "10.96.0.1", False),
        ("https://10.96.0.1", "10.96.0.1:443", False),
        ("https://110.96.0.1", "10.96.0.1", True),
        ("https://11.96.0.1", "10.0.0.0/8", True),
        ("https://api.test", "10.0.0.0/8", True),
        ("https://10.96.0.1", "nonsense/8", True),
        ("https://[fd00::1]:6443", "fd00::/8", False),
        ("https://[fd00::1]:6443", "[fd00::1]:6443", False),
        ("https://[fd00::1]:6443", "fd00::1", False),
    ],
)
def test_exceptions_are_those_of_go(url: str, exceptions: str, through: bool) -> None:  # noqa: FBT001 - a table's column
    assert bool(proxy_for(url, {"HTTPS_PROXY": PROXY, "NO_PROXY": exceptions})) is through
