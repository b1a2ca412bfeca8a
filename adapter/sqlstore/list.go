package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// batch is how many rows of a list one statement carries. With at most eight
// columns it stays far below the 32,766 arguments that SQLite takes.
const batch = 500

// list describes the table of a list inside another row: its rows are a key of
// the owner followed by one element.
type list[Key, Element comparable] struct {
	noun string
	// read ends with "IN" and finds elements, in their order, by their owners.
	read, order string
	// insert ends with "VALUES"; remove ends with "IN" and deletes elements of
	// one owner.
	insert, remove string
	scan           func(scanner) (Key, Element, error)
	keyArgs        func(Key) []any
	elementArgs    func(Element) []any
}

// of returns the elements of all rows that keys selects, by owner. keys is a
// query for the keys of the owners.
func (l list[Key, Element]) of(ctx context.Context, s *session, keys string, args []any) (map[Key][]Element, error) {
	found := map[Key][]Element{}
	q := query{"read " + l.noun, l.read + " (" + keys + ") ORDER BY " + l.order, args}
	err := s.each(ctx, q, func(row scanner) error {
		key, element, err := l.scan(row)
		found[key] = append(found[key], element)
		return err
	})
	return found, err
}

// put makes want the list of key. It writes only what differs, so that adding
// one member to a large group is one small row.
func (l list[Key, Element]) put(ctx context.Context, s *session, owner written[Key], want []Element) error {
	var have []Element
	if owner.stamp.Revision > 1 { // a new row has no elements
		args := l.keyArgs(owner.key)
		lists, err := l.of(ctx, s, "VALUES "+placeholders(1, len(args)), args)
		if err != nil {
			return err
		}
		have = lists[owner.key]
	}
	gone, added := difference(have, want), difference(want, have)
	for chunk := range slices.Chunk(gone, batch) {
		args := l.keyArgs(owner.key)
		for _, element := range chunk {
			args = append(args, l.elementArgs(element)...)
		}
		text := l.remove + " (VALUES " + placeholders(len(chunk), len(l.elementArgs(chunk[0]))) + ")"
		if _, err := s.exec(ctx, query{"change " + l.noun, text, args}); err != nil {
			return err
		}
	}
	rows := make([][]any, len(added))
	for i, element := range added {
		rows[i] = append(l.keyArgs(owner.key), l.elementArgs(element)...)
	}
	return s.insert(ctx, "change "+l.noun, l.insert, rows)
}

// written names a row that was just put.
type written[Key any] struct {
	key   Key
	stamp iam.Stamp
}

// insert adds many rows with few statements. text ends with "VALUES".
func (s *session) insert(ctx context.Context, attempted, text string, rows [][]any) error {
	for chunk := range slices.Chunk(rows, batch) {
		values := placeholders(len(chunk), len(chunk[0]))
		if _, err := s.exec(ctx, query{attempted, text + " " + values, slices.Concat(chunk...)}); err != nil {
			return err
		}
	}
	return nil
}

// placeholders returns "(?, ?), (?, ?)" for two rows of two columns.
func placeholders(rows, columns int) string {
	row := "(" + strings.Repeat("?, ", columns-1) + "?)"
	return strings.Repeat(row+", ", rows-1) + row
}

// difference returns the elements of from that other lacks.
func difference[Element comparable](from, other []Element) []Element {
	known := make(map[Element]struct{}, len(other))
	for _, element := range other {
		known[element] = struct{}{}
	}
	var rest []Element
	for _, element := range from {
		if _, ok := known[element]; !ok {
			rest = append(rest, element)
		}
	}
	return rest
}

// refArgs and the two below turn keys and elements into arguments.
func refArgs(ref iam.Ref) []any { return []any{ref.Type, ref.ID} }

func textArgs[Text ~string](text Text) []any { return []any{string(text)} }

// scanRef reads an element that is a reference, after a text key.
func scanRef[Key ~string](row scanner) (Key, iam.Ref, error) {
	var key Key
	var ref iam.Ref
	err := row.Scan(&key, &ref.Type, &ref.ID)
	return key, ref, err
}

// scanRole reads an element that is a role, after a text key.
func scanRole[Key ~string](row scanner) (Key, iam.RoleID, error) {
	var key Key
	var role iam.RoleID
	err := row.Scan(&key, &role)
	return key, role, err
}

// sortedRefs returns the references in the order in which they are read back,
// each once, and nil if there are none.
func sortedRefs(refs []iam.Ref) []iam.Ref {
	return sortedFunc(refs, func(a, b iam.Ref) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
}

// sortedRoles is sortedRefs for roles.
func sortedRoles(roles []iam.RoleID) []iam.RoleID { return sortedFunc(roles, cmp.Compare[iam.RoleID]) }

func sortedFunc[Element comparable](elements []Element, compare func(a, b Element) int) []Element {
	if len(elements) == 0 {
		return nil
	}
	sorted := slices.Clone(elements)
	slices.SortFunc(sorted, compare)
	return slices.Compact(sorted)
}
