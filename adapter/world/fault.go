package world

import (
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// maxFaults bounds what one file can report: after so many mistakes the rest
// is most likely the same one again.
const maxFaults = 20

// The reasons of INVALID_ARGUMENT errors about files.
const (
	// ReasonMalformed: the file is not YAML.
	ReasonMalformed = "YAML_MALFORMED"
	// ReasonUnknownKey: a key that the language does not have.
	ReasonUnknownKey = "KEY_UNKNOWN"
	// ReasonDuplicateKey: a key given twice in one place.
	ReasonDuplicateKey = "KEY_DUPLICATE"
	// ReasonWrongKind: a list where a text belongs, and the like.
	ReasonWrongKind = "KIND_WRONG"
	// ReasonRequired: a key without which the object means nothing.
	ReasonRequired = "REQUIRED"
	// ReasonValue: a text that is none of those that may stand there.
	ReasonValue = "VALUE_UNKNOWN"
	// ReasonNotSupported: part of the language, but not of this version.
	ReasonNotSupported = "NOT_SUPPORTED"
)

// Faults are all that is wrong with a file, in the order of the file, at most
// 20. There are at least two: a single one is returned as the *iam.Error it is.
type Faults []*iam.Error

// Error returns the faults, one per line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes errors.As and iam.CodeOf see the faults.
func (f Faults) Unwrap() []error {
	all := make([]error, len(f))
	for i, fault := range f {
		all[i] = fault
	}
	return all
}

// faultError returns the faults as an error, nil if there are none.
func faultError(faults []*iam.Error) error {
	switch len(faults) {
	case 0:
		return nil
	case 1:
		return faults[0]
	}
	return Faults(faults)
}
