package index

import "github.com/ambit-iam/ambit/adapter/iam"

// Permissions returns the names of all permissions that a subject has on an
// object, sorted.
func (s *Snapshot) Permissions(subject, object iam.Ref) []string {
	q, known := s.asking(subject)
	_, o := s.object(object)
	if !known || o == nil {
		return nil
	}
	var held []string
	for _, permission := range s.plan.kinds[o.kind].asked {
		if q.holds(permission.rules[o.kind], o) {
			held = append(held, permission.name)
		}
	}
	return held
}
