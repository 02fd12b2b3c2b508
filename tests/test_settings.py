"""The flags of the existing plugin, read as Go's flag package reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollouts_router.settings import (
    LOG_LEVEL_VARIABLE,
    USAGE,
    HelpRequested,
    KedaMode,
    LogFormat,
    LogLevel,
    Protocol,
    Settings,
    Throttle,
    UsageError,
    go_int,
    parse,
)


def test_nothing_given_is_json_at_info_without_a_throttle() -> None:
    assert parse([], {}) == Settings(throttle=None, log_format=LogFormat.JSON, log_level=LogLevel.INFO)


@pytest.mark.parametrize("dash", ["-", "--"])
@pytest.mark.parametrize("joined", [True, False])
@given(qps=st.integers(1, 10_000), burst=st.integers(1, 10_000))
def test_every_spelling_of_a_flag_means_the_same(dash: str, joined: bool, qps: int, burst: int) -> None:  # noqa: FBT001 - parametrized
    def spelled(name: str, value: object) -> list[str]:
        return [f"{dash}{name}={value}"] if joined else [f"{dash}{name}", str(value)]

    arguments = (
        spelled("kubeClientQPS", qps) + spelled("kubeClientBurst", burst) + spelled("logformat", "text")
    )

    assert parse(arguments, {}) == Settings(throttle=Throttle(qps, burst), log_format=LogFormat.TEXT)


@pytest.mark.parametrize(
    ("arguments", "throttle"),
    [
        (["-kubeClientQPS=50"], Throttle(50, 10)),
        (["-kubeClientBurst=100"], Throttle(5, 100)),
        (["-kubeClientQPS=50", "-kubeClientBurst=0"], Throttle(50, 10)),
        (["-kubeClientQPS=50", "-kubeClientBurst=-1"], Throttle(50, 10)),
        (["-kubeClientQPS=0", "-kubeClientBurst=100"], None),
        (["-kubeClientQPS", "-1"], None),
        (["-kubeClientQPS=1", "-kubeClientQPS=2"], Throttle(2, 10)),
    ],
)
def test_one_flag_alone_brings_the_other_ones_default(
    arguments: list[str], throttle: Throttle | None
) -> None:
    assert parse(arguments, {}).throttle == throttle


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("json", LogFormat.JSON),
        ("JSON", LogFormat.JSON),
        ("text", LogFormat.TEXT),
        ("Text", LogFormat.TEXT),
        ("yaml", LogFormat.TEXT),
        ("", LogFormat.TEXT),
    ],
)
def test_a_log_format_that_is_not_json_is_text(word: str, expected: LogFormat) -> None:
    assert parse([f"-logformat={word}"], {}).log_format is expected


@pytest.mark.parametrize("protocol", Protocol)
def test_the_protocol_is_the_exact_word(protocol: Protocol) -> None:
    assert parse(["--protocol", protocol.value], {}).protocol is protocol
    with pytest.raises(UsageError, match=r'invalid value ".*" for flag -protocol: must be netrpc or grpc'):
        parse([f"-protocol={protocol.value.upper()}"], {})


def test_the_protocol_is_net_rpc_unless_told_otherwise() -> None:
    assert parse([], {}).protocol is Protocol.NETRPC


@pytest.mark.parametrize("level", LogLevel)
def test_the_level_comes_from_the_flag_or_else_from_the_environment(level: LogLevel) -> None:
    upper = level.value.upper()

    assert parse(["-loglevel", upper], {LOG_LEVEL_VARIABLE: "error"}).log_level is level
    assert parse([], {LOG_LEVEL_VARIABLE: upper}).log_level is level


def test_a_level_of_the_environment_that_is_none_is_ignored() -> None:
    assert parse([], {LOG_LEVEL_VARIABLE: "loud"}).log_level is LogLevel.INFO


@pytest.mark.parametrize("mode", KedaMode)
def test_rollouts_without_a_keda_block_get_what_the_flag_says(mode: KedaMode) -> None:
    assert parse(["--keda", mode.value], {}).keda is mode
    assert parse([], {}).keda is KedaMode.OFF


def test_held_objects_are_looked_through_every_five_minutes_unless_the_flag_says_otherwise() -> None:
    assert parse([], {}).keda_sweep_seconds == 300
    assert parse(["-keda-sweep-seconds=5"], {}).keda_sweep_seconds == 5


@pytest.mark.parametrize("address", ["127.0.0.1:9090", "localhost:0", "0.0.0.0:9090", "[::1]:9090"])
def test_metrics_are_published_where_the_flag_says_and_nowhere_without(address: str) -> None:
    assert parse(["-metrics-listen", address], {}).metrics_listen == address
    assert not parse([], {}).metrics_listen


@pytest.mark.parametrize(
    "address", ["9090", ":9090", "example.com:9090", "unix:///a", "127.0.0.1:x", "127.0.0.1"]
)
def test_an_address_of_another_shape_ends_the_launch(address: str) -> None:
    with pytest.raises(UsageError, match=r'invalid value ".*" for flag -metrics-listen: must be host:port'):
        parse([f"-metrics-listen={address}"], {})


@pytest.mark.parametrize("end", ["--", "serve", "-", ""])
def test_what_follows_the_end_of_the_flags_is_ignored(end: str) -> None:
    assert parse([end, "-unknown"], {}) == Settings()


@pytest.mark.parametrize(
    ("value", "names"),
    [("", set()), ("shop", {"shop"}), ("shop,web-2", {"shop", "web-2"}), (" shop , web ", {"shop", "web"})],
)
def test_allowed_namespaces_stand_between_commas_and_none_means_all(value: str, names: set[str]) -> None:
    assert parse(["-allowed-namespaces", value], {}).allowed_namespaces == names
    assert parse([f"--allowed-namespaces={value}"], {}).allowed_namespaces == names
    assert parse([], {}).allowed_namespaces == set()


@pytest.mark.parametrize("value", [",", " ", "shop,", "shop,,web", "Shop", "*", "a b", "-a", "a" * 64])
def test_a_limit_that_names_no_namespace_is_a_flaw_and_not_all_of_them(value: str) -> None:
    with pytest.raises(UsageError, match="must be names of namespaces, separated by commas"):
        parse(["-allowed-namespaces", value], {})


@pytest.mark.parametrize(
    ("arguments", "flaw"),
    [
        (["-kubeclientqps=1"], "flag provided but not defined: -kubeclientqps"),
        (["--verbose"], "flag provided but not defined: -verbose"),
        (["---logformat"], "bad flag syntax: ---logformat"),
        (["-=1"], "bad flag syntax: -=1"),
        (["--=1"], "bad flag syntax: --=1"),
        (["-logformat"], "flag needs an argument: -logformat"),
        (["-kubeClientQPS="], 'invalid value "" for flag -kubeClientQPS: parse error'),
        (["-kubeClientQPS", "1.5"], 'invalid value "1.5" for flag -kubeClientQPS: parse error'),
        (["-kubeClientBurst=many"], 'invalid value "many" for flag -kubeClientBurst: parse error'),
        (
            ["-kubeClientQPS=9223372036854775808"],
            'invalid value "9223372036854775808" for flag -kubeClientQPS: value out of range',
        ),
        (
            ["-loglevel=loud"],
            'invalid value "loud" for flag -loglevel: must be one of trace, debug, info, warn, error',
        ),
        (["-keda=on"], 'invalid value "on" for flag -keda: must be one of off, gate, hold'),
        (["-keda-sweep-seconds=0"], 'invalid value "0" for flag -keda-sweep-seconds: must be 1 to 86400'),
    ],
)
def test_a_flaw_is_told_in_gos_words_before_the_usage(arguments: list[str], flaw: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(arguments, {})

    assert str(caught.value) == f"{flaw}\n{USAGE}"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("asked", ["-h", "--h", "-help", "--help", "-h=1"])
def test_help_is_the_usage(asked: str) -> None:
    with pytest.raises(HelpRequested) as caught:
        parse(["-logformat=text", asked], {})

    assert str(caught.value) == USAGE
    assert caught.value.exit_code == 0


@given(st.lists(st.text(max_size=30) | st.sampled_from(["-h", "--", "-logformat", "-kubeClientQPS", "7"])))
def test_any_command_line_is_settings_a_flaw_or_help(arguments: list[str]) -> None:
    try:
        told = str(parse(arguments, {}).log_format.value)
    except (UsageError, HelpRequested) as error:
        told = str(error)

    assert told in {"json", "text"} or told.endswith(USAGE)


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_number_reads_back_in_every_base(value: int) -> None:
    sign, magnitude = "-" if value < 0 else "", abs(value)

    for text in (f"{magnitude}", f"{magnitude:#x}", f"{magnitude:#o}", f"{magnitude:#b}", f"0{magnitude:o}"):
        assert go_int(sign + text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("+7", 7), ("010", 8), ("0_10", 8), ("1_000", 1000), ("0X_1f", 31), ("0", 0), ("-0", 0), ("00", 0)],
)
def test_gos_spellings_of_a_number_are_read(text: str, value: int) -> None:
    assert go_int(text) == value


@pytest.mark.parametrize(
    "text", ["", "-", "+-1", " 1", "1 ", "1\n", "1__0", "_1", "1_", "08", "0x", "1e3", "ten", "\u0661"]
)
def test_what_go_refuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^parse error$"):
        go_int(text)


@given(st.text())
def test_any_text_is_a_number_or_an_error_in_gos_words(text: str) -> None:
    try:
        told = str(go_int(text))
    except ValueError as error:
        told = str(error)

    assert told in {"parse error", "value out of range"} or -(2**63) <= int(told) < 2**63
