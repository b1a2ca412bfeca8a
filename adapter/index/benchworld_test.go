package index_test

import (
	"math/rand/v2"
	"testing"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/reference"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

// dense is the reference world with more and more policies for the same people.
func dense(policies int) reference.Size {
	s := reference.Grown(5000)
	s.Policies = policies
	return s
}

func ref(typeName, id string) iam.Ref { return iam.Ref{Type: typeName, ID: id} }

// world is a loaded index, and what it holds.
type world struct {
	*index.Index
	reference.Size
	model  *schema.Model
	tuples []rel.Tuple
}

func loaded(tb testing.TB, s reference.Size) world {
	tb.Helper()
	model := builtin(tb, "scalr")
	w := world{Index: index.New(model), Size: s, model: model, tuples: tuplesOf(model, s.World())}
	load(tb, w.Index, w.tuples)
	return w
}

// questions draws n of them at random: anybody, any permission that applies.
func (w world) questions(n int) []question {
	rng := rand.New(rand.NewPCG(7, 7))
	questions := make([]question, 0, n)
	for len(questions) < n {
		q := question{reference.Numbered("user", rng.IntN(w.Users)), w.model.Permissions[rng.IntN(len(w.model.Permissions))].Name, reference.Numbered("workspace", rng.IntN(w.Workspaces))}
		if rng.IntN(4) == 0 {
			q.object = reference.Numbered("environment", rng.IntN(w.Environments))
		}
		if w.model.Permission(q.permission).AppliesAt(q.object.Type) {
			questions = append(questions, q)
		}
	}
	return questions
}
