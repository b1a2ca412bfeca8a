package cli

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// progress is a line on the terminal that says how far a long work has come.
type progress struct {
	to    io.Writer // nil: nobody looks
	name  string
	total int // 0: nobody knows
	shown bool
}

func (a *app) progress(name string, total int) *progress {
	p := &progress{name: name, total: total}
	if file, ok := a.stderr.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.to = file
	}
	return p
}

func (p *progress) at(done int) {
	if p.to == nil {
		return
	}
	p.shown = true
	if p.total == 0 {
		_, _ = fmt.Fprintf(p.to, "\r%s: %s\x1b[K", p.name, thousands(uint64(done)))
		return
	}
	_, _ = fmt.Fprintf(p.to, "\r%s: %d of %d", p.name, min(done, p.total), p.total)
}

// end removes the line.
func (p *progress) end() {
	if p.shown {
		_, _ = fmt.Fprint(p.to, "\r\x1b[K")
		p.shown = false
	}
}
