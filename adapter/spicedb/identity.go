package spicedb

import (
	"context"
	"fmt"
	"strconv"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
)

// store is the object whose notes are the identity.
var store = rel.Object{Type: typeStore, ID: "main"}

// Identity says whose content the server holds, at the head revision. It is
// zero if nobody said, if the schema is not one that Ambit wrote, and without
// Bookkeeping.
func (e *Engine) Identity(ctx context.Context) (rel.Identity, error) {
	if !e.books {
		return rel.Identity{}, nil
	}
	held, _, err := e.notes(ctx, &v1.RelationshipFilter{ResourceType: store.Type, OptionalResourceId: store.ID})
	if err != nil {
		return rel.Identity{}, err
	}
	identity, err := parseIdentity(held)
	if err != nil {
		return rel.Identity{}, iam.Failed("reading whose content SpiceDB holds", err)
	}
	return identity, nil
}

func parseIdentity(held map[note][]string) (rel.Identity, error) {
	noted := map[string]string{}
	for place, ids := range held {
		text, err := rel.DecodeID(ids[0])
		if err != nil || len(ids) > 1 {
			return rel.Identity{}, fmt.Errorf("its %s is %q, which Ambit does not write", place.relation, ids)
		}
		noted[place.relation] = text
	}
	identity := rel.Identity{Model: noted[relationModel], Database: noted[relationDatabase]}
	var err error
	if version := noted[relationVersion]; version != "" {
		identity.Version, err = strconv.Atoi(version)
	}
	return identity, err
}

// SetIdentity replaces the identity in one write. The schema must be written
// first. Without Bookkeeping it does nothing.
func (e *Engine) SetIdentity(ctx context.Context, identity rel.Identity) error {
	if !e.books {
		return nil
	}
	version := ""
	if identity.Version != 0 {
		version = strconv.Itoa(identity.Version)
	}
	return e.replace(ctx, map[note]string{
		{store, relationModel}:    identity.Model,
		{store, relationVersion}:  version,
		{store, relationDatabase}: identity.Database,
	})
}
