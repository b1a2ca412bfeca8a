package spicedb

import (
	"strings"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// ownPrefix begins the names of the definitions that the engine adds. Names of
// models cannot hold a slash.
const ownPrefix = "ambit/"

// The definitions that the engine adds, and their relations.
const (
	typeText         = ownPrefix + "text"
	typeHeartbeat    = ownPrefix + "heartbeat"
	typeStore        = ownPrefix + "store"
	typeOutbox       = ownPrefix + "outbox"
	relationModel    = "model"
	relationVersion  = "version"
	relationDatabase = "database"
	relationPosition = "delivered"
	relationBeat     = "beat"
)

// ownSchema follows the schema of the model.
const ownSchema = `/** A text that Ambit notes here: a name or a number. */
definition ambit/text {}

/** The marks by which servers see that the stream of changes is alive. Written by Ambit, do not touch. */
definition ambit/heartbeat {
	relation beat: ambit/text
}
`

// bookkeepingSchema follows ownSchema.
const bookkeepingSchema = `
/** Where the relationships come from: "main" has the model, its version and the database that they are made from. Written by Ambit, do not touch. */
definition ambit/store {
	relation model: ambit/text
	relation version: ambit/text
	relation database: ambit/text
}

/** The changes of a tenant: the number of the last one that arrived here. Written by Ambit, do not touch. */
definition ambit/outbox {
	relation delivered: ambit/text
}
`

// minBookkeepingUpdates is what one write must hold at least where positions are
// kept: the two updates of a position, or the six of an identity, go together.
const minBookkeepingUpdates = 10

// Bookkeeping lets SpiceDB itself note whose content it holds and which change
// of each tenant came last, so that several processes, and late repetitions of
// one, can write to one SpiceDB: see Write. It adds two definitions to those that
// every engine adds to the schema; all of them and their tuples are hidden again in
// Schema and Read. MaxUpdates
// counts as 10 at least. Without it, as for a server that one process fills and
// writes to, Identity is zero, there are no Positions, and setting them does
// nothing.
func Bookkeeping() Option { return func(e *Engine) { e.books = true } }

// withOwn returns a schema with the definitions that the engine adds.
func (e *Engine) withOwn(text string) string {
	own := ownSchema
	if e.books {
		own += bookkeepingSchema
	}
	return strings.TrimLeft(strings.TrimRight(text, "\n")+"\n\n"+own, "\n")
}

// hidden tells whether Read leaves a tuple out.
func hidden(tuple rel.Tuple) bool { return strings.HasPrefix(tuple.Resource.Type, ownPrefix) }

// withoutOwn returns a schema, as SpiceDB prints it, without the definitions that
// the engine adds and their comments; "" if there is nothing else.
func withoutOwn(text string) string {
	var kept []string
	// comments counts the lines at the end of kept that belong to the next definition.
	comments, inside := 0, false
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case inside:
			inside = line != "}"
		case strings.HasPrefix(line, "definition "+ownPrefix):
			kept = trimBlank(kept[:len(kept)-comments])
			comments, inside = 0, !strings.HasSuffix(line, "}")
		case isComment(line):
			kept, comments = append(kept, line), comments+1
		default:
			kept, comments = append(kept, line), 0
		}
	}
	return strings.Trim(strings.Join(kept, "\n"), "\n")
}

// isComment tells whether a line is, or goes on with, a comment outside of a
// definition. SpiceDB begins the lines of a long one with " *".
func isComment(line string) bool {
	return strings.HasPrefix(line, "/") || strings.HasPrefix(line, " *")
}

func trimBlank(lines []string) []string {
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
