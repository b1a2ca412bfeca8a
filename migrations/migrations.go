// Package migrations holds the SQL that builds Ambit's database, one folder per
// database product, embedded into the program.
//
// Files are numbered and carry the same number and name in every folder, so a
// version means the same tables everywhere. They are written for goose
// (github.com/pressly/goose/v3), go forward only, and never change once they
// are released: a correction is a new number. Package sqlstore runs them when
// it opens a database.
//
// To add one: write NNNN_what_it_does.sql in both folders with a line
// "-- +goose Up" on top, name every constraint, and teach sqlstore the sentence
// for each new check constraint (error.go there).
package migrations

import (
	"embed"
	"io/fs"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// SQLite returns the migrations for SQLite.
func SQLite() fs.FS { return folder("sqlite") }

// Postgres returns the migrations for PostgreSQL.
func Postgres() fs.FS { return folder("postgres") }

func folder(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // only an invalid path gets here, and both are constants
	}
	return sub
}
