package sqlstore

import (
	"context"
)

// meta keeps named facts about the database.
type meta struct{ *Store }

const (
	selectMeta = `SELECT value FROM meta WHERE name = ?`
	putMeta    = `INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
)

// Get returns the value, or "" if there is none.
func (m meta) Get(ctx context.Context, name string) (string, error) {
	var value string
	err := m.transact(ctx, m.reader, m.readOptions, func(s *session) error {
		_, err := s.first(ctx, query{"read meta", selectMeta, []any{name}}, &value)
		return err
	})
	return value, err
}

// Set writes the value.
func (m meta) Set(ctx context.Context, name, value string) error {
	return m.write(ctx, func(s *session) error {
		_, err := s.exec(ctx, query{"write meta", putMeta, []any{name, value}})
		return err
	})
}
