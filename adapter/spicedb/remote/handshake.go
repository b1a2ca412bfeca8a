package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// handshakeTimeout bounds a look at one server.
const handshakeTimeout = 2 * time.Second

// handshakeFault finds out why a server that listens cannot be spoken to: gRPC
// says of all these cases only that it is unavailable. It returns nil if the
// reason is another one, such as that nobody listens.
func (c *Conn) handshakeFault(ctx context.Context) error {
	for _, address := range c.target.addresses {
		if fault := c.faultAt(ctx, address); fault != nil {
			return fault
		}
	}
	return nil
}

func (c *Conn) faultAt(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil // nobody listens: that is no fault of a handshake
	}
	defer raw.Close() //nolint:errcheck // nothing was said that could get lost
	if c.config.Insecure {
		// Nothing is sent or believed: it is only seen whether the server speaks TLS.
		if tls.Client(raw, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx) == nil { //nolint:gosec // see above
			return mismatch(address, "speaks TLS; leave --spicedb-plaintext out", nil)
		}
		return nil
	}
	config, err := c.config.tls()
	if err != nil {
		return err
	}
	if config.ServerName = c.config.ServerName; config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(address)
	}
	return explain(address, config.ServerName, tls.Client(raw, config).HandshakeContext(ctx))
}

// explain says what a failed handshake means; nil if it is no fault of TLS.
func explain(address, name string, err error) error {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return mismatch(address, "speaks no TLS; say --spicedb-plaintext if that is meant", err)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return mismatch(address, "has a certificate of an authority that is not trusted; name the right one with --spicedb-ca", err)
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return mismatch(address, fmt.Sprintf("has a certificate that is not for %s", name), err)
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return mismatch(address, "has a certificate that has expired, or is not valid yet", err)
		}
		return mismatch(address, "has a certificate that is not valid for a server", err)
	}
	return nil
}

func mismatch(address, message string, cause error) error {
	return iam.Forbidden("SPICEDB_TLS", "", "", "SpiceDB at "+address+" "+message).Because(cause)
}
