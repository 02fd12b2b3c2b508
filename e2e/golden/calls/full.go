package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// full is a Rollout with every field set: strings and numbers to their place in the walk, one element in
// every slice and map.
func full() *v1alpha1.Rollout {
	rollout := new(v1alpha1.Rollout)
	count := 0
	fill(reflect.ValueOf(rollout).Elem(), "", &count)
	return rollout
}

func fill(value reflect.Value, path string, count *int) {
	*count++
	switch place := value.Addr().Interface().(type) {
	case *metav1.Time:
		place.Time = time.Date(2024, 3, 5, 6, 7, 8, *count, time.FixedZone("", 60*(*count%720)))
		return
	case *resource.Quantity:
		*place = resource.MustParse("100m")
		return
	case *json.RawMessage:
		*place = json.RawMessage(fmt.Sprintf(`{"n":%d}`, *count))
		return
	}
	switch value.Kind() {
	case reflect.String:
		value.SetString(fmt.Sprint("s", *count))
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		value.SetInt(int64(*count))
	case reflect.Uint8:
		value.SetUint(uint64(*count % 256))
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem(), path, count)
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		fill(value.Index(0), path, count)
	case reflect.Map:
		element := reflect.New(value.Type().Elem()).Elem()
		fill(element, path, count)
		value.Set(reflect.MakeMap(value.Type()))
		value.SetMapIndex(reflect.ValueOf("key").Convert(value.Type().Key()), element)
	case reflect.Struct:
		for i := range value.NumField() {
			if field := value.Type().Field(i); field.IsExported() {
				fill(value.Field(i), path+"."+field.Name, count)
			}
		}
	default:
		panic(fmt.Sprintf("%s is a %s, which no Rollout had so far", path, value.Kind()))
	}
}
