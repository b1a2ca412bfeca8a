package sqlstore

import (
	"errors"
	"strings"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// classifySQLite reads SQLite's result codes. A failed check names its
// constraint only in the text; a foreign key is not named at all.
func classifySQLite(err error) (fault, string) {
	broken, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return faultOther, ""
	}
	switch broken.Code() {
	case codes.SQLITE_BUSY_SNAPSHOT:
		return faultRaced, ""
	case codes.SQLITE_CONSTRAINT_FOREIGNKEY:
		return faultReference, ""
	case codes.SQLITE_CONSTRAINT_CHECK:
		return faultCheck, constraintName(broken.Error())
	}
	const primary = 0xff // the rest of a code is detail
	switch broken.Code() & primary {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return faultBusy, ""
	case codes.SQLITE_FULL:
		return faultFull, ""
	}
	return faultOther, ""
}

// constraintName takes NAME from "... CHECK constraint failed: NAME (275)".
func constraintName(text string) string {
	_, name, _ := strings.Cut(text, "CHECK constraint failed: ")
	name, _, _ = strings.Cut(name, " ")
	return name
}

// isSQLiteDuplicate: SQLite reports a table that exists as a plain error, like
// a fault in our SQL, which a new try repeats.
func isSQLiteDuplicate(err error) bool {
	broken, ok := errors.AsType[*sqlite.Error](err)
	return ok && (broken.Code() == codes.SQLITE_ERROR || broken.Code() == codes.SQLITE_CONSTRAINT_UNIQUE)
}
