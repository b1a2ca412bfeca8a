// Package peer asks one engine, checks its answers and takes the times.
//
// An engine's program is a Program with its doors; Main does the rest and writes one
// Result as a line of JSON. What an engine cannot answer it does not implement: only
// Check is required, and the tables say "n/a" for the rest.
//
// Every answer is held against the oracle of package world, also those that are
// timed. An engine that answers wrongly is reported with the question, and its times
// are thrown away.
package peer
