package world

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// aliasBudget is how many values a file may have more than it has bytes. Only
// aliases of aliases come near.
const aliasBudget = 1_000_000

// reader walks one document and collects what is wrong with it, so that a
// person sees all mistakes at once.
type reader struct {
	file   string
	model  *schema.Model // nil: type names are not checked
	budget int
	// faults are about the text of the file. values are about what is said in
	// it: a step that is expected to be refused may have them.
	faults []*iam.Error
	values []*iam.Error
}

// open parses data and returns its root. An empty document has an absent root.
func open(file string, data []byte, model *schema.Model) (value, error) {
	text := jsonAsYAML(data)
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	root := value{reader: &reader{file: file, model: model, budget: aliasBudget + len(data)}}
	var doc, second yaml.Node
	switch err := decoder.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return root, nil
	case err != nil:
		return value{}, malformed(file, err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		message := "one document per file, this is the second (" + place(file, &second) + ")"
		return value{}, iam.Invalid(ReasonMalformed, "", "", message)
	case !errors.Is(err, io.EOF):
		return value{}, malformed(file, err)
	}
	if len(doc.Content) > 0 {
		root.node = doc.Content[0]
	}
	return root.resolved(), nil
}

// err returns what was found wrong, nil if nothing.
func (r *reader) err() error {
	return faultError(append(r.faults, r.values...))
}

// take removes the faults of values that were found after the first n, and
// returns them: they are about a part of the file, not about all of it.
func (r *reader) take(n int) []*iam.Error {
	taken := slices.Clone(r.values[n:])
	r.values = r.values[:n]
	return taken
}

// spend counts a value that is looked at and reports whether there may be more.
func (r *reader) spend(at value) bool {
	r.budget--
	if r.budget == -1 {
		at.fault(ReasonMalformed, "", "its aliases stand for too many values")
	}
	return r.budget >= 0
}

// place writes where a node stands, as editors and compilers do.
func place(file string, node *yaml.Node) string {
	if node == nil {
		return file + ":1:1"
	}
	return fmt.Sprintf("%s:%d:%d", file, max(node.Line, 1), max(node.Column, 1))
}
