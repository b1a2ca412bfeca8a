package faults

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	docker "github.com/moby/moby/client"
	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go"
)

// patience bounds whatever a run waits for: far more than it ever takes, so that
// a slow machine is no fault.
const patience = 90 * time.Second

// machine is a container that may break and come back under the same address.
type machine struct {
	container *testcontainers.DockerContainer
	engine    *testcontainers.DockerClient
	address   string
}

// boot starts a container whose port is the same after every restart; Docker
// would choose another one.
func boot(t testing.TB, image, port string, options ...testcontainers.ContainerCustomizer) *machine {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 2*patience)
	defer cancel()
	engine, err := testcontainers.NewDockerClientWithOpts(ctx)
	require.NoError(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	address := freeAddress(t)
	options = append(options,
		testcontainers.WithExposedPorts(port),
		testcontainers.WithHostConfigModifier(func(host *container.HostConfig) { pin(host, port, address) }),
		testcontainers.WithLogger(quiet{}))
	started, err := testcontainers.Run(ctx, image, options...)
	t.Cleanup(func() {
		if started != nil {
			_ = started.Terminate(context.Background(), testcontainers.StopTimeout(0)) // what is left, Docker's own cleaning takes
		}
	})
	require.NoError(t, err)
	return &machine{container: started, engine: engine, address: address}
}

func pin(host *container.HostConfig, port, address string) {
	at := netip.MustParseAddrPort(address)
	binding := network.PortBinding{HostIP: at.Addr(), HostPort: fmt.Sprint(at.Port())}
	host.PortBindings = network.PortMap{network.MustParsePort(port): []network.PortBinding{binding}}
}

// freeAddress returns an address on this machine that nobody listens on.
func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// halt sends a signal and waits until the container is down.
func (m *machine) halt(ctx context.Context, signal string) error {
	id := m.container.GetContainerID()
	if _, err := m.engine.ContainerKill(ctx, id, docker.ContainerKillOptions{Signal: signal}); err != nil {
		return fmt.Errorf("send %s: %w", signal, err)
	}
	for {
		state, err := m.container.State(ctx)
		if err != nil {
			return fmt.Errorf("wait for the end after %s: %w", signal, err)
		}
		if !state.Running {
			return nil
		}
		if !sleep(ctx, 20*time.Millisecond) {
			return fmt.Errorf("it still runs after %s: %w", signal, ctx.Err())
		}
	}
}

// restart ends the container with a signal and starts it again after a while.
// It returns when the server answers.
func (m *machine) restart(ctx context.Context, signal string, down time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := m.halt(ctx, signal); err != nil {
		return err
	}
	sleep(ctx, down)
	if err := m.container.Start(ctx); err != nil {
		return fmt.Errorf("start again: %w", err)
	}
	return nil
}

// sleep waits, and reports whether ctx goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// quiet logs nothing: failures come back as errors.
type quiet struct{}

// Printf does nothing.
func (quiet) Printf(string, ...any) {}
