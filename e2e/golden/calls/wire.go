package main

import (
	"encoding/hex"
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// onTheWire says in JSON's words what gob carries of a value: Go's field names, pointers replaced by what
// they point to, zeros of basic types, empty slices and nil maps left out. Bytes, also those that a time
// makes of itself, are hex strings.
func onTheWire(value any) any {
	if value == nil {
		return nil
	}
	return seenAs(reflect.ValueOf(value))
}

func seenAs(value reflect.Value) any {
	if moment, ok := value.Interface().(metav1.Time); ok {
		data, err := moment.GobEncode()
		if err != nil {
			panic(err)
		}
		return "hex:" + hex.EncodeToString(data)
	}
	switch value.Kind() {
	case reflect.Pointer:
		return seenAs(value.Elem())
	case reflect.Struct:
		return fieldsOf(value)
	case reflect.Map:
		entries := map[string]any{}
		for _, key := range value.MapKeys() {
			entries[key.String()] = seenAs(value.MapIndex(key))
		}
		return entries
	case reflect.Slice:
		if value.Type().Elem().Kind() == reflect.Uint8 {
			return "hex:" + hex.EncodeToString(value.Bytes())
		}
		elements := []any{}
		for i := range value.Len() {
			elements = append(elements, seenAs(value.Index(i)))
		}
		return elements
	default:
		return value.Interface()
	}
}

func fieldsOf(value reflect.Value) map[string]any {
	fields := map[string]any{}
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if field.IsExported() && !leftOut(value.Field(i)) {
			fields[field.Name] = seenAs(value.Field(i))
		}
	}
	return fields
}

func leftOut(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Pointer:
		return value.IsNil() || leftOut(value.Elem())
	case reflect.Struct:
		moment, ok := value.Interface().(metav1.Time)
		return ok && moment.IsZero()
	case reflect.Slice:
		return value.Len() == 0
	case reflect.Map:
		return value.IsNil()
	default:
		return value.IsZero()
	}
}
