package ambittest

import (
	"testing"

	"github.com/ambit-iam/ambit/adapter/server"
	"github.com/ambit-iam/ambit/schema"
)

// Option changes what a system is made of.
type Option func(*options)

type options struct {
	model string
	world []byte
}

// Model sets the IAM system: the name of a model that ships with Ambit, or the
// path of a model file. Default: "scalr".
func Model(name string) Option { return func(o *options) { o.model = name } }

// World sets what is there from the beginning, in the format of world files.
// Default: nothing.
func World[Text string | []byte](text Text) Option {
	return func(o *options) { o.world = []byte(text) }
}

// chosen returns the options and the model that they name.
func chosen(t testing.TB, list []Option) (options, *schema.Model) {
	t.Helper()
	o := options{model: "scalr"}
	for _, option := range list {
		option(&o)
	}
	model, err := server.LoadModel(o.model)
	if err != nil {
		t.Fatalf("ambittest: %v", err)
	}
	return o, model
}
