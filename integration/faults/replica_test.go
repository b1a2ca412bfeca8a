package faults

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/ambit-iam/ambit/adapter/client"
)

// pollInterval is how often this package looks whether something has happened.
const pollInterval = 50 * time.Millisecond

// door is a server as its clients see it.
type door struct {
	*client.Client
	name    string
	address string
	// pending returns how many changes wait in the outbox.
	pending func(ctx context.Context) (int, error)
}

func newDoor(t testing.TB, name, address string) *door {
	t.Helper()
	// gRPC would wait for up to two minutes after some failures in a row.
	quick := grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: 20 * time.Millisecond, Multiplier: 1.5, Jitter: 0.2, MaxDelay: 200 * time.Millisecond},
		MinConnectTimeout: time.Second,
	}
	c, err := client.Dial(address, secret, client.WithDialOptions(grpc.WithConnectParams(quick)))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	d := &door{Client: c, name: name, address: address}
	d.pending = d.scrape
	return d
}

// scrape reads the length of the outbox from the metrics of a server.
func (d *door) scrape(ctx context.Context) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.address+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+secret)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "ambit_outbox_pending "); ok {
			return strconv.Atoi(value)
		}
	}
	return 0, fmt.Errorf("%s shows no length of its outbox", d.name)
}

// replica is a process of Ambit that is started again whenever it ends.
type replica struct {
	*door
	binary string
	env    []string
	log    *os.File
	// deaths counts the ends of the process, whatever they came from.
	deaths atomic.Int64

	mu        sync.Mutex
	failpoint string
	process   *os.Process
}

// startReplica starts a server and its supervisor. It does not wait.
func startReplica(t testing.TB, name, binary string, env ...string) *replica {
	t.Helper()
	address := freeAddress(t)
	log, err := os.Create(filepath.Join(t.TempDir(), name+".log"))
	require.NoError(t, err)
	r := &replica{door: newDoor(t, name, address), binary: binary, log: log, env: append(os.Environ(),
		append(env, "AMBIT_LISTEN="+address, "AMBIT_TOKEN="+secret, "AMBIT_MODEL=scalr", "AMBIT_SPICEDB=off", "AMBIT_LOG_LEVEL=warn")...)}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var supervisor sync.WaitGroup
	supervisor.Go(func() { r.supervise(ctx) })
	t.Cleanup(func() {
		stop()
		r.kill()
		supervisor.Wait()
		r.tell(t)
	})
	return r
}

// supervise starts the process again and again, as what runs a server does.
func (r *replica) supervise(ctx context.Context) {
	// The death signal of a child is tied to the thread that started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for ctx.Err() == nil {
		command, err := r.launch(ctx)
		if err != nil {
			_, _ = fmt.Fprintln(r.log, "supervisor:", err)
			sleep(ctx, time.Second)
			continue
		}
		_, _ = fmt.Fprintln(r.log, "supervisor: the server ended:", command.Wait())
		r.deaths.Add(1)
		sleep(ctx, pollInterval) // one that cannot start must not take all of the machine
	}
}

// launch starts the process, unless ctx has ended: who ends it kills what runs
// afterwards.
func (r *replica) launch(ctx context.Context) (*exec.Cmd, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	command := exec.Command(r.binary, "serve") // no context: it is killed by hand
	command.Env = slices.Concat(r.env, []string{"AMBIT_FAILPOINT=" + r.failpoint})
	command.Stdout, command.Stderr = r.log, r.log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return nil, err
	}
	r.process = command.Process
	return command, nil
}

// kill ends the process as kill -9 does.
func (r *replica) kill() { r.signal(syscall.SIGKILL) }

// signal sends a signal to the process that runs now, if one does.
func (r *replica) signal(signal os.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process != nil {
		_ = r.process.Signal(signal) // or it has ended already
	}
}

// arm sets a failpoint ("after write=20") for the next start, and makes that now.
func (r *replica) arm(failpoint string) {
	r.mu.Lock()
	r.failpoint = failpoint
	r.mu.Unlock()
	r.kill()
}

// ready reports whether the server answers, and what is not well.
func (d *door) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.address+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s is not ready: %s", d.name, answer.Status)
	}
	return nil
}

// tell shows the end of the log of a server whose run failed.
func (r *replica) tell(t testing.TB) {
	defer func() { _ = r.log.Close() }()
	if !t.Failed() {
		return
	}
	text, err := os.ReadFile(r.log.Name())
	if err != nil {
		t.Log(err)
		return
	}
	const end = 6000
	t.Logf("log of %s:\n%s", r.name, text[max(0, len(text)-end):])
}
