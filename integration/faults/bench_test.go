package faults

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"github.com/authzed/authzed-go/v1"
	"github.com/authzed/grpcutil"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb/remote"
	"github.com/ambit-iam/ambit/schema"
)

var tuplesWanted = flag.Int("tuples", 1_000_000, "how many relationships the large benchmarks work with, about")

// BenchmarkProduction measures two servers on PostgreSQL and SpiceDB, each time
// beside a bare SpiceDB on the same PostgreSQL that takes the same tuples.
func BenchmarkProduction(b *testing.B) {
	lab := openLab(b)
	b.Run("policy writes, 1 tenant", func(b *testing.B) { policyWrites(b, lab, 1) })
	b.Run("policy writes, 8 tenants", func(b *testing.B) { policyWrites(b, lab, 8) })
	b.Run("revoked to denied", func(b *testing.B) { revocations(b, lab) })
	b.Run("large", func(b *testing.B) { large(b, lab) })
}

// plainFleet is a fleet without links between, which would slow Ambit down only.
func plainFleet(b *testing.B, lab *lab) *fleet {
	b.Helper()
	f := &fleet{lab: lab, spicedb: lab.newSpiceDB(b)}
	f.serve(b, databaseURL(lab.postgres.address, lab.newDatabase(b, "ambit", "template1")))
	return f
}

// serve starts two servers.
func (f *fleet) serve(b *testing.B, database string) {
	b.Helper()
	for _, name := range []string{"ambit-1", "ambit-2"} {
		env := append(production(database, f.spicedb.address), "AMBIT_RECONCILE_EVERY=0")
		f.replicas = append(f.replicas, startReplica(b, name, f.lab.binary, env...))
	}
	f.awaitReady(b)
}

// bare is a SpiceDB without Ambit, asked by its own client.
type bare struct {
	*machine
	*authzed.Client
}

func newBare(b *testing.B, lab *lab, model *schema.Model) bare {
	b.Helper()
	m := lab.newSpiceDB(b)
	client, err := authzed.NewClient(m.address, grpcutil.WithInsecureBearerToken(secret), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(b, err)
	b.Cleanup(func() { _ = client.Close() })
	_, err = client.WriteSchema(b.Context(), &v1.WriteSchemaRequest{Schema: model.Compile()})
	require.NoError(b, err)
	return bare{m, client}
}

// held returns all tuples of a SpiceDB that Ambit fills.
func held(b *testing.B, m *machine) []rel.Tuple {
	b.Helper()
	conn, err := remote.Dial(b.Context(), remote.Config{Endpoint: m.address, PresharedKey: secret, Insecure: true})
	require.NoError(b, err)
	defer func() { _ = conn.Close() }()
	var tuples []rel.Tuple
	for tuple, err := range conn.Engine().Read(b.Context(), rel.Filter{}) {
		require.NoError(b, err)
		tuples = append(tuples, tuple)
	}
	return tuples
}

// relationship is a tuple in the words of SpiceDB's client.
func relationship(t rel.Tuple) *v1.Relationship {
	return &v1.Relationship{
		Resource: &v1.ObjectReference{ObjectType: t.Resource.Type, ObjectId: t.Resource.ID},
		Relation: t.Relation,
		Subject: &v1.SubjectReference{
			Object: &v1.ObjectReference{ObjectType: t.Subject.Type, ObjectId: t.Subject.ID}, OptionalRelation: t.SubjectRelation,
		},
	}
}

// touch writes tuples as one change.
func (b bare) touch(ctx context.Context, tuples []rel.Tuple) error {
	request := &v1.WriteRelationshipsRequest{}
	for _, tuple := range tuples {
		request.Updates = append(request.Updates, &v1.RelationshipUpdate{
			Operation: v1.RelationshipUpdate_OPERATION_TOUCH, Relationship: relationship(tuple),
		})
	}
	_, err := b.WriteRelationships(ctx, request)
	return err
}

// times are how long something took, each time.
type times []time.Duration

// report gives the middle and the worst of hundred.
func (t times) report(b *testing.B, what string) {
	b.Helper()
	slices.Sort(t)
	for _, percent := range []int{50, 99} {
		b.ReportMetric(milliseconds(t[(len(t)-1)*percent/100]), fmt.Sprintf("%s-p%d-ms", what, percent))
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// median of an odd number of rounds.
func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
