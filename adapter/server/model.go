package server

import (
	"fmt"
	"os"
	"strings"

	"github.com/ambit-iam/ambit/schema"
)

// LoadModel returns a model by the name under which it ships with Ambit, or, if
// name holds a slash or a dot, reads it from the file of that name. Errors are
// sentences for the person who named it.
func LoadModel(name string) (*schema.Model, error) {
	if !strings.ContainsAny(name, `/\.`) {
		return schema.Builtin(name)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("the model file %s cannot be read: %w", name, cause(err))
	}
	return schema.Load(name, data)
}
