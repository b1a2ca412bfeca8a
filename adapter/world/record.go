package world

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// record is a mapping whose keys are known beforehand.
type record struct {
	value
	fields map[string]value
}

// record reads a mapping and faults keys other than those known. What was left
// out, or is no mapping, is a record without fields.
func (v value) record(known ...string) record {
	rec := record{value: v, fields: map[string]value{}}
	switch {
	case v.absent():
		return rec
	case v.node.Kind != yaml.MappingNode:
		v.fault(ReasonWrongKind, "", "a mapping belongs here, not "+kindOf(v.node))
		rec.broken = true
		return rec
	}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key, node := v.node.Content[i], v.node.Content[i+1]
		field := value{reader: v.reader, node: key, path: join(v.path, key.Value), near: key}
		if !v.spend(field) {
			break
		}
		switch _, twice := rec.fields[key.Value]; {
		case key.Kind != yaml.ScalarNode || !slices.Contains(known, key.Value):
			field.fault(ReasonUnknownKey, "", "unknown key; known here: "+strings.Join(known, ", "))
		case twice:
			field.fault(ReasonDuplicateKey, "", "is given twice")
		default:
			field.node = node
			rec.fields[key.Value] = field.resolved()
		}
	}
	return rec
}

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// has reports whether the key is there with a value.
func (r record) has(key string) bool { return !r.at(key).absent() }

// at returns the value of a key; absent if it was left out.
func (r record) at(key string) value {
	if field, ok := r.fields[key]; ok {
		return field
	}
	return value{reader: r.reader, path: join(r.path, key), near: r.position(), broken: r.broken}
}
