package main

import (
	"encoding/gob"
	"math"
	"net/rpc"
	"strings"
	"time"
)

type (
	RpcError             struct{ ErrorString string }
	VerifyWeightResponse struct {
		Verified int32
		Err      RpcError
	}
	WeightDestination struct {
		Weight                       int32
		ServiceName, PodTemplateHash string
	}
	IntOrString struct {
		Type   int
		IntVal int32
		StrVal string
	}
	Quantity struct {
		amount int64 //nolint:unused // not sent, like the number in the real one
		Format string
	}
	// Time has the shape of the Kubernetes type of that name.
	Time   struct{ time.Time }
	Inner2 struct{ X int }
	Inner  struct{ A any }
	Holder struct {
		I any
		J string
	}
	Scalars struct {
		Truth   bool
		Signed  int64
		Plain   uint64
		Number  float64
		Data    []byte
		Text    string
		Complex complex128
	}
	Outer struct {
		Name  string
		Left  Middle
		Right Middle
		Last  int
	}
	Middle struct {
		Leaf  RpcError
		Count uint
	}
	Embedding struct {
		Inner2
		Label string
	}
	Node struct {
		Label string
		Next  *Node
		Kids  []Node
	}
	Containers struct {
		Names   []string
		Numbers [3]int
		Nested  [][]int
		Labels  map[string]string
		ByRank  map[int]Inner2
		Flags   map[bool]float64
		Hidden  []Quantity
		Nothing []struct{}
	}
	Marshaled struct{ text string }
	Zeros     struct {
		I  *int32
		B  *bool
		S  *string
		Q  *RpcError
		M  map[string]string
		L  []string
		Bs []byte
		R  [2]int
		F  float64
		C  complex128
		U  uint
		N  RpcError
		T  Time
		TP *Time
		RM map[string][]byte
	}
)

func (m Marshaled) MarshalBinary() ([]byte, error)     { return []byte("<" + m.text + ">"), nil }
func (m *Marshaled) UnmarshalBinary(data []byte) error { m.text = string(data); return nil }

func init() {
	gob.RegisterName("Inner", Inner{})
	gob.RegisterName("Inner2", Inner2{})
	gob.RegisterName("Node", Node{})
	gob.RegisterName("Time", Time{})
	gob.RegisterName("Destinations", []WeightDestination{})
}

// one makes a stream of these values.
func one(values ...any) func() []any { return func() []any { return values } }

// boxed makes a stream of interface values, as the arguments of net/rpc calls are.
func boxed(values ...any) func() []any {
	pointers := make([]any, len(values))
	for i, value := range values {
		pointers[i] = &value
	}
	return one(pointers...)
}

func zone(seconds int) *time.Location { return time.FixedZone("", seconds) }

