package ambittest

import (
	"testing"
	"time"

	"github.com/ambit-iam/ambit/adapter/server"
	"github.com/ambit-iam/ambit/schema"
)

// Option changes what a system is made of.
type Option func(*options)

type options struct {
	model     string
	world     []byte
	staleness time.Duration
}

// Model sets the IAM system: the name of a model that ships with Ambit, or the
// path of a model file. Default: "scalr".
func Model(name string) Option { return func(o *options) { o.model = name } }

// World sets what is there from the beginning, in the format of world files.
// Default: nothing.
func World[Text string | []byte](text Text) Option {
	return func(o *options) { o.world = []byte(text) }
}

// Staleness sets how old answers of the Adapter may be with regard to what others
// write, its own servers included; what it writes itself it always sees. Default: 0,
// nothing may be missed, and SpiceDB answers everything that comes without a token.
// Servers have one second, as in production. Systems that are embedded have no
// others.
func Staleness(bound time.Duration) Option { return func(o *options) { o.staleness = bound } }

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
