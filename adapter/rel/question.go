package rel

import "fmt"

// ZedToken is SpiceDB's opaque name of a revision. The empty token names none.
type ZedToken string

// Consistency says how fresh an answer must be. The zero value asks for an
// answer at the head revision.
type Consistency struct {
	// AtLeast asks for an answer at this revision or a later one. Empty: the
	// answer is computed at the head revision (fully consistent).
	AtLeast ZedToken
	// Exact, if set, asks for exactly the revision AtLeast: pages of one
	// listing then show one state.
	Exact bool
}

// Question asks whether Subject has Permission on Resource.
type Question struct {
	Resource   Object
	Permission string
	Subject    Object
}

// Write is one atomic change of relationships.
type Write struct {
	Updates []Update
	// Tenant and Seq go into the transaction metadata, so that a reader of the
	// Watch stream knows which entry of which tenant it holds. An empty Tenant
	// writes no metadata.
	Tenant string
	Seq    uint64
	// After is the number that an engine with positions has to hold for Tenant
	// before the write; it holds Seq afterwards. Engines without ignore it.
	After uint64
}

// ResourceQuery asks for the objects of a type on which Subject has Permission.
type ResourceQuery struct {
	Type       string
	Permission string
	Subject    Object
	// Limit bounds the page; 0 asks for everything.
	Limit int
	// Cursor continues a listing after the page that returned it.
	Cursor string
}

// SubjectQuery asks for the subjects of a type that have Permission on Resource.
type SubjectQuery struct {
	Resource   Object
	Permission string
	Type       string
}

// Page is one page of object identifiers, encoded as in tuples.
type Page struct {
	IDs []string
	// Cursor continues the listing; empty on the last page.
	Cursor string
	// Token names the revision the page was read at.
	Token ZedToken
}

// Filter selects tuples. Empty fields match everything; ResourceID needs
// ResourceType, and so does Subject.
type Filter struct {
	ResourceType string
	ResourceID   string
	Relation     string
	// Subject is the object that stands in the relation, with or without a relation
	// of its own.
	Subject Object
	// At is the revision to look at. Empty: the head.
	At ZedToken
}

// AheadError says that an engine with positions already holds the change that
// was to be written, or a later one: another process delivered it, or the
// engine has seen a future that the store has not.
type AheadError struct {
	// Held is the number that the engine holds, at revision Token.
	Held  uint64
	Token ZedToken
}

// Error returns a sentence.
func (e *AheadError) Error() string {
	return fmt.Sprintf("SpiceDB already holds change %d", e.Held)
}

// Identity says whose content an engine holds.
type Identity struct {
	// Model and Version name the model whose schema it is.
	Model   string
	Version int
	// Database names the store whose content it is.
	Database string
}
