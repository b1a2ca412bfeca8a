package schema

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed models/*.yaml
var models embed.FS

//go:embed compiled/*.zed
var compiled embed.FS

// byteOrderMark is what some editors put in front of a file.
const byteOrderMark = "\ufeff"

// Load reads and validates a model. name is the file name that errors show.
// The error is a Problems value that lists every fault with line and column.
func Load(name string, data []byte) (*Model, error) {
	root, problem := parse(name, data)
	if problem != nil {
		return nil, Problems{*problem}
	}
	v := &validator{model: &Model{}, report: reporter{file: name, root: root}}
	v.report.keys(root, reflect.TypeFor[Model](), nil)
	if v.report.broken {
		return nil, v.report.sorted()
	}
	if err := root.Decode(v.model); err != nil {
		v.report.problems = append(v.report.problems, syntaxProblem(name, err))
		return nil, v.report.sorted()
	}
	v.validate()
	if len(v.report.problems) > 0 {
		return nil, v.report.sorted()
	}
	return v.model, nil
}

// parse returns the mapping that a model file consists of.
func parse(name string, data []byte) (*yaml.Node, *Problem) {
	decoder := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte(byteOrderMark))))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil && !errors.Is(err, io.EOF) {
		problem := syntaxProblem(name, err)
		return nil, &problem
	}
	rest := decoder.Decode(&second)
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode || !errors.Is(rest, io.EOF) {
		return nil, &Problem{File: name, Line: 1, Column: 1, Message: "a model is one YAML mapping, beginning with model: NAME"}
	}
	return document.Content[0], nil
}

// Builtin returns one of the models that ship with Ambit.
func Builtin(name string) (*Model, error) {
	data, err := models.ReadFile("models/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("no model is called %q; there are %s", name, strings.Join(BuiltinNames(), ", "))
	}
	return Load(name+".yaml", data)
}

// BuiltinNames returns the names of the models that ship with Ambit, sorted.
func BuiltinNames() []string {
	return namesIn(models, "models", ".yaml")
}

// CompiledNames returns the names of the compiled schemas kept in git, sorted.
func CompiledNames() []string {
	return namesIn(compiled, "compiled", ".zed")
}

// Golden returns the compiled schema of a shipped model as it is kept in git.
func Golden(name string) (string, error) {
	data, err := compiled.ReadFile("compiled/" + name + ".zed")
	return string(data), err
}

func namesIn(files fs.FS, folder, ending string) []string {
	paths, err := fs.Glob(files, folder+"/*"+ending)
	if err != nil {
		return nil
	}
	for i, path := range paths {
		paths[i] = strings.TrimSuffix(strings.TrimPrefix(path, folder+"/"), ending)
	}
	slices.Sort(paths)
	return paths
}
