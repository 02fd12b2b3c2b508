"""What the streams of tests/golden/vectors.txt hold: (type, value sent, value seen), by name.

The values are those of e2e/golden/vectors/streams.go. `seen` is left out where it equals the value sent.
"""

import math
from dataclasses import dataclass

from tests.wire.gob.sender import ANY, Array, Boxed, Later, Map, Opaque, Slice, Type, recursive, struct

from rollouts_router.wire.gob.records import Field, Interface, Kind, StructType, Value

_SAME = object()


@dataclass(frozen=True, slots=True)
class Sent:
    """One value of a stream."""

    type: Type
    value: object
    seen: object = _SAME

    @property
    def expected(self) -> Value:
        """What our reader must make of it."""
        return self.value if self.seen is _SAME else self.seen  # type: ignore[return-value] # tests' own data


def ours(name: str, **fields: Kind | StructType) -> StructType:
    """Make a struct type that our writer knows."""
    return StructType(name, tuple([Field(*pair) for pair in fields.items()]))


REQUEST = ours("Request", ServiceMethod=Kind.STRING, Seq=Kind.UINT)
RESPONSE = ours("Response", ServiceMethod=Kind.STRING, Seq=Kind.UINT, Error=Kind.STRING)
RPC_ERROR = ours("RpcError", ErrorString=Kind.STRING)
VERIFY_WEIGHT = ours("VerifyWeightResponse", Verified=Kind.INT, Err=RPC_ERROR)
EMPTY = ours("")
INT_OR_STRING = ours("IntOrString", Type=Kind.INT, IntVal=Kind.INT, StrVal=Kind.STRING)
QUANTITY = ours("Quantity", Format=Kind.STRING)
SCALARS = ours(
    "Scalars",
    Truth=Kind.BOOL,
    Signed=Kind.INT,
    Plain=Kind.UINT,
    Number=Kind.FLOAT,
    Data=Kind.BYTES,
    Text=Kind.STRING,
    Complex=Kind.COMPLEX,
)
MIDDLE = ours("Middle", Leaf=RPC_ERROR, Count=Kind.UINT)
OUTER = ours("Outer", Name=Kind.STRING, Left=MIDDLE, Right=MIDDLE, Last=Kind.INT)
INNER2 = ours("Inner2", X=Kind.INT)
EMBEDDING = ours("Embedding", Inner2=INNER2, Label=Kind.STRING)
INNER = struct("Inner", A=ANY)
HOLDER = struct("Holder", I=ANY, J=Kind.STRING)
NODE = recursive(
    struct("Node", Label=Kind.STRING, Next=Later("Node"), Kids=Slice(Later("Node"), "[]main.Node"))
)
TIME = Opaque("Time", 4, Opaque("Time"))
DESTINATION = ours("WeightDestination", Weight=Kind.INT, ServiceName=Kind.STRING, PodTemplateHash=Kind.STRING)
MARSHALED = Opaque("Marshaled", 5)
ZEROS = struct(
    "Zeros",
    I=Kind.INT,
    B=Kind.BOOL,
    S=Kind.STRING,
    Q=RPC_ERROR,
    M=Map(Kind.STRING, Kind.STRING, "map[string]string"),
    L=Slice(Kind.STRING, "[]string"),
    Bs=Kind.BYTES,
    R=Array(Kind.INT, 2, "[2]int"),
    F=Kind.FLOAT,
    C=Kind.COMPLEX,
    U=Kind.UINT,
    N=RPC_ERROR,
    T=TIME,
    TP=TIME,
    RM=Map(Kind.STRING, Kind.BYTES, "map[string][]uint8"),
)
CONTAINERS = struct(
    "Containers",
    Names=Slice(Kind.STRING, "[]string"),
    Numbers=Array(Kind.INT, 3, "[3]int"),
    Nested=Slice(Slice(Kind.INT), "[][]int"),
    Labels=Map(Kind.STRING, Kind.STRING, "map[string]string"),
    ByRank=Map(Kind.INT, ours("", X=Kind.INT), "map[int]main.Inner2"),
    Flags=Map(Kind.BOOL, Kind.FLOAT, "map[bool]float64"),
    Hidden=Slice(QUANTITY, "[]main.Quantity"),
    Nothing=Slice(EMPTY, "[]struct {}"),
)
AT_WAS = struct("", At=TIME, Was=TIME)


def _inner2(number: int) -> Boxed:
    return Boxed("Inner2", INNER2, {"X": number})


def _inner(content: Boxed | None) -> Boxed:
    return Boxed("Inner", INNER, {"A": content})


def _seen2(number: int) -> Interface:
    return Interface("Inner2", {"X": number})


def time_bytes(text: str) -> bytes:
    """Turn the hex of a time into bytes."""
    return bytes.fromhex(text)


_YEAR_ONE = time_bytes("01000000000000000000000000ffff")
_NOON = time_bytes("010000000edd78ad8c00000000ffff")

