package remote_test

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// front passes bytes on to a server until it is broken; then it hangs up on
// everybody.
type front struct {
	address string
	broken  atomic.Bool
	open    chan net.Conn
}

// cut ends the connections that are open.
func (f *front) cut() {
	for {
		select {
		case conn := <-f.open:
			_ = conn.Close()
		default:
			return
		}
	}
}

// failing starts a front before the server at an address. It counts connections.
func failing(t *testing.T, behind string) (*front, *atomic.Int64) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	made, connections := &front{address: listener.Addr().String(), open: make(chan net.Conn, 1000)}, &atomic.Int64{}
	var ended sync.WaitGroup
	ended.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			if made.broken.Load() {
				_ = conn.Close()
				continue
			}
			made.open <- conn
			ended.Go(func() { pass(conn, behind, &ended) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		made.cut()
		ended.Wait()
	})
	return made, connections
}

// pass connects a client with the server behind a front, until one hangs up.
func pass(client net.Conn, behind string, ended *sync.WaitGroup) {
	server, err := net.Dial("tcp", behind)
	if err != nil {
		_ = client.Close()
		return
	}
	ended.Go(func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	})
	_, _ = io.Copy(client, server)
	_ = client.Close()
	_ = server.Close()
}
