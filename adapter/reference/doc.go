// Package reference holds what tests and benchmarks measure the real thing by: an Oracle of
// a page that answers like the rules are written, and a World in which engines are
// compared.
//
//	rows ──translate──▶ tuples ──▶ SpiceDB, index ──▶ yes or no
//	  │                                                  ║ must be the same
//	  └──────────────── Oracle ──────────────────────▶ yes or no
package reference