VECTORS: dict[str, list[Sent]] = {
    "request": [
        Sent(REQUEST, {"ServiceMethod": "Plugin.Type", "Seq": 3}),
        Sent(REQUEST, {"ServiceMethod": "Plugin.Type", "Seq": 4}),
        Sent(REQUEST, {"ServiceMethod": "Plugin.InitPlugin"}),
    ],
    "response": [
        Sent(RESPONSE, {"ServiceMethod": "Plugin.Type", "Seq": 3}),
        Sent(Kind.STRING, "Gateway"),
        Sent(RESPONSE, {"ServiceMethod": "Plugin.Type", "Seq": 4, "Error": "bad"}),
        Sent(EMPTY, {}),
        Sent(RESPONSE, {"ServiceMethod": "Control.Ping", "Seq": 1 << 40}),
        Sent(EMPTY, {}),
    ],
    "rpc_error": [Sent(RPC_ERROR, {}), Sent(RPC_ERROR, {"ErrorString": "no route"})],
    "verify_weight": [
        Sent(RPC_ERROR, {}),
        Sent(VERIFY_WEIGHT, {"Verified": 1}, {"Verified": 1, "Err": {}}),
        Sent(VERIFY_WEIGHT, {}, {"Err": {}}),
        Sent(VERIFY_WEIGHT, {"Verified": 2, "Err": {"ErrorString": "x"}}),
    ],
    "dispense": [Sent(Kind.STRING, "RpcTrafficRouterPlugin"), Sent(Kind.UINT, 1)],
    "bools": [Sent(Kind.BOOL, value) for value in (True, False)],
    "ints": [
        Sent(Kind.INT, value)
        for value in (0, 1, -1, 63, 64, -64, -65, -128, (1 << 31) - 1, -(1 << 63), (1 << 63) - 1)
    ],
    "uints": [Sent(Kind.UINT, value) for value in (0, 127, 128, 255, 256, (1 << 32) - 1, (1 << 64) - 1)],
    "floats": [
        Sent(Kind.FLOAT, value)
        for value in (0.0, 17.0, -0.5, 1.5, math.pi, math.inf, -math.inf, 5e-324, 1.7976931348623157e308)
    ],
    "complexes": [Sent(Kind.COMPLEX, value) for value in (0j, 1 - 2j, 3j)],
    "strings": [
        Sent(Kind.STRING, value) for value in ("", "hi", "naïve ✓ 🚦", "\udcff\udcfe broken", "x" * 300)
    ],
    "bytes": [Sent(Kind.BYTES, value) for value in (b"", b"ab", b"\x00\xff" * 200)],
    "scalars": [
        Sent(SCALARS, {}),
        Sent(
            SCALARS,
            {
                "Truth": True,
                "Signed": -5,
                "Plain": 300,
                "Number": 2.5,
                "Data": b"\x01\x02",
                "Text": "s",
                "Complex": 1j,
            },
        ),
        Sent(SCALARS, {"Number": -0.0, "Complex": complex(-0.0, 0)}, {}),
        Sent(SCALARS, {"Signed": -(1 << 63), "Plain": (1 << 64) - 1, "Text": "\udcff"}),
    ],
    "nested": [
        Sent(OUTER, {}, {"Left": {"Leaf": {}}, "Right": {"Leaf": {}}}),
        Sent(
            OUTER,
            {"Name": "n", "Right": {"Leaf": {"ErrorString": "e"}, "Count": 9}, "Last": -1},
            {
                "Name": "n",
                "Left": {"Leaf": {}},
                "Right": {"Leaf": {"ErrorString": "e"}, "Count": 9},
                "Last": -1,
            },
        ),
        Sent(MIDDLE, {"Count": 1}, {"Leaf": {}, "Count": 1}),
    ],
    "empty_struct": [Sent(EMPTY, {}), Sent(EMPTY, {})],
    "embedding": [Sent(EMBEDDING, {"Inner2": {"X": 3}, "Label": "l"})],
    "recursive": [
        Sent(NODE, {"Label": "a", "Next": {"Label": "b", "Next": {}}, "Kids": [{}, {"Label": "k"}]})
    ],
    "nil_interface": [Sent(ANY, None), Sent(ANY, None)],
    "interface_struct": [Sent(ANY, _inner2(5), _seen2(5)), Sent(ANY, _inner2(5), _seen2(5))],
    "interface_in_interface": [
        Sent(ANY, _inner(_inner2(5)), Interface("Inner", {"A": _seen2(5)})),
        Sent(ANY, _inner(_inner2(5)), Interface("Inner", {"A": _seen2(5)})),
        Sent(
            ANY,
            _inner(_inner(_inner(None))),
            Interface("Inner", {"A": Interface("Inner", {"A": Interface("Inner", {})})}),
        ),
    ],
    "interface_in_struct": [
        Sent(HOLDER, {"I": _inner2(5), "J": "s"}, {"I": _seen2(5), "J": "s"}),
        Sent(HOLDER, {"J": "t"}),
        Sent(
            HOLDER, {"I": _inner(_inner2(1)), "J": "u"}, {"I": Interface("Inner", {"A": _seen2(1)}), "J": "u"}
        ),
    ],
    "interface_in_slice": [
        Sent(
            Slice(ANY),
            [Boxed("int", Kind.INT, 1), Boxed("string", Kind.STRING, "a"), None, _inner2(1)],
            [Interface("int", 1), Interface("string", "a"), None, _seen2(1)],
        )
    ],
    "interface_slice": [
        Sent(
            ANY,
            Boxed(
                "Destinations",
                Slice(DESTINATION),
                [{"Weight": 1, "ServiceName": "a", "PodTemplateHash": "b"}],
            ),
            Interface("Destinations", [{"Weight": 1, "ServiceName": "a", "PodTemplateHash": "b"}]),
        ),
        Sent(ANY, Boxed("string", Kind.STRING, "text"), Interface("string", "text")),
        Sent(ANY, Boxed("uint8", Kind.UINT, 200), Interface("uint8", 200)),
        Sent(ANY, Boxed("[]uint8", Kind.BYTES, b"b"), Interface("[]uint8", b"b")),
    ],
    "interface_late_types": [
        Sent(
            Slice(ANY),
            [
                _inner2(1),
                _inner(Boxed("Node", NODE, {"Label": "n"})),
                Boxed("Time", TIME, time_bytes("010000000e7791f70000000000ffff")),
                _inner2(2),
            ],
            [
                _seen2(1),
                Interface("Inner", {"A": Interface("Node", {"Label": "n"})}),
                Interface("Time", time_bytes("010000000e7791f70000000000ffff")),
                _seen2(2),
            ],
        ),
        Sent(Kind.STRING, "after"),
    ],
    "interface_in_map": [Sent(Map(Kind.STRING, ANY), {"k": _inner2(7)}, {"k": _seen2(7)})],
    # A pointer to a zero time is sent although a zero time is not: Go looks at the pointer.
    "zero_targets": [
        Sent(
            ZEROS,
            {"I": 0, "B": False, "S": "", "L": [], "TP": _YEAR_ONE},
            {"Q": {}, "R": [0, 0], "N": {}, "TP": _YEAR_ONE},
        )
    ],
    "empty_map_is_sent": [
        Sent(
            ZEROS,
            {"Q": None, "M": {}, "RM": {"k": b""}},
            {"M": {}, "R": [0, 0], "N": {}, "RM": {"k": b""}},
        )
    ],
    "destinations": [
        Sent(
            Slice(DESTINATION),
            [{"Weight": 5, "ServiceName": "exp", "PodTemplateHash": "zzz"}, {"ServiceName": "exp2"}],
        )
    ],
    "maps": [Sent(Map(Kind.STRING, Kind.INT), {"a": 0}), Sent(Map(Kind.STRING, Kind.INT), {})],
    "array": [Sent(Array(Kind.INT, 3), [0, 1, 2])],
    "containers": [
        Sent(CONTAINERS, {}, {"Numbers": [0, 0, 0]}),
        Sent(
            CONTAINERS,
            {
                "Names": ["", "b"],
                "Numbers": [-1, 0, 1],
                "Nested": [[], [0, 1]],
                "Labels": {"": "v"},
                "ByRank": {-3: {}},
                "Flags": {False: 0.0},
                "Hidden": [{}, {"Format": "DecimalSI"}],
                "Nothing": [{}, {}, {}],
            },
        ),
    ],
    "int_or_string": [
        Sent(INT_OR_STRING, {}),
        Sent(INT_OR_STRING, {"IntVal": 5}),
        Sent(INT_OR_STRING, {"Type": 1, "StrVal": "25%"}),
    ],
    "quantity": [Sent(QUANTITY, {"Format": "DecimalSI"})],
    "marshaler": [Sent(MARSHALED, b"<m>"), Sent(struct("", M=MARSHALED), {"M": b"<n>"})],
    "times": [
        Sent(TIME, _NOON),
        Sent(TIME, time_bytes("010000000edd786034075bcd15014a")),
        Sent(TIME, time_bytes("020000000edd789f6b00000000003c11")),
        Sent(TIME, _YEAR_ONE),
        Sent(TIME, time_bytes("01ffffffffabbc584000000000ffff")),
        Sent(TIME, time_bytes("0100000058568cc31000000000ffc4")),
        Sent(TIME, time_bytes("020000000dd595e6a200000005fed8fe")),
    ],
    "times_in_struct": [
        Sent(AT_WAS, {}),
        Sent(AT_WAS, {"At": time_bytes("010000000e7791f70100000000ffff")}),
    ],
}
