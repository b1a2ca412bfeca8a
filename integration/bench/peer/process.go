package peer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Process is a server that a program has started.
type Process struct {
	name    string
	args    []string
	env     []string
	command *exec.Cmd
	output  *bytes.Buffer
	ended   chan error
}

// Launch starts a server whose binary lies beside the program that runs, with
// variables added to the environment. It does not wait until it serves.
func Launch(name string, env, args []string) (*Process, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &Process{name: filepath.Join(filepath.Dir(own), name), env: env, args: args}
	return p, p.start()
}

func (p *Process) start() error {
	p.output, p.ended = &bytes.Buffer{}, make(chan error, 1)
	p.command = exec.Command(p.name, p.args...) //nolint:gosec // one of our own binaries
	p.command.Env = append(os.Environ(), p.env...)
	p.command.Stdout, p.command.Stderr = p.output, p.output
	// A server must not outlive a program that is killed.
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.command.Start(); err != nil {
		return fmt.Errorf("start %s: %w", filepath.Base(p.name), err)
	}
	go func() { p.ended <- p.command.Wait() }()
	return nil
}

// PID returns the number of the process.
func (p *Process) PID() int { return p.command.Process.Pid }

// Await calls ready until it returns no error, while the server runs.
func (p *Process) Await(ctx context.Context, ready func(ctx context.Context) error) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case end := <-p.ended:
			p.ended <- end
			return fmt.Errorf("%s ended: %w: %s", filepath.Base(p.name), errors.Join(end), lastOf(p.output))
		case <-ctx.Done():
			return fmt.Errorf("%s does not serve: %w", filepath.Base(p.name), err)
		case <-tick.C:
		}
	}
}

// lastOf returns the end of what a server has written, after it has ended.
func lastOf(output *bytes.Buffer) []byte {
	const most = 500
	text := output.Bytes()
	return bytes.TrimSpace(text[max(0, len(text)-most):])
}

// Stop ends the server and waits for it.
func (p *Process) Stop() error {
	const grace = 10 * time.Second
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	killed := time.AfterFunc(grace, func() { _ = p.command.Process.Kill() })
	defer killed.Stop()
	<-p.ended
	return nil
}

// Again starts the server once more, after Stop.
func (p *Process) Again() error { return p.start() }

// FreeAddress returns an address of this machine on which nobody listens.
func FreeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // returns at once
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
