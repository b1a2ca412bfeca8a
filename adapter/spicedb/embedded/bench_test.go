package embedded_test

import (
	"testing"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"

	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		server, err := embedded.Start(b.Context(), embedded.Config{})
		if err != nil {
			b.Fatal(err)
		}
		stop(b, server)
	}
}

// BenchmarkCheck compares the engine with the bare client below it.
func BenchmarkCheck(b *testing.B) {
	server := start(b, embedded.Config{})
	writeSchema(b, server)
	grant(b, server, 1, "ann")
	b.Run("engine", func(b *testing.B) {
		engine := server.Engine()
		asked := rel.Question{Resource: member("ann").Resource, Permission: "member", Subject: member("ann").Subject}
		b.ReportAllocs()
		for b.Loop() {
			if allowed, _, err := engine.Check(b.Context(), rel.Consistency{}, asked); !allowed || err != nil {
				b.Fatal(allowed, err)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		client := v1.NewPermissionsServiceClient(server.Conn())
		b.ReportAllocs()
		for b.Loop() {
			_, err := client.CheckPermission(b.Context(), &v1.CheckPermissionRequest{
				Consistency: atHead(),
				Resource:    &v1.ObjectReference{ObjectType: "team", ObjectId: "dev"},
				Permission:  "member",
				Subject:     &v1.SubjectReference{Object: &v1.ObjectReference{ObjectType: "user", ObjectId: "ann"}},
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkWrite reports what a write costs, also in memory that stays.
func BenchmarkWrite(b *testing.B) {
	server := start(b, embedded.Config{})
	writeSchema(b, server)
	b.ReportAllocs()
	for b.Loop() {
		grant(b, server, 1, "ann")
	}
}
