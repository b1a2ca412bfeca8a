package follow

import (
	"sync"
	"time"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// Bounds of pins: states share what is the same, so an old one costs what has
// changed since.
const (
	maxPins = 256
	pinTime = time.Minute
)

// pins keeps states that somebody is reading page by page.
type pins struct {
	mu    sync.Mutex
	views map[rel.ZedToken]pinned
}

type pinned struct {
	view  *View
	until time.Duration
}

// Pin keeps a View for a minute, so that the pages of a listing show one state.
func (f *Follower) Pin(view *View) {
	f.pins.mu.Lock()
	defer f.pins.mu.Unlock()
	now := f.now()
	if f.pins.views == nil {
		f.pins.views = map[rel.ZedToken]pinned{}
	}
	for revision, p := range f.pins.views {
		if p.until < now {
			delete(f.pins.views, revision)
		}
	}
	if len(f.pins.views) < maxPins {
		f.pins.views[view.Revision] = pinned{view: view, until: now + pinTime}
	}
}

// Pinned returns a View that was pinned, or nil if it is gone.
func (f *Follower) Pinned(revision rel.ZedToken) *View {
	f.pins.mu.Lock()
	defer f.pins.mu.Unlock()
	return f.pins.views[revision].view
}
