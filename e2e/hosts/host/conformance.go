package main

// Conformance mode: a fixed walk through everything that the controller can ask of a plugin.

import (
	"fmt"
	"strings"
	"time"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	corev1 "k8s.io/api/core/v1"
)

// crowd is the number of simultaneous calls: twice the controller's reconcile workers.
const crowd = 20

// A Rollout of manyVariables variables of variableSize bytes is a megabyte, and many small strings as well.
const (
	manyVariables = 8192
	variableSize  = 100
)

type stepReply struct {
	Step string `json:"step"`
	reply
}

type crowdReply struct {
	Step string `json:"step"`
	parallelReply
}

type launchStep struct {
	Step string `json:"step"`
	launchTimes
}

type endStep struct {
	Step string `json:"step"`
	ending
}

// A walk is one conformance run: the plugin, the Rollout to route and the place for results.
type walk struct {
	peer    *peer
	rollout *v1alpha1.Rollout
	out     *printer
}

// conform walks through all steps; that a step was answered with an error does not end the walk.
func conform(command []string, rollout *v1alpha1.Rollout, idle time.Duration, out *printer) error {
	p, times, err := launch(command)
	if err != nil {
		return err
	}
	defer func() { out.print(endStep{"kill", p.kill()}) }()
	out.print(launchStep{"launch", times})
	w := walk{peer: p, rollout: rollout, out: out}
	first := router{p.router, p.session.Ping}
	w.eachMethod(first)
	w.together(first)
	w.step("SetWeight of a large Rollout", first, request{Method: "SetWeight", Rollout: enlarged(rollout), Weight: 30})
	if err := w.secondInstance(); err != nil {
		return err
	}
	if idle > 0 {
		time.Sleep(idle)
	}
	w.step("Ping at the end", first, request{Method: "Ping"})
	w.step("SetWeight at the end", first, request{Method: "SetWeight", Weight: 40})
	return nil
}

// eachMethod keeps the order of a launch and a reconcile in the controller.
func (w walk) eachMethod(r router) {
	header, mirror := headerRoute(), mirrorRoute()
	w.step("InitPlugin", r, request{Method: "InitPlugin"})
	w.step("Ping", r, request{Method: "Ping"})
	w.step("Type", r, request{Method: "Type"})
	w.step("RemoveManagedRoutes", r, request{Method: "RemoveManagedRoutes"})
	w.step("SetHeaderRoute", r, request{Method: "SetHeaderRoute", Header: header})
	w.step("SetHeaderRoute without match", r, request{Method: "SetHeaderRoute", Header: &v1alpha1.SetHeaderRoute{Name: header.Name}})
	w.step("SetMirrorRoute", r, request{Method: "SetMirrorRoute", Mirror: mirror})
	w.step("SetMirrorRoute without match", r, request{Method: "SetMirrorRoute", Mirror: &v1alpha1.SetMirrorRoute{Name: mirror.Name}})
	w.step("UpdateHash", r, request{Method: "UpdateHash", CanaryHash: "5d4f", StableHash: "7c9b"})
	w.step("SetWeight", r, request{Method: "SetWeight", Weight: 25})
	w.step("SetWeight to zero", r, request{Method: "SetWeight", Weight: 0})
	w.step("VerifyWeight", r, request{Method: "VerifyWeight", Weight: 25})
	w.step("SetWeight with an experiment", r, request{Method: "SetWeight", Weight: 10, Additional: []v1alpha1.WeightDestination{
		{ServiceName: "experiment", PodTemplateHash: "6e5a", Weight: 5},
	}})
}

// together sends a crowd of calls for different Rollouts at once, with a Ping among them.
func (w walk) together(r router) {
	requests := []request{{ID: []byte(`"ping"`), Method: "Ping"}}
	for i := range crowd {
		rollout := w.rollout.DeepCopy()
		rollout.Name = fmt.Sprintf("%s-%d", rollout.Name, i)
		id := []byte(fmt.Sprintf("%q", rollout.Name))
		requests = append(requests, request{ID: id, Method: "SetWeight", Rollout: rollout, Weight: int32(i)})
	}
	w.out.print(crowdReply{"SetWeight at once", performAll(r, &request{Parallel: requests})})
}

// secondInstance dispenses once more on the same session and uses both instances.
func (w walk) secondInstance() error {
	second, err := w.peer.dispense()
	if err != nil {
		return fmt.Errorf("second Dispense: %w", err)
	}
	r := router{second, w.peer.session.Ping}
	w.step("InitPlugin of a second instance", r, request{Method: "InitPlugin"})
	w.step("Type of a second instance", r, request{Method: "Type"})
	w.step("SetWeight of a second instance", r, request{Method: "SetWeight", Weight: 35})
	return nil
}

// step makes one call, with the Rollout of the walk unless the request brings its own.
func (w walk) step(name string, r router, q request) {
	if q.Rollout == nil {
		q.Rollout = w.rollout
	}
	w.out.print(stepReply{name, perform(r, &q)})
}

func headerRoute() *v1alpha1.SetHeaderRoute {
	return &v1alpha1.SetHeaderRoute{Name: "testers", Match: []v1alpha1.HeaderRoutingMatch{
		{HeaderName: "X-Tester", HeaderValue: &v1alpha1.StringMatch{Exact: "yes"}},
	}}
}

func mirrorRoute() *v1alpha1.SetMirrorRoute {
	half := int32(50)
	return &v1alpha1.SetMirrorRoute{Name: "shadow", Percentage: &half, Match: []v1alpha1.RouteMatch{
		{Method: &v1alpha1.StringMatch{Exact: "GET"}, Path: &v1alpha1.StringMatch{Prefix: "/"}},
	}}
}

// enlarged is the Rollout with a megabyte of environment variables in its pod template.
func enlarged(rollout *v1alpha1.Rollout) *v1alpha1.Rollout {
	large := rollout.DeepCopy()
	container := corev1.Container{Name: "large"}
	for i := range manyVariables {
		name := fmt.Sprintf("VARIABLE_%d", i)
		container.Env = append(container.Env, corev1.EnvVar{Name: name, Value: strings.Repeat("x", variableSize)})
	}
	large.Spec.Template.Spec.Containers = append(large.Spec.Template.Spec.Containers, container)
	return large
}
