package main

import (
	"fmt"
	"strings"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	plugin "github.com/argoproj/argo-rollouts/rollout/trafficrouting/plugin/rpc"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// call is what a reader must find: the arguments as they are on the wire, see wire.go.
type call struct {
	Method   string
	Argument any
}

var seen []call

func expect(method string, argument any) { seen = append(seen, call{method, onTheWire(argument)}) }

// script makes every call with a Rollout that has hardly a field set, and one with a Rollout that has all.
func script(stub plugin.TrafficRouterPlugin) {
	stub.InitPlugin()
	expect("Plugin.InitPlugin", nil)
	stub.Type()
	expect("Plugin.Type", nil)
	all(stub, bare())
	rollout := full()
	stub.RemoveManagedRoutes(rollout)
	expect("Plugin.RemoveManagedRoutes", plugin.RemoveManagedRoutesArgs{Rollout: *rollout})
}

func all(stub plugin.TrafficRouterPlugin, rollout *v1alpha1.Rollout) {
	extra := []v1alpha1.WeightDestination{{Weight: 5, ServiceName: "exp", PodTemplateHash: "zzz"}, {ServiceName: "exp2"}}

	stub.UpdateHash(rollout, "chash", "shash", extra)
	expect("Plugin.UpdateHash", plugin.UpdateHashArgs{
		Rollout: *rollout, CanaryHash: "chash", StableHash: "shash", AdditionalDestinations: extra,
	})
	stub.SetWeight(rollout, 30, extra)
	expect("Plugin.SetWeight", plugin.SetWeightAndVerifyWeightArgs{
		Rollout: *rollout, DesiredWeight: 30, AdditionalDestinations: extra,
	})
	stub.SetWeight(rollout, 0, nil)
	expect("Plugin.SetWeight", plugin.SetWeightAndVerifyWeightArgs{Rollout: *rollout})

	header := v1alpha1.SetHeaderRoute{Name: "hdr", Match: []v1alpha1.HeaderRoutingMatch{
		{HeaderName: "X-T", HeaderValue: &v1alpha1.StringMatch{Exact: "1"}},
		{HeaderName: "X-U", HeaderValue: &v1alpha1.StringMatch{Prefix: "p"}},
		{HeaderName: "X-V"},
	}}
	for _, route := range []v1alpha1.SetHeaderRoute{header, {Name: "hdr"}} {
		stub.SetHeaderRoute(rollout, &route)
		expect("Plugin.SetHeaderRoute", plugin.SetHeaderArgs{Rollout: *rollout, SetHeaderRoute: route})
	}

	share := int32(35)
	mirror := v1alpha1.SetMirrorRoute{Name: "mir", Percentage: &share, Match: []v1alpha1.RouteMatch{{
		Method:  &v1alpha1.StringMatch{Exact: "GET"},
		Path:    &v1alpha1.StringMatch{Regex: "/a.*"},
		Headers: map[string]v1alpha1.StringMatch{"k": {Exact: "v"}},
	}}}
	stub.SetMirrorRoute(rollout, &mirror)
	expect("Plugin.SetMirrorRoute", plugin.SetMirrorArgs{Rollout: *rollout, SetMirrorRoute: mirror})

	_, _ = stub.VerifyWeight(rollout, 30, nil)
	expect("Plugin.VerifyWeight", plugin.SetWeightAndVerifyWeightArgs{Rollout: *rollout, DesiredWeight: 30})
	stub.RemoveManagedRoutes(rollout)
	expect("Plugin.RemoveManagedRoutes", plugin.RemoveManagedRoutesArgs{Rollout: *rollout})
}

// bare is a Rollout with what the API server asks for, and zeros behind pointers.
func bare() *v1alpha1.Rollout {
	zero := int32(0)
	return &v1alpha1.Rollout{
		ObjectMeta: metav1.ObjectMeta{Name: "bare", Namespace: "ns"},
		Spec: v1alpha1.RolloutSpec{
			Replicas: &zero,
			Strategy: v1alpha1.RolloutStrategy{Canary: &v1alpha1.CanaryStrategy{
				Steps: []v1alpha1.CanaryStep{{SetWeight: &zero}, {Pause: &v1alpha1.RolloutPause{}}},
			}},
		},
		Status: v1alpha1.RolloutStatus{CurrentStepIndex: &zero},
	}
}

// largeScript sends a Rollout of about a megabyte: several windows of the multiplexer.
func largeScript(stub plugin.TrafficRouterPlugin) {
	rollout := full()
	rollout.Name = "large"
	step := rollout.Spec.Strategy.Canary.Steps[0]
	for range 300 {
		rollout.Spec.Strategy.Canary.Steps = append(rollout.Spec.Strategy.Canary.Steps, step)
	}
	rollout.Annotations = map[string]string{"note": strings.Repeat("0123456789abcdef", 45_000)}
	stub.SetWeight(rollout, 10, nil)
	fmt.Println("steps:", len(rollout.Spec.Strategy.Canary.Steps))
}
