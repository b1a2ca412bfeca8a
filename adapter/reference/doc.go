// Package reference holds what tests measure the real thing by: an Oracle of a page
// that answers like the rules are written.
//
//	rows ──translate──▶ tuples ──▶ SpiceDB, index ──▶ yes or no
//	  │                                                  ║ must be the same
//	  └──────────────── Oracle ──────────────────────▶ yes or no
package reference
