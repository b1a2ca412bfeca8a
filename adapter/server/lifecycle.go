package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"google.golang.org/grpc"
)

// serve lets the assembled servers answer.
func (s *Server) serve() {
	parts := map[string]func() error{
		"the port":         s.port.run,
		"gRPC":             func() error { return s.grpc.Serve(s.port.grpc) },
		"the REST gateway": func() error { return s.grpc.Serve(s.loopback) },
		"HTTP":             func() error { return s.http.Serve(s.port.http) },
	}
	for name, run := range parts {
		s.running.Go(func() {
			if err := run(); err != nil && !expected(err) {
				s.failed <- fmt.Errorf("%s ended: %w", name, err)
			}
		})
	}
}

// expected tells the errors with which servers say that they were stopped.
func expected(err error) bool {
	return errors.Is(err, http.ErrServerClosed) || errors.Is(err, grpc.ErrServerStopped) || errors.Is(err, net.ErrClosed)
}

// Addr returns the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.port.port.Addr() }

// URL returns the address as the base of REST routes, "http://127.0.0.1:8420".
func (s *Server) URL() string {
	if s.secure {
		return "https://" + s.Addr().String()
	}
	return "http://" + s.Addr().String()
}

// Close stops accepting, lets running requests finish for ShutdownTimeout at
// most, and stops all parts. Writes that SpiceDB has not taken yet stay in the
// database for the next start. Closing again returns the same.
func (s *Server) Close() error { return s.close() }

func (s *Server) shutDown() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.config.ShutdownTimeout)
	defer cancel()
	s.health.Shutdown() // watchers of health look for another server
	s.port.close()
	if err := s.http.Shutdown(ctx); err != nil {
		s.config.Logger.Warn("requests were cut off", "error", err.Error())
		_ = s.http.Close() // it only reports what was cut off
	}
	err := s.gateway.Close()
	stopped := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-ctx.Done():
		s.config.Logger.Warn("gRPC requests were cut off", "after", s.config.ShutdownTimeout.String())
		s.grpc.Stop()
		<-stopped
	}
	s.running.Wait()
	return errors.Join(err, s.parts.close())
}
