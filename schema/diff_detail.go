package schema

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// quiet are keys whose change is told elsewhere, or changes nothing.
var quiet = []string{"", "-", "name", "id", "title", "description", "permissions", "except", "permissions_at"}

// compare returns a line for each key in which two structs of one type differ.
// New keys of the language are compared without a word here.
func compare(before, after any) []string {
	var details []string
	old, now := reflect.ValueOf(before), reflect.ValueOf(after)
	for i := range old.NumField() {
		key := old.Type().Field(i).Tag.Get("yaml")
		if slices.Contains(quiet, key) {
			continue
		}
		if was, is := written(old.Field(i)), written(now.Field(i)); was != is {
			details = append(details, fmt.Sprintf("%s: %s -> %s", key, was, is))
		}
	}
	return details
}

// written returns a value as one line of YAML, with the default for what is left
// out.
func written(value reflect.Value) string {
	if flag, ok := value.Interface().(*bool); ok {
		return fmt.Sprint(inherits(flag))
	}
	if value.IsZero() || value.Kind() == reflect.Slice && value.Len() == 0 {
		return fallback(value.Kind())
	}
	var node yaml.Node
	if err := node.Encode(value.Interface()); err != nil {
		return fmt.Sprint(value.Interface())
	}
	node.Style = yaml.FlowStyle
	line, err := yaml.Marshal(&node)
	if err != nil {
		return fmt.Sprint(value.Interface())
	}
	return strings.TrimSpace(string(line))
}

func fallback(kind reflect.Kind) string {
	switch kind {
	case reflect.Bool:
		return "false"
	case reflect.Int:
		return "0"
	}
	return "none"
}
