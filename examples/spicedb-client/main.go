// Command spicedb-client asks the SpiceDB inside an Ambit server a question, as
// any SpiceDB client can, and prints the relationships behind the answer:
//
//	spicedb-client ENDPOINT KEYFILE SUBJECT PERMISSION OBJECT
//
// It needs nothing of Ambit but the rules that turn names and ids into SpiceDB's.
// With zed one sees the same.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	authzed "github.com/authzed/authzed-go/v1"
	"github.com/authzed/grpcutil"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/schema"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "spicedb-client:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) != 5 {
		return errors.New("usage: spicedb-client ENDPOINT KEYFILE SUBJECT PERMISSION OBJECT")
	}
	key, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	client, err := authzed.NewClient(args[0], grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpcutil.WithInsecureBearerToken(strings.TrimSpace(string(key))))
	if err != nil {
		return err
	}
	err = ask(ctx, client, args[2:], out)
	return errors.Join(err, client.Close())
}

// newest makes SpiceDB answer at its newest state.
var newest = &v1.Consistency{Requirement: &v1.Consistency_FullyConsistent{FullyConsistent: true}}

// ask asks one question: subject, permission, object.
func ask(ctx context.Context, client *authzed.Client, question []string, out io.Writer) error {
	subject, err := object(question[0])
	if err != nil {
		return err
	}
	resource, err := object(question[2])
	if err != nil {
		return err
	}
	w := &way{client: client, subject: subject, relations: map[string]map[string]bool{}}
	step, err := w.check(ctx, resource, schema.Identifier(question[1]))
	switch {
	case err != nil:
		return err
	case step.GetResult() != v1.CheckDebugTrace_PERMISSIONSHIP_HAS_PERMISSION:
		return errors.New("the answer is no: nothing leads to yes")
	case step.GetWasCachedResult():
		return errors.New("SpiceDB remembers that the answer is yes, but not why; ask after the next write")
	}
	if err := w.follow(ctx, step); err != nil {
		return err
	}
	for _, object := range w.objects {
		if err := w.print(ctx, object, out); err != nil {
			return err
		}
	}
	return nil
}

// object turns a reference of Ambit into one of SpiceDB.
func object(text string) (*v1.ObjectReference, error) {
	ref, err := iam.ParseRef("reference", text)
	if err != nil {
		return nil, err
	}
	return &v1.ObjectReference{ObjectType: schema.Identifier(ref.Type), ObjectId: rel.EncodeID(ref.ID)}, nil
}

// way is what SpiceDB went through to find that the answer is yes.
type way struct {
	client  *authzed.Client
	subject *v1.ObjectReference
	objects []*v1.ObjectReference
	// relations are those of each object that mattered.
	relations map[string]map[string]bool
}

// check asks SpiceDB and returns the steps it took.
func (w *way) check(ctx context.Context, resource *v1.ObjectReference, permission string) (*v1.CheckDebugTrace, error) {
	answer, err := w.client.CheckPermission(ctx, &v1.CheckPermissionRequest{
		Consistency: newest, Resource: resource, Permission: permission,
		Subject: &v1.SubjectReference{Object: w.subject}, WithTracing: true,
	})
	return answer.GetDebugTrace().GetCheck(), err
}

// follow gathers the objects of all steps that said yes.
func (w *way) follow(ctx context.Context, step *v1.CheckDebugTrace) error {
	if strings.Contains(step.GetResource().GetObjectId(), ",") {
		return w.single(ctx, step)
	}
	if step.GetResult() != v1.CheckDebugTrace_PERMISSIONSHIP_HAS_PERMISSION {
		return nil
	}
	w.add(step.GetResource(), step.GetPermission())
	for _, sub := range step.GetSubProblems().GetTraces() {
		if err := w.follow(ctx, sub); err != nil {
			return err
		}
	}
	return nil
}

// single follows a step that SpiceDB took for several objects at once, whose ids
// it joins with commas: it asks for each of them.
func (w *way) single(ctx context.Context, step *v1.CheckDebugTrace) error {
	for id := range strings.SplitSeq(step.GetResource().GetObjectId(), ",") {
		resource := &v1.ObjectReference{ObjectType: step.GetResource().GetObjectType(), ObjectId: id}
		found, err := w.check(ctx, resource, step.GetPermission())
		if err != nil {
			return err
		}
		if err := w.follow(ctx, found); err != nil {
			return err
		}
	}
	return nil
}

func (w *way) add(object *v1.ObjectReference, relation string) {
	name := nameOf(object)
	if w.relations[name] == nil {
		w.relations[name] = map[string]bool{}
		w.objects = append(w.objects, object)
	}
	w.relations[name][relation] = true
}

// print writes the relationships of an object that lead on.
func (w *way) print(ctx context.Context, from *v1.ObjectReference, out io.Writer) error {
	stream, err := w.client.ReadRelationships(ctx, &v1.ReadRelationshipsRequest{
		Consistency: newest,
		RelationshipFilter: &v1.RelationshipFilter{
			ResourceType: from.GetObjectType(), OptionalResourceId: from.GetObjectId(),
		},
	})
	if err != nil {
		return err
	}
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if found := answer.GetRelationship(); w.leadsOn(found) {
			if _, err := fmt.Fprintln(out, notation(found)); err != nil {
				return err
			}
		}
	}
}

// leadsOn tells whether a relationship points at the subject or at an object on
// the way to it.
func (w *way) leadsOn(found *v1.Relationship) bool {
	to := found.GetSubject().GetObject()
	if to.GetObjectId() == rel.Wildcard || nameOf(to) == nameOf(w.subject) {
		return w.relations[nameOf(found.GetResource())][found.GetRelation()] && to.GetObjectType() == w.subject.GetObjectType()
	}
	return w.relations[nameOf(to)] != nil
}

// notation writes a relationship as zed does.
func notation(found *v1.Relationship) string {
	text := nameOf(found.GetResource()) + " " + found.GetRelation() + " " + nameOf(found.GetSubject().GetObject())
	if relation := found.GetSubject().GetOptionalRelation(); relation != "" {
		text += "#" + relation
	}
	return text
}

func nameOf(object *v1.ObjectReference) string {
	return object.GetObjectType() + ":" + object.GetObjectId()
}
