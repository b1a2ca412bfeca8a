package server

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// preface is how every HTTP/2 connection without upgrade begins, and no
// HTTP/1 request does. All gRPC clients speak HTTP/2 at once.
const preface = "PRI * HTTP/2.0"

// splitter hands the connections of one port to two servers: those that begin
// with the HTTP/2 preface to gRPC, all others to HTTP.
type splitter struct {
	port net.Listener
	// tls is nil for plain connections.
	tls *tls.Config
	// patience is how long a client may take to show what it speaks.
	patience time.Duration

	grpc, http *queue
	ctx        context.Context
	stop       func()
	sorting    sync.WaitGroup
}

func newSplitter(port net.Listener, config *tls.Config, patience time.Duration) *splitter {
	ctx, stop := context.WithCancel(context.Background())
	return &splitter{
		port: port, tls: config, patience: patience,
		grpc: newQueue(port.Addr()), http: newQueue(port.Addr()),
		ctx: ctx, stop: stop,
	}
}

// run accepts connections until close. It returns the error of a port that
// broke, else nil.
func (s *splitter) run() error {
	defer s.sorting.Wait()
	for pause := time.Duration(0); ; {
		conn, err := s.port.Accept()
		if err == nil {
			pause = 0
			s.sorting.Go(func() { s.sort(conn) })
			continue
		}
		if s.ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		// Out of file descriptors, mostly: it passes, and ending would be worse.
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		select {
		case <-s.ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// sort finds out what a connection speaks and hands it on.
func (s *splitter) sort(conn net.Conn) {
	interrupted := context.AfterFunc(s.ctx, func() { _ = conn.Close() })
	defer interrupted()
	// A deadline that cannot be set is a connection that is gone; reading says so.
	_ = conn.SetDeadline(time.Now().Add(s.patience))
	if s.tls != nil {
		conn = tls.Server(conn, s.tls)
	}
	head := bufio.NewReaderSize(conn, 64)
	isHTTP2, err := beginsWith(head, preface)
	if err != nil {
		_ = conn.Close() // it said nothing; nobody waits for an answer
		return
	}
	_ = conn.SetDeadline(time.Time{})
	target := s.http
	if isHTTP2 {
		target = s.grpc
	}
	target.put(&peeked{Conn: conn, head: head})
}

// close ends accepting and whatever is being sorted. Connections that were
// handed on live.
func (s *splitter) close() {
	s.stop()
	_ = s.port.Close() // nothing can be done about a port that does not close
}

// beginsWith reads no further than needed, because a short HTTP/1 request is
// shorter than the preface and its sender waits for the answer.
func beginsWith(head *bufio.Reader, want string) (bool, error) {
	for n := 1; n <= len(want); n++ {
		have, err := head.Peek(n)
		if err != nil {
			return false, err
		}
		if have[n-1] != want[n-1] {
			return false, nil
		}
	}
	return true, nil
}

// peeked is a connection whose first bytes were read ahead.
type peeked struct {
	net.Conn
	head *bufio.Reader
}

// Read returns what was read ahead first, and then reads from the connection.
func (p *peeked) Read(into []byte) (int, error) {
	if p.head.Buffered() > 0 {
		return p.head.Read(into)
	}
	return p.Conn.Read(into)
}

// queue is a listener of connections that were accepted elsewhere.
type queue struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newQueue(addr net.Addr) *queue {
	return &queue{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (q *queue) put(conn net.Conn) {
	select {
	case q.conns <- conn:
	case <-q.closed:
		_ = conn.Close() // the server is going; so is the connection
	}
}

// Accept returns the next connection.
func (q *queue) Accept() (net.Conn, error) {
	select {
	case conn := <-q.conns:
		return conn, nil
	case <-q.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (q *queue) Close() error {
	q.once.Do(func() { close(q.closed) })
	return nil
}

// Addr returns the address of the port.
func (q *queue) Addr() net.Addr { return q.addr }
