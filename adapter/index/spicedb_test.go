package index_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/reference"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/schema"
)

// judge is a SpiceDB that holds the compiled schema of a model.
type judge struct {
	*spicedb.Engine
	translator *translate.Translator
}

func newJudge(tb testing.TB, model *schema.Model) judge {
	tb.Helper()
	server, err := embedded.Start(context.Background(), embedded.Config{})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, server.Close()) })
	engine := server.Engine()
	require.NoError(tb, engine.WriteSchema(context.Background(), model.Compile()))
	return judge{engine, translate.New(model)}
}

// write brings the same updates to SpiceDB and to the index.
func (j judge) write(t require.TestingT, x *index.Index, updates []rel.Update) {
	if len(updates) > 0 {
		_, err := j.Write(context.Background(), rel.Write{Updates: updates})
		require.NoError(t, err)
	}
	x.Apply(updates)
}

// question is one that can be put to the index.
type question struct {
	subject    iam.Ref
	permission string
	object     iam.Ref
}

// compare puts questions to all of them. Without an oracle only two are asked.
func (j judge) compare(t require.TestingT, s *index.Snapshot, o *reference.Oracle, questions []question) (yes int) {
	asked := make([]rel.Question, len(questions))
	for i, q := range questions {
		asked[i] = j.translator.Question(q.subject, q.permission, q.object)
	}
	answers, _, err := j.CheckMany(context.Background(), rel.Consistency{}, asked)
	require.NoError(t, err)
	for i, q := range questions {
		if s.Check(q.subject, q.permission, q.object) != answers[i] {
			require.Failf(t, "differs", "%+v: SpiceDB says %v of\n%v", q, answers[i], s.Tuples())
		}
		if o != nil && o.Allowed(q.subject, q.permission, q.object) != answers[i] {
			require.Failf(t, "differs", "%+v: SpiceDB says %v, not so the oracle, of\n%+v", q, answers[i], o.World)
		}
		if answers[i] {
			yes++
		}
	}
	for _, q := range questions[:min(2, len(questions))] {
		j.compareLists(t, s, q)
	}
	return yes
}

// compareLists asks for all objects and all subjects of a question.
func (j judge) compareLists(t require.TestingT, s *index.Snapshot, q question) {
	asked := j.translator.Question(q.subject, q.permission, q.object)
	objects, err := j.Resources(context.Background(), rel.Consistency{}, rel.ResourceQuery{
		Type: q.object.Type, Permission: asked.Permission, Subject: asked.Subject,
	})
	require.NoError(t, err)
	found, _ := s.Resources(q.subject, q.permission, q.object.Type, index.Page{})
	require.Equal(t, decoded(q.object.Type, objects.IDs), sorted(found), "%+v", q)

	subjects, err := j.Subjects(context.Background(), rel.Consistency{}, rel.SubjectQuery{
		Resource: asked.Resource, Permission: asked.Permission, Type: q.subject.Type,
	})
	require.NoError(t, err)
	who, _ := s.Subjects(q.permission, q.object, q.subject.Type, index.Page{})
	require.Equal(t, decoded(q.subject.Type, subjects.IDs), sorted(who), "%+v", q)
}

// decoded returns references, without those that nobody can ask about.
func decoded(typeName string, ids []string) []iam.Ref {
	var refs []iam.Ref
	for _, id := range ids {
		if ref, err := translate.Ref(rel.Object{Type: typeName, ID: id}); err == nil {
			refs = append(refs, ref)
		}
	}
	return sorted(refs)
}

// questions draws what can be asked, one half of it with the answer yes if there
// is enough of that.
func (g *generator) questions(s *index.Snapshot, n int) []question {
	var yes, no []question
	for _, object := range g.objects() {
		for _, subject := range g.subjects() {
			held := s.Permissions(subject, object)
			for _, p := range g.model.Permissions {
				if !p.AppliesAt(object.Type) {
					continue
				}
				q := question{subject, p.Name, object}
				if slices.Contains(held, p.Name) {
					yes = append(yes, q)
				} else {
					no = append(no, q)
				}
			}
		}
	}
	return append(sample(g, yes, n/2), sample(g, no, n/2)...)
}

func sample[T any](g *generator, list []T, n int) []T {
	g.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:min(n, len(list))]
}

