package world

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// value is a place in the document: a node and the path that leads to it. The
// node of what was left out, or is null, is nil.
type value struct {
	*reader
	node *yaml.Node
	path string
	// near is where the path ends in the text, for values that are left out.
	near *yaml.Node
	// broken: what holds it is already known to be wrong.
	broken bool
}

func (v value) absent() bool { return v.node == nil }

// resolved replaces an alias by what it stands for, and null by nothing.
func (v value) resolved() value {
	near := v.node
	if v.node != nil && v.node.Kind == yaml.AliasNode {
		v.node = v.node.Alias
	}
	switch {
	case v.node == nil:
	case v.node.Style&yaml.TaggedStyle != 0:
		v.fault(ReasonMalformed, v.node.Tag, "tags are not part of this language")
		v.node, v.near = nil, near
	case v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!null":
		v.node, v.near = nil, near
	}
	return v
}

// position returns the node to point at.
func (v value) position() *yaml.Node {
	if v.node != nil {
		return v.node
	}
	return v.near
}

// fault records that the text of the file is wrong here.
func (v value) fault(reason, text, message string) {
	if len(v.faults) < maxFaults {
		v.faults = append(v.faults, v.invalid(reason, text, message))
	}
}

// refuse records that what is said here cannot be.
func (v value) refuse(reason, text, message string) {
	if !v.broken && len(v.values) < maxFaults {
		v.values = append(v.values, v.invalid(reason, text, message))
	}
}

func (v value) invalid(reason, text, message string) *iam.Error {
	return iam.Invalid(reason, v.path, text, fmt.Sprintf("%s (%s)", message, place(v.file, v.position())))
}

// items returns the values of a list; nil if it was left out, empty if it is
// empty.
func (v value) items() []value {
	if v.absent() {
		return nil
	}
	if v.node.Kind != yaml.SequenceNode {
		v.fault(ReasonWrongKind, "", "a list belongs here, not "+kindOf(v.node))
		return nil
	}
	items := make([]value, 0, len(v.node.Content))
	for i, node := range v.node.Content {
		item := value{reader: v.reader, node: node, path: fmt.Sprintf("%s[%d]", v.path, i), near: v.node}
		if !v.spend(item) {
			return items
		}
		items = append(items, item.resolved())
	}
	return items
}

// text returns a scalar as it is written, so that an id 007 keeps its zeros.
// What was left out is "".
func (v value) text() string {
	text, ok := v.scalar()
	if !ok {
		v.fault(ReasonWrongKind, "", "a text belongs here, not "+kindOf(v.node))
	}
	return text
}

// required returns the text and refuses that there is none.
func (v value) required() string {
	text, ok := v.scalar()
	switch {
	case !ok:
		v.fault(ReasonWrongKind, "", "a text belongs here, not "+kindOf(v.node))
	case text == "":
		v.refuse(ReasonRequired, "", "is required")
	}
	return text
}

// scalar returns the text of a scalar, and false for lists and mappings.
func (v value) scalar() (string, bool) {
	if v.absent() {
		return "", true
	}
	return v.node.Value, v.node.Kind == yaml.ScalarNode
}

// flag returns true or false; what was left out is false.
func (v value) flag() bool {
	if v.absent() {
		return false
	}
	var flag bool
	if v.node.Tag != "!!bool" || v.node.Decode(&flag) != nil {
		v.fault(ReasonWrongKind, "", "true or false belongs here, not "+kindOf(v.node))
	}
	return flag
}

func kindOf(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return "a text"
}
