// Package enginetest is the suite that every adapter.Engine passes. A test of
// an implementation says how to start an empty one, and Run does the rest:
//
//	func TestEngine(t *testing.T) {
//		enginetest.Run(t, func(t *testing.T) enginetest.Subject {
//			return startMine(t)
//		})
//	}
//
// RunBookkeeping is Run for engines that keep an identity and positions: it asks
// also what several writers, late repetitions and gaps do to them.
//
// It asks through the two interfaces only, so it says what the callers of an
// Engine may rely on: the order of answers, what one revision means, which
// error comes back, and that repeating a write does no harm.
package enginetest
