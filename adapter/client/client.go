package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// DefaultPort is the port of a server if the endpoint names none and does not
// begin with https.
const DefaultPort = "8420"

// maxAnswer is the largest answer taken: an exported world may be large.
const maxAnswer = 256 << 20

// Client is a connection to a server. It is safe for use by many goroutines.
type Client struct {
	Access          ambitv1.AccessServiceClient
	Scopes          ambitv1.ScopeServiceClient
	Users           ambitv1.UserServiceClient
	ServiceAccounts ambitv1.ServiceAccountServiceClient
	Groups          ambitv1.GroupServiceClient
	Roles           ambitv1.RoleServiceClient
	Policies        ambitv1.PolicyServiceClient
	Resources       ambitv1.ResourceServiceClient
	World           ambitv1.WorldServiceClient
	Model           ambitv1.ModelServiceClient
	Audit           ambitv1.AuditServiceClient

	conn *grpc.ClientConn
}

// Option changes how a Client connects.
type Option func(*options)

type options struct {
	tls  *tls.Config
	dial []grpc.DialOption
}

// WithTLS sets the TLS configuration of an https endpoint. Default: the
// certificate authorities of the system.
func WithTLS(config *tls.Config) Option {
	return func(o *options) { o.tls = config.Clone() }
}

// WithDialOptions adds options of gRPC.
func WithDialOptions(dial ...grpc.DialOption) Option {
	return func(o *options) { o.dial = append(o.dial, dial...) }
}

// Dial returns a client of the server at endpoint: "127.0.0.1:8420",
// "http://host:port" (both without TLS) or "https://host:port". It does not
// connect yet: a server that is not there is an UNAVAILABLE error of the first
// call. The error is INVALID_ARGUMENT: the endpoint is malformed.
func Dial(endpoint, token string, opts ...Option) (*Client, error) {
	address, secure, err := parse(endpoint)
	if err != nil {
		return nil, err
	}
	var chosen options
	for _, opt := range opts {
		opt(&chosen)
	}
	transport := remembering(insecure.NewCredentials())
	if secure {
		transport = remembering(credentials.NewTLS(chosen.tls))
	}
	dial := append([]grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithChainUnaryInterceptor(calls(token, transport)),
		grpc.WithChainStreamInterceptor(streams(token, transport)),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)),
	}, chosen.dial...)
	conn, err := grpc.NewClient("passthrough:///"+address, dial...)
	if err != nil {
		return nil, badEndpoint(endpoint).Because(err)
	}
	return on(conn), nil
}

func on(conn *grpc.ClientConn) *Client {
	return &Client{
		Access:          ambitv1.NewAccessServiceClient(conn),
		Scopes:          ambitv1.NewScopeServiceClient(conn),
		Users:           ambitv1.NewUserServiceClient(conn),
		ServiceAccounts: ambitv1.NewServiceAccountServiceClient(conn),
		Groups:          ambitv1.NewGroupServiceClient(conn),
		Roles:           ambitv1.NewRoleServiceClient(conn),
		Policies:        ambitv1.NewPolicyServiceClient(conn),
		Resources:       ambitv1.NewResourceServiceClient(conn),
		World:           ambitv1.NewWorldServiceClient(conn),
		Model:           ambitv1.NewModelServiceClient(conn),
		Audit:           ambitv1.NewAuditServiceClient(conn),
		conn:            conn,
	}
}

// Close ends the connection. Calls that still run fail.
func (c *Client) Close() error { return c.conn.Close() }

// Loopback reports whether an endpoint is on this machine; false for one that
// Dial refuses.
func Loopback(endpoint string) bool {
	address, _, err := parse(endpoint)
	if err != nil {
		return false
	}
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback())
}

// Plain reports whether what is sent to an endpoint goes without TLS; false for
// one that Dial refuses.
func Plain(endpoint string) bool {
	_, secure, err := parse(endpoint)
	return err == nil && !secure
}

// parse returns host:port, and whether to use TLS.
func parse(endpoint string) (address string, secure bool, err error) {
	if !strings.Contains(endpoint, "://") {
		endpoint = "http://" + endpoint
	}
	parsed, err := url.Parse(endpoint)
	plain := err == nil && (parsed.Path == "" || parsed.Path == "/") && parsed.RawQuery == "" && parsed.User == nil
	if !plain || parsed.Hostname() == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return "", false, badEndpoint(endpoint)
	}
	secure, port := parsed.Scheme == "https", DefaultPort
	if secure {
		port = "443"
	}
	return net.JoinHostPort(parsed.Hostname(), cmp.Or(parsed.Port(), port)), secure, nil
}

func badEndpoint(endpoint string) *iam.Error {
	return iam.Invalid("ENDPOINT_MALFORMED", "endpoint", endpoint, "an endpoint is host:port, http://host:port or https://host:port")
}

// URL returns an endpoint as the base of REST routes, "http://127.0.0.1:8420".
// The error is that of Dial.
func URL(endpoint string) (string, error) {
	address, secure, err := parse(endpoint)
	if err != nil {
		return "", err
	}
	if secure {
		return "https://" + address, nil
	}
	return "http://" + address, nil
}

// calls sends the token with every call, and turns statuses into errors of the
// domain.
func calls(token string, shaken handshakes) grpc.UnaryClientInterceptor {
	header := headerOf(token)
	return func(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if err := invoke(carrying(ctx, header), method, req, reply, conn, opts...); err != nil {
			return shaken.domainError(err)
		}
		return nil
	}
}

// headerOf returns the Authorization header of a token, or "" if there is none.
func headerOf(token string) string {
	if token == "" {
		return ""
	}
	return "Bearer " + token
}

// carrying returns a context for calls with a header of headerOf. It is not among the
// credentials of gRPC: those refuse to work without TLS.
func carrying(ctx context.Context, header string) context.Context {
	if header == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", header)
}
