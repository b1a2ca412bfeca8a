package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"

	"google.golang.org/grpc/credentials"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// handshakes are credentials that remember why the last TLS handshake failed:
// gRPC passes that on as text only.
type handshakes struct {
	credentials.TransportCredentials
	failure *atomic.Pointer[error]
}

func remembering(transport credentials.TransportCredentials) handshakes {
	return handshakes{TransportCredentials: transport, failure: &atomic.Pointer[error]{}}
}

// ClientHandshake does the handshake.
func (h handshakes) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	secured, info, err := h.TransportCredentials.ClientHandshake(ctx, authority, conn)
	if err != nil {
		h.failure.Store(&err)
	} else {
		h.failure.Store(nil)
	}
	return secured, info, err
}

// Clone returns credentials that remember in the same place.
func (h handshakes) Clone() credentials.TransportCredentials {
	return handshakes{TransportCredentials: h.TransportCredentials.Clone(), failure: h.failure}
}

// unreachable says why there is no connection.
func (h handshakes) unreachable() *iam.Error {
	failure := h.failure.Load()
	if failure == nil {
		return &iam.Error{Code: iam.Unavailable, Reason: "UNREACHABLE", Message: "the server cannot be reached; is ambit serve running?"}
	}
	found := &iam.Error{Code: iam.Unavailable, Reason: "TLS_FAILED", Message: "the TLS handshake failed: " + (*failure).Error()}
	if untrusted, ok := errors.AsType[*tls.CertificateVerificationError](*failure); ok {
		found.Reason = "CERTIFICATE_UNTRUSTED"
		found.Message = "the certificate of the server cannot be trusted: " + untrusted.Err.Error()
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](*failure); ok {
		found.Message = "the server does not use TLS: its endpoint begins with http://"
	}
	return found
}
