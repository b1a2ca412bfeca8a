package ambittest

import (
	"sync"
	"time"
)

// clock stands still until a test moves it.
type clock struct {
	sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.Lock()
	defer c.Unlock()
	c.now = c.now.Add(by)
}
