package schema

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Problem is one fault of a model file.
type Problem struct {
	File   string
	Line   int
	Column int
	// Key is where in the model it is, such as "permissions[3].at[0]".
	Key     string
	Message string
}

// String returns "file:line:column: key: message".
func (p Problem) String() string {
	where := fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Key != "" {
		where += p.Key + ": "
	}
	return where + p.Message
}

// Problems are all faults of a model file, in the order of the file.
type Problems []Problem

// Error returns one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// reporter collects problems and finds their place in the file.
type reporter struct {
	file     string
	root     *yaml.Node
	problems Problems
	// broken: the file cannot be read into a model well enough to check more.
	broken bool
}

// add reports a problem at a path, made of keys (string) and indexes (int).
func (r *reporter) add(path []any, format string, args ...any) {
	r.point(locate(r.root, path), path, format, args...)
}

// point reports a problem whose place is known.
func (r *reporter) point(node *yaml.Node, path []any, format string, args ...any) {
	r.problems = append(r.problems, Problem{
		File: r.file, Line: node.Line, Column: node.Column, Key: keyOf(path), Message: fmt.Sprintf(format, args...),
	})
}

func (r *reporter) sorted() Problems {
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.problems
}

// at is short for a path.
func at(path ...any) []any { return path }

func keyOf(path []any) string {
	var b strings.Builder
	for _, step := range path {
		if index, ok := step.(int); ok {
			fmt.Fprintf(&b, "[%d]", index)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		fmt.Fprint(&b, step)
	}
	return b.String()
}

// locate follows path as far as the file goes, and returns what stands for the
// deepest step it reaches: a value, or the key of a mapping.
func locate(root *yaml.Node, path []any) *yaml.Node {
	node, place := root, first(root)
	for _, step := range path {
		key, value := child(node, step)
		if value == nil {
			break
		}
		node, place = value, first(value)
		if key != nil && (value.Kind != yaml.ScalarNode || value.Tag == nullTag) {
			place = key
		}
	}
	return place
}

// first returns where people see a node begin: a mapping at its first key.
func first(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.MappingNode && len(node.Content) > 0 {
		return node.Content[0]
	}
	return node
}

// child returns the value that one step leads to, and its key in a mapping.
func child(node *yaml.Node, step any) (key, value *yaml.Node) {
	switch node = content(node); node.Kind {
	case yaml.MappingNode:
		for key, value := range pairs(node) {
			if key.Value == step {
				return key, value
			}
		}
	case yaml.SequenceNode:
		if index, ok := step.(int); ok && index < len(node.Content) {
			return nil, node.Content[index]
		}
	}
	return nil, nil
}

// linePrefix is how the YAML library begins its sentences.
var linePrefix = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxProblem turns an error of the YAML library into a Problem. The library
// tells the line at best.
func syntaxProblem(file string, err error) Problem {
	text, _, _ := strings.Cut(err.Error(), "\n")
	line := 1
	if match := linePrefix.FindStringSubmatch(text); len(match) > 1 && match[1] != "" {
		if n, err := strconv.Atoi(match[1]); err == nil {
			line = n
		}
	}
	return Problem{File: file, Line: line, Column: 1, Message: "this is no YAML: " + linePrefix.ReplaceAllString(text, "")}
}