// perRound is how many questions are put to SpiceDB about one state.
const perRound = 100

// TestSpiceDBAgrees: three answer alike after each step of random histories, in
// which somebody else writes, too. Then only two are asked: the oracle knows
// rows, and there are none for tuples of others.
func TestSpiceDBAgrees(t *testing.T) {
	t.Parallel()
	for name, model := range models(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j, n, asked, yes := newJudge(t, model), 0, 0, 0
			system := tuplesOf(model, iam.World{}) // stays from one history to the next
			j.write(t, index.New(model), rel.Diff(nil, system))
			rapid.Check(t, func(t *rapid.T) {
				n++
				g := newGenerator(model, rapid.Uint64().Draw(t, "seed"), fmt.Sprint("h", n))
				x, before := index.New(model), system
				load(t, x, system)
				for range rapid.IntRange(1, 3).Draw(t, "steps") {
					after := tuplesOf(model, g.world)
					j.write(t, x, rel.Diff(before, after))
					questions := g.questions(x.Snapshot(), perRound)
					asked, yes = asked+len(questions), yes+j.compare(t, x.Snapshot(), reference.New(model, g.world), questions)
					before = after
					g.step()
				}
				for range rapid.IntRange(0, 2).Draw(t, "foreign") {
					j.write(t, x, g.foreign(x, before))
					questions := g.questions(x.Snapshot(), perRound)
					asked, yes = asked+len(questions), yes+j.compare(t, x.Snapshot(), nil, questions)
					before = x.Snapshot().Tuples()
				}
				require.NoError(t, x.Snapshot().Verify())
				require.Zero(t, x.Skipped())
				j.write(t, x, rel.Diff(before, system))
				require.Equal(t, system, x.Snapshot().Tuples())
			})
			t.Logf("%d questions to SpiceDB, %d answered yes", asked, yes)
			require.Positive(t, yes)
		})
	}
}

// foreign draws tuples that the schema takes and Ambit would not write, about
// the objects of the world and bindings and roles of others, and removes some
// of what is there.
func (g *generator) foreign(x *index.Index, have []rel.Tuple) []rel.Update {
	var updates []rel.Update
	for range 30 + g.IntN(60) {
		updates = append(updates, rel.Update{Op: rel.Touch, Tuple: g.tuple(pick(g, x.Forms()))})
	}
	for range 40 {
		form := pick(g, x.Forms())
		for form.Type == schema.DefinitionRole {
			form = pick(g, x.Forms())
		}
		updates = append(updates, rel.Update{Op: rel.Touch, Tuple: g.tuple(form)})
	}
	for _, tuple := range sample(g, slices.Clone(have), g.IntN(10)) {
		updates = append(updates, rel.Update{Op: rel.Delete, Tuple: tuple})
	}
	seen := map[rel.Tuple]bool{} // SpiceDB takes no tuple twice in a write
	return slices.DeleteFunc(updates, func(u rel.Update) bool {
		again := seen[u.Tuple]
		seen[u.Tuple] = true
		return again
	})
}

func (g *generator) tuple(form index.Form) rel.Tuple {
	tuple := rel.Tuple{
		Resource: g.object(form.Type), Relation: form.Relation,
		Subject: g.object(form.Subject), SubjectRelation: form.SubjectRelation,
	}
	if form.SubjectRelation == rel.Wildcard {
		tuple.Subject.ID, tuple.SubjectRelation = rel.Wildcard, ""
	}
	// SpiceDB fails on groups in a circle.
	for form.Type == form.Subject && form.Relation == schema.RelationMember && tuple.Resource.ID <= tuple.Subject.ID {
		tuple.Resource, tuple.Subject = g.object(form.Type), g.object(form.Subject)
	}
	return tuple
}

// object draws an object, sometimes one with an id that Ambit never makes.
func (g *generator) object(typeName string) rel.Object {
	if typeName == schema.DefinitionBinding || typeName == schema.DefinitionRole || g.IntN(12) == 0 {
		return rel.Object{Type: typeName, ID: fmt.Sprintf("%s/foreign|%d", g.prefix, g.IntN(4))}
	}
	return translate.Object(g.ref(typeName, g.IntN(pool)))
}
