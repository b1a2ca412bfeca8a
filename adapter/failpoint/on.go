//go:build failpoints

package failpoint

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Hit kills the process, as kill -9 would, at the step that AMBIT_FAILPOINT
// names: "after write", or "after write=20" for one hit in 20.
func Hit(name string) {
	step, odds, _ := strings.Cut(os.Getenv("AMBIT_FAILPOINT"), "=")
	if step != name {
		return
	}
	if n, err := strconv.Atoi(odds); err == nil && n > 1 && rand.IntN(n) != 0 {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // until the signal arrives
}
