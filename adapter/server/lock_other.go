//go:build !unix

package server

import "os"

// lockFile does nothing: these systems have no flock. Two servers on one folder
// are then not noticed.
func lockFile(*os.File) error { return nil }
