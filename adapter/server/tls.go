package server

import (
	"crypto/tls"
	"fmt"
	"slices"
)

// loadTLS returns nil if the configuration has no certificate.
func loadTLS(c Config) (*tls.Config, error) {
	if c.TLSCert == "" {
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("the TLS certificate %s with key %s cannot be used: %w", c.TLSCert, c.TLSKey, err)
	}
	return splitTLS(certificate), nil
}

// splitTLS offers HTTP/2 only to clients that speak nothing else, which is how
// gRPC clients behave. Browsers and curl speak both; they get HTTP/1.1, because
// only gRPC is behind HTTP/2 here.
func splitTLS(certificate tls.Certificate) *tls.Config {
	http1 := &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"http/1.1"},
	}
	config := http1.Clone()
	config.NextProtos = []string{"h2"}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if slices.Contains(hello.SupportedProtos, "http/1.1") {
			return http1, nil
		}
		return nil, nil
	}
	return config
}
