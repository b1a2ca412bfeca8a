// Package rel is the vocabulary of relationships: objects, tuples, updates,
// questions and consistency tokens, as SpiceDB understands them.
//
// It is a leaf. It knows no model, no store and no driver, so the packages
// that produce tuples (translate), hold them (index) and ship them (spicedb,
// relay) can share it without knowing each other.
//
// A tuple is written the way zed prints it:
//
//	role_binding:environment/E1/admin#subject@team:dev#member
//	└── resource ──────────────────┘ └relation┘└─ subject ──┘
//
// Identifiers that people choose may hold signs that SpiceDB refuses (dots,
// at signs); EncodeID turns them into identifiers that it accepts.
package rel
