"""go-plugin's greeting: which environments start the plugin, and the line that answers."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.wire.errors import LocalProtocolError
from rollouts_router.wire.handshake import GRPC, Greeting, Refusal, choose_version, decide, handshake_line

COOKIE = {"ARGO_ROLLOUTS_RPC_PLUGIN": "trafficrouter"}


def greeting(**environment: str) -> Greeting:
    """Decide on a good cookie and these variables."""
    decision = decide(COOKIE | environment)
    assert isinstance(decision, Greeting)
    return decision


@pytest.mark.parametrize("environment", [{}, {"ARGO_ROLLOUTS_RPC_PLUGIN": "metric"}, {"TRAFFICROUTER": "1"}])
def test_without_the_cookie_a_human_is_told_what_this_is(environment: dict[str, str]) -> None:
    """Somebody typed the command: the sentence names the variable."""
    decision = decide(environment)

    assert isinstance(decision, Refusal)
    assert "ARGO_ROLLOUTS_RPC_PLUGIN=trafficrouter" in decision.sentence


def test_a_host_that_wants_tls_is_refused_with_what_to_do() -> None:
    """AutoMTLS is not spoken; an empty variable does not ask for it."""
    decision = decide({**COOKIE, "PLUGIN_CLIENT_CERT": "-----BEGIN CERTIFICATE-----"})

    assert isinstance(decision, Refusal)
    assert "AutoMTLS" in decision.sentence
    assert isinstance(decide({**COOKIE, "PLUGIN_CLIENT_CERT": ""}), Greeting)


@pytest.mark.parametrize("wish", ["true", "1", "T", "nonsense"])
def test_a_grpc_host_that_wants_one_connection_for_all_is_refused_with_what_to_do(wish: str) -> None:
    """It would talk yamux; under net/rpc, which does that anyway, the wish has no meaning."""
    environment = {**COOKIE, "PLUGIN_MULTIPLEX_GRPC": wish}
    decision = decide(environment, GRPC)

    assert isinstance(decision, Refusal)
    assert "GRPCBrokerMultiplex" in decision.sentence
    assert isinstance(decide(environment), Greeting)


@pytest.mark.parametrize("wish", ["", "0", "f", "F", "false", "False", "FALSE"])
def test_a_grpc_host_that_does_not_want_it_is_served(wish: str) -> None:
    """As Go reads a boolean."""
    assert isinstance(decide({**COOKIE, "PLUGIN_MULTIPLEX_GRPC": wish}, GRPC), Greeting)


@pytest.mark.parametrize(
    "offered", ["", "1", "2,1", "1,2", " 1 ", "7,x,1,,", "2", "nonsense", "-1", "\u0661", "9" * 5000]
)
def test_version_one_is_chosen_as_the_only_one_there_is(offered: str) -> None:
    """The highest common version, or our lowest for the host to complain about."""
    assert choose_version(offered) == 1


@given(st.text(max_size=50))
def test_no_list_of_versions_is_an_error(offered: str) -> None:
    """The host's list may be anything."""
    assert choose_version(offered) == 1


def test_the_socket_goes_where_the_host_wants_it_or_to_the_usual_place() -> None:
    """The host's folder, then TMPDIR, then /tmp; an empty variable is an absent one."""
    assert greeting(PLUGIN_UNIX_SOCKET_DIR="/run/p", TMPDIR="/t").socket_directory == "/run/p"
    assert greeting(PLUGIN_UNIX_SOCKET_DIR="", TMPDIR="/t").socket_directory == "/t"
    assert greeting().socket_directory == "/tmp"  # noqa: S108 - what is tested


def test_the_group_of_the_socket_is_passed_on() -> None:
    """Name or number; empty when the host names none."""
    assert (greeting(PLUGIN_UNIX_SOCKET_GROUP="1000").socket_group, greeting().socket_group) == ("1000", "")


def test_the_line_has_six_fields_and_a_newline() -> None:
    """Older hosts split in at most six parts."""
    assert handshake_line(greeting(), "/run/p.sock") == b"1|1|unix|/run/p.sock|netrpc|\n"


def test_the_fifth_field_names_the_protocol() -> None:
    """What the process was told to speak, as the host has no way to say."""
    decision = decide(COOKIE, GRPC)

    assert isinstance(decision, Greeting)
    assert handshake_line(decision, "/run/p.sock") == b"1|1|unix|/run/p.sock|grpc|\n"


def test_a_seventh_field_is_given_only_to_a_host_that_asks() -> None:
    """Multiplexing of gRPC is not offered."""
    line = handshake_line(greeting(PLUGIN_MULTIPLEX_GRPC="true"), "/run/p.sock")

    assert line == b"1|1|unix|/run/p.sock|netrpc||false\n"


@pytest.mark.parametrize("path", ["", "/run/a|b", "/run/a\nb", "/run/a\rb", " /tmp/a", "/run/a "])
def test_a_path_that_would_break_the_line_is_refused(path: str) -> None:
    """The host strips the line and splits it at bars."""
    with pytest.raises(LocalProtocolError, match="cannot stand"):
        handshake_line(greeting(), path)


def test_a_path_may_have_107_bytes_and_not_one_more() -> None:
    """The limit counts bytes, not characters."""
    assert handshake_line(greeting(), "/" + "s" * 106)
    with pytest.raises(LocalProtocolError, match="107"):
        handshake_line(greeting(), "/" + "é" * 54)


def test_a_path_that_is_not_utf8_keeps_its_bytes() -> None:
    """File names are bytes."""
    assert b"|/run/\xff|" in handshake_line(greeting(), "/run/\udcff")


def test_importing_it_loads_nothing_that_takes_time() -> None:
    """It is on the way to the handshake line."""
    slow = ["dataclasses", "enum", "re", "typing", "asyncio", "struct"]
    code = f"import sys, rollouts_router.wire.handshake; print([n for n in {slow} if n in sys.modules])"

    loaded = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout == "[]\n"
