"""The command line of `serve`: what goes together, and what does not."""

from pathlib import Path

import pytest

from rollouts_router.app.serving_settings import ServingSettings, parse
from rollouts_router.settings import LogFormat, LogLevel
from rollouts_router.transports.standalone.endpoint import Endpoint
from rollouts_router.transports.standalone.limits import ServingLimits
from rollouts_router.transports.standalone.tls import TlsFiles

TLS = ["--tls-cert", "c", "--tls-key", "k"]
FILES = TlsFiles(certificate=Path("c"), key=Path("k"))
ANYWHERE = ["--listen", "0.0.0.0:9443"]


def test_without_a_flag_it_is_loopback_and_nothing_is_published() -> None:
    settings = parse([])

    assert settings == ServingSettings(listen=Endpoint(host="127.0.0.1", port=50051))
    assert settings.listen.is_private
    assert not settings.knows_callers


def test_every_flag_arrives() -> None:
    settings = parse(
        [
            *("--listen", "[::1]:1", *TLS, "--token-auth", "--token-audience", "ours", "--no-reflection"),
            *("--max-calls", "1", "--max-streams", "2", "--max-connections", "3", "--drain", "0.5"),
            *("--patience", "4"),
            *("--metrics-listen", "0.0.0.0:9090", "--allowed-namespaces", "a,b"),
            *("--log-format", "json", "--log-level", "debug"),
        ]
    )

    assert settings == ServingSettings(
        listen=Endpoint(host="::1", port=1),
        tls=FILES,
        token_auth=True,
        token_audience="ours",
        reflection=False,
        limits=ServingLimits(calls=1, watches=2, connections=3, request=4, write=4),
        drain=0.5,
        metrics=Endpoint(host="0.0.0.0", port=9090),  # noqa: S104 - only read
        allowed_namespaces=frozenset({"a", "b"}),
        log_format=LogFormat.JSON,
        log_level=LogLevel.DEBUG,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        [*ANYWHERE, *TLS, "--token-auth"],
        [*ANYWHERE, *TLS, "--client-ca", "a"],
        ["--listen", "unix:///run/s", "--token-auth"],
        ["--token-auth"],
    ],
)
def test_with_tokens_or_certificates_callers_are_known(arguments: list[str]) -> None:
    assert parse(arguments).knows_callers


NO_LOOPBACK = "--listen 0.0.0.0:9443 is no loopback address: give --tls-cert, --tls-key and one of --client-ca, --token-auth"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (ANYWHERE, NO_LOOPBACK),
        ([*ANYWHERE, *TLS], NO_LOOPBACK),
        ([*ANYWHERE, "--token-auth"], NO_LOOPBACK),
        (["--listen", "[::]:1"], "--listen [::]:1 is no loopback address"),
        (["--listen", "shop.example:1"], "'shop.example' is no IP address"),
        (["--listen", ":1"], "names no address"),
        (["--tls-cert", "c"], "--tls-cert and --tls-key go together"),
        (["--tls-key", "k"], "--tls-cert and --tls-key go together"),
        (["--client-ca", "a"], "--client-ca needs --tls-cert and --tls-key"),
        ([*TLS, "--client-ca", "a", "--token-auth"], "--client-ca and --token-auth: choose the one"),
        (["--token-audience", "x"], "--token-audience needs --token-auth"),
        (["--listen", "unix:///s", *TLS], "a unix socket takes no TLS"),
        (["--metrics-listen", "unix:///s"], "--metrics-listen takes an address"),
        (["--max-calls", "0"], "'0' is no number from 1 to 10000"),
        (["--max-calls", "10001"], "'10001' is no number"),
        (["--max-connections", "many"], "'many' is no number"),
        (["--drain", "-1"], "'-1' is no number of seconds"),
        (["--drain", "nan"], "'nan' is no number of seconds"),
        (["--drain", "soon"], "'soon' is no number of seconds"),
        (["--allowed-namespaces", ","], "must be names of namespaces"),
        (["--log-level", "loud"], "invalid choice: 'loud'"),
        (["--token"], "unrecognized arguments: --token"),
        (["more"], "unrecognized arguments: more"),
    ],
)
def test_what_does_not_go_together_is_a_sentence_and_status_two(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)

    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert out == ""
    assert sentence in " ".join(err.split())


def test_help_says_who_may_do_what(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--help"])

    assert ended.value.code == 0
    assert "nothing that the cluster would not let its caller do himself" in " ".join(
        capsys.readouterr().out.split()
    )
