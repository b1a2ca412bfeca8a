package schema

import (
	"iter"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The tags that the YAML library gives to values and to the key <<.
const (
	nullTag  = "!!null"
	intTag   = "!!int"
	boolTag  = "!!bool"
	mergeTag = "!!merge"
)

// keys holds a node of the file against the Go type that it is read into, and
// reports every unknown key and every value of the wrong kind; the YAML library
// would stop at the first. It sets broken where reading on would only report
// what follows from the fault.
func (r *reporter) keys(node *yaml.Node, want reflect.Type, path []any) {
	if want.Kind() == reflect.Pointer {
		want = want.Elem()
	}
	switch {
	case node.Kind == yaml.AliasNode: // its anchor is checked where it stands
	case node.Tag == nullTag:
		if len(path) > 0 && isIndex(path[len(path)-1]) {
			r.misfit(node, path, "an entry of a list cannot be empty")
		}
	case node.Kind == yaml.MappingNode:
		r.mapping(node, want, path)
	case node.Kind == yaml.SequenceNode:
		r.sequence(node, want, path)
	case !fits(node, want.Kind()):
		r.misfit(node, path, "%s is wanted here, not %s", wanted(want), node.Value)
	}
}

func (r *reporter) sequence(node *yaml.Node, want reflect.Type, path []any) {
	if want.Kind() != reflect.Slice {
		r.misfit(node, path, "%s is wanted here, not a list", wanted(want))
		return
	}
	for i, value := range node.Content {
		r.keys(value, want.Elem(), step(path, i))
	}
}

func (r *reporter) mapping(node *yaml.Node, want reflect.Type, path []any) {
	if want.Kind() != reflect.Struct && want.Kind() != reflect.Map {
		r.misfit(node, path, "%s is wanted here, not a mapping", wanted(want))
		return
	}
	seen := map[string]int{}
	for key, value := range pairs(node) {
		if line, twice := seen[key.Value]; twice {
			r.misfit(key, step(path, key.Value), "the key %q is here twice, first on line %d", key.Value, line)
			continue
		}
		seen[key.Value] = key.Line
		switch {
		case key.Tag == mergeTag: // its anchor is checked where it stands
		case want.Kind() == reflect.Map:
			r.keys(value, want.Elem(), step(path, key.Value))
		default:
			r.field(key, value, want, step(path, key.Value))
		}
	}
}

// field checks one key of a mapping that is read into a struct.
func (r *reporter) field(key, value *yaml.Node, want reflect.Type, path []any) {
	names := make([]string, 0, want.NumField())
	for i := range want.NumField() {
		field := want.Field(i)
		name := field.Tag.Get("yaml")
		if name == key.Value && field.IsExported() {
			r.keys(value, field.Type, path)
			return
		}
		if name != "" && name != "-" {
			names = append(names, name)
		}
	}
	// A wrong key at the top, or of a type, would be followed by a flood.
	r.broken = r.broken || len(path) == 1 || path[0] == "types"
	hint := suggest(key.Value, names)
	if hint == "" {
		hint = "; there are " + strings.Join(names, ", ")
	}
	r.point(key, path, "there is no key %q here%s", key.Value, hint)
}

// misfit reports a value that cannot be read.
func (r *reporter) misfit(node *yaml.Node, path []any, format string, args ...any) {
	r.broken = true
	r.point(node, path, format, args...)
}

// pairs yields the keys of a mapping with their values.
func pairs(node *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		for i := 0; i+1 < len(node.Content); i += 2 {
			if !yield(node.Content[i], node.Content[i+1]) {
				return
			}
		}
	}
}

// content returns what an alias stands for.
func content(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// fits reports whether a single value can be read as a kind.
func fits(node *yaml.Node, kind reflect.Kind) bool {
	switch kind {
	case reflect.String:
		return true
	case reflect.Int:
		return node.Tag == intTag
	case reflect.Bool:
		return node.Tag == boolTag
	}
	return false
}

// wanted says what a value of a type looks like in YAML.
func wanted(want reflect.Type) string {
	switch want.Kind() {
	case reflect.Slice:
		return "a list such as [a, b]"
	case reflect.Struct, reflect.Map:
		return "a mapping such as {key: value}"
	case reflect.Int:
		return "a whole number"
	case reflect.Bool:
		return "true or false"
	}
	return "a single text"
}

// step returns path with one more step, and leaves path as it is.
func step(path []any, next any) []any { return append(slices.Clone(path), next) }

func isIndex(step any) bool {
	_, ok := step.(int)
	return ok
}