var streams = map[string]func() []any{
	"request": one(
		rpc.Request{ServiceMethod: "Plugin.Type", Seq: 3},
		rpc.Request{ServiceMethod: "Plugin.Type", Seq: 4},
		rpc.Request{ServiceMethod: "Plugin.InitPlugin"},
	),
	"response": one(
		rpc.Response{ServiceMethod: "Plugin.Type", Seq: 3}, "Gateway",
		rpc.Response{ServiceMethod: "Plugin.Type", Seq: 4, Error: "bad"}, struct{}{},
		rpc.Response{ServiceMethod: "Control.Ping", Seq: 1 << 40}, struct{}{},
	),
	"rpc_error": one(RpcError{}, RpcError{"no route"}),
	"verify_weight": one(
		RpcError{}, VerifyWeightResponse{Verified: 1}, VerifyWeightResponse{},
		VerifyWeightResponse{Verified: 2, Err: RpcError{"x"}},
	),
	"dispense": one("RpcTrafficRouterPlugin", uint32(1)),

	"bools":     one(true, false),
	"ints":      one(0, 1, -1, 63, 64, -64, -65, int8(-128), int32(math.MaxInt32), int64(math.MinInt64), int64(math.MaxInt64)),
	"uints":     one(uint(0), uint8(127), uint(128), uint8(255), uint16(256), uint32(math.MaxUint32), uint64(math.MaxUint64)),
	"floats":    one(0.0, 17.0, -0.5, float32(1.5), math.Pi, math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64, math.MaxFloat64),
	"complexes": one(complex(0, 0), complex(1, -2), complex64(complex(0, 3))),
	"strings":   one("", "hi", "na\u00efve \u2713 \U0001f6a6", "\xff\xfe broken", strings.Repeat("x", 300)),
	"bytes":     one([]byte{}, []byte("ab"), []byte(strings.Repeat("\x00\xff", 200))),

	"scalars": one(
		Scalars{},
		Scalars{true, -5, 300, 2.5, []byte{1, 2}, "s", complex(0, 1)},
		Scalars{Number: math.Copysign(0, -1), Complex: complex(math.Copysign(0, -1), 0)},
		Scalars{Signed: math.MinInt64, Plain: math.MaxUint64, Text: "\xff"},
	),
	"nested": one(
		Outer{},
		Outer{Name: "n", Right: Middle{Leaf: RpcError{"e"}, Count: 9}, Last: -1},
		Middle{Count: 1},
	),
	"empty_struct": one(struct{}{}, struct{}{}),
	"embedding":    one(Embedding{Inner2{3}, "l"}),
	"recursive":    one(Node{Label: "a", Next: &Node{Label: "b", Next: &Node{}}, Kids: []Node{{}, {Label: "k"}}}),

	"nil_interface":          boxed(nil, nil),
	"interface_struct":       boxed(Inner2{5}, Inner2{5}),
	"interface_in_interface": boxed(Inner{Inner2{5}}, Inner{Inner2{5}}, Inner{Inner{Inner{nil}}}),
	"interface_in_struct":    one(Holder{Inner2{5}, "s"}, Holder{nil, "t"}, Holder{Inner{Inner2{1}}, "u"}),
	"interface_in_slice":     one([]any{1, "a", nil, Inner2{1}}),
	"interface_slice":        boxed([]WeightDestination{{1, "a", "b"}}, "text", uint8(200), []byte("b")),
	"interface_late_types":   one([]any{Inner2{1}, Inner{Node{Label: "n"}}, Time{time.Unix(0, 0).UTC()}, Inner2{2}}, "after"),
	"interface_in_map":       one(map[string]any{"k": Inner2{7}}),

	"zero_targets": one(Zeros{
		I: new(int32), B: new(bool), S: new(string), Q: &RpcError{}, L: []string{}, Bs: []byte{}, TP: &Time{},
	}),
	"empty_map_is_sent": one(Zeros{M: map[string]string{}, RM: map[string][]byte{"k": {}}}),
	"destinations": one(
		[]WeightDestination{{5, "exp", "zzz"}, {0, "exp2", ""}},
	),
	"maps":  one(map[string]int{"a": 0}, map[string]int{}),
	"array": one([3]int{0, 1, 2}),
	"containers": one(Containers{}, Containers{
		[]string{"", "b"}, [3]int{-1, 0, 1}, [][]int{{}, {0, 1}}, map[string]string{"": "v"},
		map[int]Inner2{-3: {}}, map[bool]float64{false: 0}, []Quantity{{1, ""}, {2, "DecimalSI"}}, make([]struct{}, 3),
	}),
	"int_or_string": one(IntOrString{}, IntOrString{IntVal: 5}, IntOrString{Type: 1, StrVal: "25%"}),
	"quantity":      one(Quantity{100, "DecimalSI"}),
	"marshaler":     one(Marshaled{"m"}, struct{ M Marshaled }{Marshaled{"n"}}),

	"times": one(
		Time{time.Date(2024, 3, 5, 6, 7, 8, 0, time.UTC)},
		Time{time.Date(2024, 3, 5, 6, 7, 8, 123456789, zone(5*3600+1800))},
		Time{time.Date(2024, 3, 5, 6, 7, 8, 0, zone(3600+17))},
		Time{},
		Time{time.Date(-44, 3, 15, 12, 0, 0, 0, time.UTC)},
		Time{time.Date(12024, 1, 1, 0, 0, 0, 0, zone(-60*60))},
		Time{time.Date(1883, 11, 18, 12, 0, 0, 5, zone(-(4*3600 + 56*60 + 2)))},
	),
	"times_in_struct": one(struct {
		At  Time
		Was *Time
	}{}, struct {
		At  Time
		Was *Time
	}{At: Time{time.Unix(1, 0).UTC()}}),
}
