package server

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/test/bufconn"

	"github.com/ambit-iam/ambit/adapter/api"
	"github.com/ambit-iam/ambit/adapter/auth"
)

// Server is a running server. Make one with Start.
type Server struct {
	config   Config
	port     *splitter
	grpc     *grpc.Server
	health   *health.Server
	metrics  *metrics
	http     *http.Server
	gateway  *grpc.ClientConn
	loopback *bufconn.Listener
	// running are the goroutines of serve.
	running sync.WaitGroup
	// failed receives the error of a part that ended by itself.
	failed chan error
	// parts end after the servers.
	parts parts
	// secure is whether the port speaks TLS.
	secure bool
	// close is Close, once.
	close func() error
}

// Run starts a server and runs it until ctx ends, then lets running requests
// finish, for ShutdownTimeout at most. Errors are sentences for the person who
// started it.
func Run(ctx context.Context, config Config) error {
	server, err := Start(ctx, config)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		server.config.Logger.Info("shutting down")
	case err = <-server.failed:
	}
	return errors.Join(err, server.Close())
}

// Start returns a server that answers. ctx bounds the start only; the server
// runs until Close.
func Start(ctx context.Context, config Config) (*Server, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	config.Logger.Debug("configuration", "config", config)
	s := &Server{config: config, failed: make(chan error, 4)}
	s.close = sync.OnceValue(s.shutDown)
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.parts.close())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	model, err := LoadModel(s.config.Model)
	if err != nil {
		return err
	}
	secureWith, err := loadTLS(s.config)
	if err != nil {
		return err
	}
	data, err := s.config.openData()
	if err != nil {
		return err
	}
	s.parts.add(data.close)
	// First the port: who forgot a running server should not wait to hear it, nor
	// get a token that no server takes.
	if err := s.listen(ctx, secureWith); err != nil {
		return err
	}
	found, err := data.secrets(s.config)
	if err != nil {
		return err
	}
	core, err := openCore(ctx, model, coreConfig{
		backing: s.config.Backing, file: data.file(databaseFile), spiceDB: s.config.embedded(found.spiceDBKey), logger: s.config.Logger,
	})
	if err != nil {
		return err
	}
	s.parts.add(core.Close)
	if err := s.assemble(ctx, core, found); err != nil {
		return err
	}
	s.parts.add(s.reconcileEvery(core.Adapter))
	s.serve()
	s.tell(summary{
		model: model, url: s.URL(), data: data, secrets: found,
		spiceDB: core.spiceDBAddress(), metricsOpen: loopback(s.config.Listen),
	})
	return nil
}

func (s *Server) listen(ctx context.Context, secureWith *tls.Config) error {
	listener, err := new(net.ListenConfig).Listen(ctx, network(s.config.Listen), s.config.Listen)
	if err != nil {
		return listenError("--listen", s.config.Listen, err)
	}
	s.secure = secureWith != nil
	s.port = newSplitter(listener, secureWith, s.config.ReadTimeout/3)
	s.parts.add(func() error { s.port.close(); return nil })
	return nil
}

// network keeps 0.0.0.0 from listening on IPv6 too, which Go would do.
func network(address string) string {
	host, _, _ := net.SplitHostPort(address) // Validate has seen it
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is4() {
		return "tcp4"
	}
	return "tcp"
}

// tell writes the summary. If nobody reads it, the server runs all the same.
func (s *Server) tell(what summary) {
	if err := what.write(s.config.Summary); err != nil {
		s.config.Logger.Warn("the summary could not be written", "error", err.Error())
	}
}

// assemble builds the servers; serve starts them.
func (s *Server) assemble(ctx context.Context, core *Core, found secrets) error {
	tokens, err := auth.NewTokens(auth.Token{Actor: adminActor, Secret: found.token})
	if err != nil {
		return err
	}
	s.metrics = newMetrics(core.store.Outbox(), core.Adapter)
	watch := &watcher{logger: s.config.Logger, metrics: s.metrics}
	s.grpc, s.health = grpcServer(s.config, tokens, watch)
	s.loopback = bufconn.Listen(1 << 20)
	if err := s.dialSelf(); err != nil {
		return err
	}
	local := api.NewLocal(s.gateway, fromGateway(interceptors(s.config, tokens, watch)))
	// Once for both, because they share what was created by which request_id.
	api.Register(registrars{s.grpc, local}, core.Adapter)
	rest, err := api.Gateway(ctx, local, s.config.Limits)
	if err != nil {
		return errors.Join(err, s.gateway.Close())
	}
	s.http = &http.Server{
		Handler:           httpHandler(s.config, rest, probesOf(core.store, core.engine, core.Adapter.IndexStats), tokens, watch),
		ReadHeaderTimeout: s.config.ReadTimeout / 3,
		ReadTimeout:       s.config.ReadTimeout,
		WriteTimeout:      s.config.ReadTimeout + max(s.config.RequestTimeout, s.config.WorldTimeout),
		IdleTimeout:       s.config.IdleTimeout,
		ErrorLog:          slog.NewLogLogger(s.config.Logger.Handler(), slog.LevelDebug),
	}
	return nil
}
