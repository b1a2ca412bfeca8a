package adapter

import (
	"context"
	"iter"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// Engine decides: it holds relationships and answers questions about them.
// Every implementation passes the suite in adapter/enginetest. All methods
// return an *iam.Error with code UNAVAILABLE when the engine cannot be reached,
// and never the text of a driver.
type Engine interface {
	// Write applies all updates at one revision, or none, and returns that
	// revision. Writing the same updates again changes nothing.
	Write(ctx context.Context, write rel.Write) (rel.ZedToken, error)
	// Check answers one question and returns the revision it looked at.
	Check(ctx context.Context, at rel.Consistency, question rel.Question) (bool, rel.ZedToken, error)
	// CheckMany answers all questions at one revision, in their order.
	CheckMany(ctx context.Context, at rel.Consistency, questions []rel.Question) ([]bool, rel.ZedToken, error)
	// Resources lists the identifiers of the objects that match, in no
	// particular order, in pages.
	Resources(ctx context.Context, at rel.Consistency, query rel.ResourceQuery) (rel.Page, error)
	// Subjects lists the identifiers of the subjects that match, all at once.
	Subjects(ctx context.Context, at rel.Consistency, query rel.SubjectQuery) (rel.Page, error)
}

// Content is the other side of an Engine: its schema and all that it holds.
// It is used when an engine is set up, filled, compared and rebuilt.
type Content interface {
	// Schema returns the schema text that the engine holds; empty if none.
	Schema(ctx context.Context) (string, error)
	// WriteSchema replaces the schema.
	WriteSchema(ctx context.Context, text string) error
	// SchemaDifference says in sentences what of the schema the engine holds
	// differs from text; comments do not count. Empty: nothing.
	SchemaDifference(ctx context.Context, text string) ([]string, error)
	// Identity says whose content the engine holds; zero if nobody said.
	Identity(ctx context.Context) (rel.Identity, error)
	// SetIdentity replaces it.
	SetIdentity(ctx context.Context, identity rel.Identity) error
	// Positions returns the number of the last change of each tenant that the
	// engine holds. An engine that only one process writes to keeps none.
	Positions(ctx context.Context) (map[string]uint64, error)
	// SetPositions replaces the positions of these tenants, whatever they are.
	// Engines that keep none ignore it.
	SetPositions(ctx context.Context, positions map[string]uint64) error
	// Import adds many tuples that the engine does not hold yet, in bulk and
	// not atomically, and returns how many.
	Import(ctx context.Context, tuples iter.Seq[rel.Tuple]) (uint64, error)
	// Read streams the tuples that match at the head revision.
	Read(ctx context.Context, filter rel.Filter) iter.Seq2[rel.Tuple, error]
}

// Feed is the third side of an Engine: it tells what changes, for an index that
// follows it.
type Feed interface {
	// Watch streams what changes after a revision, with checkpoints, until ctx ends
	// or it fails; it always ends with an error. A revision that the engine no longer
	// has is such an error.
	Watch(ctx context.Context, from rel.ZedToken) iter.Seq2[rel.Step, error]
	// Beat writes a mark, a ULID, and takes the mark before back, if there is one.
	// The mark comes back in the stream after everything that was written before it.
	Beat(ctx context.Context, mark, before string) (rel.ZedToken, error)
}
