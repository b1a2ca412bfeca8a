package ambittest

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// The images, as docker-compose.yml names them.
const (
	postgresImage = "postgres:17.11"
	spiceDBImage  = "authzed/spicedb:v1.56.1"
)

// patience bounds the start of a container; the first one may be pulled.
const patience = 3 * time.Minute

// start runs a container. What it logged comes with the error if it does not
// become ready.
func start(ctx context.Context, image string, options ...testcontainers.ContainerCustomizer) (*testcontainers.DockerContainer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := reachable(ctx); err != nil {
		return nil, err
	}
	options = append(options, testcontainers.WithLogger(quiet{}))
	container, err := testcontainers.Run(ctx, image, options...)
	if err == nil {
		return container, nil
	}
	err = fmt.Errorf("start a container of %s: %w%s", image, err, lastWords(container))
	_ = end(container) // the first error says more
	return nil, err
}

// reachable returns one sentence if there is no Docker.
func reachable(ctx context.Context) (err error) {
	defer func() {
		// testcontainers panics where it finds no socket at all.
		if found := recover(); found != nil {
			err = noDocker(found)
		}
	}()
	provider, err := testcontainers.ProviderDefault.GetProvider(testcontainers.WithLogger(quiet{}))
	if err != nil {
		return noDocker(err)
	}
	defer func() { _ = provider.Close() }()
	if err := provider.Health(ctx); err != nil {
		return noDocker(err)
	}
	return nil
}

func noDocker(cause any) error {
	text := strings.ReplaceAll(fmt.Sprint(cause), "\n", "; ")
	return fmt.Errorf("ambittest.Run starts PostgreSQL and SpiceDB in containers, and no Docker engine can be reached (%s)", text)
}

// end removes a container with its volumes.
func end(container *testcontainers.DockerContainer) error {
	if container == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return container.Terminate(ctx, testcontainers.StopTimeout(0))
}

// lastWords returns the end of what a container logged.
func lastWords(container *testcontainers.DockerContainer) string {
	if container == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	logs, err := container.Logs(ctx)
	if err != nil {
		return ""
	}
	defer func() { _ = logs.Close() }()
	text, _ := io.ReadAll(logs) // what there is
	return "\n" + string(text[max(0, len(text)-2000):])
}

// quiet logs nothing: failures come back as errors.
type quiet struct{}

// Printf does nothing.
func (quiet) Printf(string, ...any) {}

var _ log.Logger = quiet{}
