-- +goose Up

-- created says since when a change waits, in UTC milliseconds since 1970. For
-- those that wait already nobody knows better than now.
ALTER TABLE outbox ADD COLUMN created INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET created = unixepoch() * 1000;

-- fault says why a tenant is in quarantine; empty: it is not.
ALTER TABLE tenants ADD COLUMN fault TEXT NOT NULL DEFAULT '';
