//go:build !failpoints

package failpoint

// Hit does nothing; with the build tag failpoints it may kill the process.
func Hit(string) {}
