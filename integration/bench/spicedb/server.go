package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/authzed/grpcutil"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/ambit-iam/ambit/integration/bench/peer"
	"github.com/ambit-iam/ambit/integration/bench/world"
)

const (
	binary = "spicedb-server"
	key    = "bench"
)

// served is SpiceDB in another process.
type served struct {
	*engine
	process *peer.Process
}

// kept is served on PostgreSQL, where its world outlives it.
type kept struct {
	served
}

func openServer(ctx context.Context, w *world.World, postgres, stale bool) (peer.Engine, error) {
	address, err := peer.FreeAddress()
	if err != nil {
		return nil, err
	}
	store := []string{"SPICEDB_DATASTORE_ENGINE=memory"}
	if postgres {
		if store, err = newDatabase(ctx); err != nil {
			return nil, err
		}
	}
	process, err := peer.Launch(binary, append(store,
		"SPICEDB_GRPC_ADDR="+address, "SPICEDB_GRPC_PRESHARED_KEY="+key, "SPICEDB_HTTP_ENABLED=false", "SPICEDB_METRICS_ENABLED=false",
		"SPICEDB_TELEMETRY_ENDPOINT=", "SPICEDB_SKIP_RELEASE_CHECK=true", "SPICEDB_LOG_LEVEL=error", "SPICEDB_LOG_FORMAT=json",
	), []string{"serve"})
	if err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpcutil.WithInsecureBearerToken(key))
	if err != nil {
		return nil, errors.Join(err, process.Stop())
	}
	s := served{process: process, engine: newEngine(conn, stale, func() error { return errors.Join(conn.Close(), process.Stop()) })}
	if err = s.ready(ctx); err == nil {
		err = s.load(ctx, w)
	}
	if stale && err == nil {
		err = age(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if postgres {
		return &kept{s}, nil
	}
	return &s, nil
}

// age waits until the world is old enough to be seen by who takes old answers.
func age(ctx context.Context) error {
	select {
	case <-time.After(6 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// PID is the server's: its memory is what is measured.
func (s *served) PID() int { return s.process.PID() }

func (s *served) ready(ctx context.Context) error {
	return s.process.Await(ctx, func(ctx context.Context) error {
		s.conn.ResetConnectBackoff()
		health, err := grpc_health_v1.NewHealthClient(s.conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
		if err == nil && health.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
			err = errors.New("not serving yet")
		}
		return err
	})
}

// Restart starts the server again on the same database, and waits until it is healthy.
func (k *kept) Restart(ctx context.Context) error {
	if err := errors.Join(k.process.Stop(), k.process.Again()); err != nil {
		return err
	}
	return k.ready(ctx)
}

// newDatabase makes a database with SpiceDB's tables, and returns what SpiceDB has to
// be told of it.
func newDatabase(ctx context.Context) ([]string, error) {
	dsn := os.Getenv("AMBIT_TEST_POSTGRES_DSN")
	if dsn == "" {
		return nil, errors.New("AMBIT_TEST_POSTGRES_DSN names no PostgreSQL server; see scripts/with-postgres")
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	name := "bench" + strconv.FormatInt(time.Now().UnixNano(), 36)
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name)
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		return nil, err
	}
	at, err := url.Parse(dsn)
	if err != nil {
		return nil, err
	}
	at.Path = "/" + name
	variables := []string{"SPICEDB_DATASTORE_ENGINE=postgres", "SPICEDB_DATASTORE_CONN_URI=" + at.String()}
	return variables, migrate(ctx, variables)
}

func migrate(ctx context.Context, variables []string) error {
	own, err := os.Executable()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, filepath.Join(filepath.Dir(own), binary), "datastore", "migrate", "head") //nolint:gosec // our own
	command.Env = append(append(os.Environ(), variables...), "SPICEDB_SKIP_RELEASE_CHECK=true")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("spicedb datastore migrate: %w: %s", err, output)
	}
	return nil
}
