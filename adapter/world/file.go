package world

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// File is a scenario file: cases that a model must decide rightly.
type File struct {
	// Name is where it was read from.
	Name string
	// Model names a model that ships with Ambit, or is the path of a model file
	// (it ends in .yaml), relative to the scenario file.
	Model string
	// Given is what each case begins with.
	Given iam.World
	Cases []Case
}

// Case is one scenario.
type Case struct {
	Name string
	// Wrong are the values of the case, and of the file's given, that mean
	// nothing: a malformed reference, an unknown status. Such a case cannot run
	// and has failed; the other cases of the file run.
	Wrong []*iam.Error
	// Given is added to the file's: both are one world. Where both name the same
	// object, the file's world comes first and the case's after it.
	Given iam.World
	// When are the steps, in order.
	When []Step
	// Then are the questions asked at the end.
	Then []Question
}

// Step is something that is done in a case.
type Step struct {
	Action Action
	// Error is the code the action must be refused with, changing nothing;
	// empty: it must succeed.
	Error iam.Code
	// Refusal is what was wrong with the values of the action, if it is to be
	// refused: such an action cannot even be asked for.
	Refusal *iam.Error
	// Path and Position say where the step stands.
	Path     string
	Position string
}

// ParseFile reads a scenario file. Errors are those of [Parse], but only for
// faults of the text: no YAML, unknown keys, a list where a text belongs, no
// model, no cases. A value that means nothing is a failure of its case, see
// [Case.Wrong]. Worlds are read without a model: which types and roles there
// are is checked when a case runs.
func ParseFile(name string, data []byte) (*File, error) {
	root, err := open(name, data, nil)
	if err != nil {
		return nil, err
	}
	file := root.scenarioFile(name)
	if err := root.err(); err != nil {
		return nil, err
	}
	return file, nil
}

func (v value) scenarioFile(name string) *File {
	rec := v.record("model", "given", "cases")
	file := &File{Name: name, Model: rec.at("model").required()}
	if !rec.has("cases") {
		rec.at("cases").refuse(ReasonRequired, "", "is required")
	}
	before := len(v.values)
	file.Given = rec.at("given").world()
	wrong := v.take(before)
	file.Cases = each(rec.at("cases"), value.scenario)
	for i := range file.Cases {
		file.Cases[i].Wrong = slices.Concat(wrong, file.Cases[i].Wrong)
	}
	return file
}

func (v value) scenario() Case {
	before := len(v.values)
	rec := v.record("name", "given", "when", "then")
	c := Case{
		Name:  rec.at("name").required(),
		Given: rec.at("given").world(),
		When:  each(rec.at("when"), value.step),
		Then:  rec.at("then").then(),
	}
	// Failures name their case.
	c.Name = cmp.Or(c.Name, v.path)
	c.Wrong = v.take(before)
	return c
}

// step reads a mapping of one action and, perhaps, the error it must meet.
func (v value) step() Step {
	names := actionNames()
	rec := v.record(append(names, "error")...)
	step := Step{Error: rec.at("error").code(), Path: v.path, Position: place(v.file, v.position())}
	given := slices.DeleteFunc(names, func(name string) bool { _, ok := rec.fields[name]; return !ok })
	if len(given) != 1 {
		v.refuse(ReasonRequired, strings.Join(given, ", "), "a step does exactly one of: "+strings.Join(actionNames(), ", "))
		return step
	}
	before := len(v.values)
	step.Action = rec.at(given[0]).action(given[0])
	if step.Error != "" && len(v.values) > before {
		step.Refusal = v.take(before)[0]
	}
	return step
}

// codes are the errors that a step can expect, in lower case.
func codes() []string {
	var all []string
	for _, code := range []iam.Code{
		iam.InvalidArgument, iam.NotFound, iam.AlreadyExists, iam.FailedPrecondition, iam.PermissionDenied,
		iam.Unauthenticated, iam.Aborted, iam.Unavailable, iam.ResourceExhausted,
	} {
		all = append(all, strings.ToLower(string(code)))
	}
	return all
}

// code reads an error code in lower case; "" if it was left out.
func (v value) code() iam.Code {
	if v.absent() {
		return ""
	}
	text := v.text()
	if !slices.Contains(codes(), text) {
		v.refuse(ReasonValue, text, "an error is one of: "+strings.Join(codes(), ", "))
	}
	return iam.Code(strings.ToUpper(text))
}
