// Package iam holds the words of the domain: references, scopes, users,
// service accounts, groups, roles, access policies, owned resources, and the
// errors that the domain answers with.
//
// It is a leaf: it knows no model, no tuple and no store. Which types exist,
// what may sit under what and which names are permissions is said by a model
// (package schema), not here.
package iam
