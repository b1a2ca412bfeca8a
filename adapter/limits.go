package adapter

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/schema"
)

// limits are the patterns of a model, compiled once.
type limits struct {
	ids  map[string]*regexp.Regexp
	role *regexp.Regexp
}

func compileLimits(model *schema.Model) (limits, error) {
	l := limits{ids: map[string]*regexp.Regexp{}}
	for _, name := range model.TypeNames() {
		pattern, err := whole(model.Type(name).IDPattern)
		if err != nil {
			return l, iam.Failed("compiling the id pattern of "+name, err)
		}
		l.ids[name] = pattern
	}
	if model.CustomRoles == nil {
		return l, nil
	}
	var err error
	if l.role, err = whole(model.CustomRoles.Pattern); err != nil {
		return l, iam.Failed("compiling the pattern of custom roles", err)
	}
	return l, nil
}

// whole compiles a pattern so that it must match a whole text; nil for none.
func whole(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		return nil, nil
	}
	return regexp.Compile("^(?:" + pattern + ")$")
}

// checkNewID checks the id of an object to be made against the model's rules
// for its type (rule 15).
func (a *Adapter) checkNewID(field string, ref iam.Ref) error {
	if err := iam.CheckID(field, ref.ID); err != nil {
		return err
	}
	kind := a.model.Type(ref.Type)
	if kind.IDCase == "lower" && strings.ToLower(ref.ID) != ref.ID {
		return iam.Invalid("ID_NOT_LOWER_CASE", field, ref.ID, "ids of type "+ref.Type+" have no capital letters")
	}
	if pattern := a.limits.ids[ref.Type]; pattern != nil && !pattern.MatchString(ref.ID) {
		return iam.Invalid("ID_PATTERN", field, ref.ID, "ids of type "+ref.Type+" match "+kind.IDPattern)
	}
	return nil
}

// Bounds of free text, in signs.
const (
	maxName        = 256
	maxDescription = 4096
)

// checkText checks free text: valid UTF-8 without control signs, not too long.
func checkText(field, text string, longest int) error {
	if !utf8.ValidString(text) {
		return iam.Invalid("TEXT_MALFORMED", field, "", "this is no valid UTF-8")
	}
	if n := utf8.RuneCountInString(text); n > longest {
		return iam.Invalid("TEXT_TOO_LONG", field, "", fmt.Sprintf("has %d signs; at most %d are allowed", n, longest))
	}
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	if strings.ContainsFunc(text, control) {
		return iam.Invalid("TEXT_MALFORMED", field, "", "holds control signs")
	}
	return nil
}

// wantKind refuses a reference whose type is not of one of the kinds.
func (a *Adapter) wantKind(field string, ref iam.Ref, kinds ...schema.Kind) error {
	if ref.IsZero() {
		return iam.Invalid("REQUIRED", field, "", "is required")
	}
	kind := a.model.Type(ref.Type)
	if kind == nil {
		return iam.Invalid("TYPE_UNKNOWN", field, ref.String(), "the model "+a.model.Name+" has no type "+ref.Type)
	}
	if !slices.Contains(kinds, kind.Kind) {
		return iam.Invalid("TYPE_NOT_ALLOWED", field, ref.String(), "a "+string(kind.Kind)+" cannot stand here")
	}
	return iam.CheckID(field, ref.ID)
}

// wantType refuses the name of a type that is not of one of the kinds.
func (a *Adapter) wantType(field, name string, kinds ...schema.Kind) error {
	if name == "" {
		return iam.Invalid("REQUIRED", field, "", "is required")
	}
	err := a.wantKind(field, iam.Ref{Type: name, ID: "any"}, kinds...)
	if e, ok := errors.AsType[*iam.Error](err); ok {
		e.Value = name
	}
	return err
}

// wantIn refuses a scope of a type that may not hold objects of typeName.
func (a *Adapter) wantIn(field, typeName string, scope iam.Ref) error {
	if err := a.wantKind(field, scope, schema.KindScope); err != nil {
		return err
	}
	allowed := a.model.Type(typeName).In
	if !slices.Contains(allowed, scope.Type) {
		return iam.Invalid("SCOPE_NOT_ALLOWED", field, scope.String(),
			"a "+typeName+" belongs into "+strings.Join(allowed, " or "))
	}
	return nil
}

// kindOf returns the name of the model's type of a kind, or INVALID_ARGUMENT if
// the model has none.
func (a *Adapter) kindOf(kind schema.Kind) (string, error) {
	name := a.model.TypeOf(kind)
	if name == "" {
		return "", iam.Invalid("KIND_NOT_SUPPORTED", "", "", "the model "+a.model.Name+" has no type of kind "+string(kind))
	}
	return name, nil
}

// newID returns id, or a generated one if it is empty.
func (a *Adapter) newID(id string) string {
	if id == "" {
		return a.config.NewID()
	}
	return id
}

// checkStatus refuses an unknown status. An empty one is no way to say active:
// that default is for new subjects only.
func checkStatus(status iam.Status) error {
	if status == iam.Active || status == iam.Inactive {
		return nil
	}
	return iam.Invalid("STATUS_UNKNOWN", "status", string(status), "a status is active or inactive")
}

// same reports whether a row that is there says what is to be written.
func same[Row any](old Row, err error, row Row) bool {
	return err == nil && reflect.DeepEqual(old, row)
}

// checkRevision refuses a change to a row that somebody else has changed since.
// A wanted revision of 0 accepts any.
func checkRevision(wanted, have int64) error {
	if wanted == 0 || wanted == have {
		return nil
	}
	return &iam.Error{Code: iam.Aborted, Reason: "ETAG_MISMATCH", Field: "etag", Message: "somebody changed this since; read it again and retry"}
}

// existing turns NOT_FOUND of a row into NOT_FOUND of the field that named it.
func existing[Row any](field, value string, row Row, err error) (Row, error) {
	if iam.CodeOf(err) == iam.NotFound {
		return row, iam.Missing(field, value)
	}
	return row, err
}

// unused turns the answer of a Get into ALREADY_EXISTS if the row is there.
func unused(field, value string, err error) error {
	switch {
	case err == nil:
		return iam.Exists("ALREADY_EXISTS", field, value, "exists already")
	case iam.CodeOf(err) == iam.NotFound:
		return nil
	}
	return err
}

// sortedRefs returns refs sorted and without duplicates.
func sortedRefs(refs []iam.Ref) []iam.Ref {
	out := slices.Clone(refs)
	slices.SortFunc(out, compareRefs)
	return slices.Compact(out)
}

// compareRefs orders references as the store does.
func compareRefs(a, b iam.Ref) int {
	return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.ID, b.ID))
}
