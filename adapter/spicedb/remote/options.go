package remote

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"time"

	"github.com/authzed/grpcutil"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"github.com/ambit-iam/ambit/adapter/iam"
)

const (
	// pingTimeout is how long an answer to a ping may take.
	pingTimeout = 10 * time.Second
	// maxMessage bounds what SpiceDB may answer at once: schemas and batches of
	// exported tuples exceed gRPC's 4 MiB.
	maxMessage = 64 << 20
)

// reconnect says when to try again to connect to a server that is away. gRPC's
// own pauses grow to two minutes, in which SpiceDB may long be back.
var reconnect = grpc.ConnectParams{
	Backoff:           backoff.Config{BaseDelay: 200 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 5 * time.Second},
	MinConnectTimeout: 5 * time.Second,
}

// dialOptions returns how to speak to the servers, wherever they are.
func (c Config) dialOptions() ([]grpc.DialOption, error) {
	options := []grpc.DialOption{
		grpc.WithDisableServiceConfig(), // from DNS; ours counts
		grpc.WithDefaultServiceConfig(serviceConfig(c.Retries)),
		grpc.WithConnectParams(reconnect),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: c.Keepalive, Timeout: pingTimeout}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		grpc.WithUserAgent("ambit"),
		grpc.WithUnaryInterceptor(timeout(c.Timeout).unary),
		grpc.WithStreamInterceptor(timeout(c.Timeout).stream),
	}
	if c.Insecure {
		return append(options,
			grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpcutil.WithInsecureBearerToken(c.PresharedKey)), nil
	}
	secure, err := c.tls()
	if err != nil {
		return nil, err
	}
	if c.ServerName != "" {
		options = append(options, grpc.WithAuthority(c.ServerName))
	}
	// WithBearerToken refuses to send the key over plaintext.
	return append(options,
		grpc.WithTransportCredentials(credentials.NewTLS(secure)),
		grpcutil.WithBearerToken(c.PresharedKey)), nil
}

// tls returns whom to trust. The server's name is left to gRPC, which knows
// which of several servers it speaks to.
func (c Config) tls() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile == "" {
		return config, nil
	}
	text, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, iam.Invalid("SPICEDB_CONFIG", "SpiceDB CA", c.CAFile, "cannot be read").Because(err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return nil, iam.Invalid("SPICEDB_CONFIG", "SpiceDB CA", c.CAFile, "holds no certificate in PEM format")
	}
	return config, nil
}
