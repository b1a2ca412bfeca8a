package server

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// splitting returns a splitter on a free port and the lines that each side got.
func splitting(t testing.TB, config *tls.Config, patience time.Duration) (address string, got chan string) {
	t.Helper()
	port, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := newSplitter(port, config, patience)
	got = make(chan string, 10)
	ended := make(chan error, 3)
	go func() { ended <- s.run() }()
	for name, side := range map[string]*queue{"grpc": s.grpc, "http": s.http} {
		go func() { ended <- readLines(name, side, got) }()
	}
	t.Cleanup(func() {
		s.close()
		require.NoError(t, s.grpc.Close())
		require.NoError(t, s.http.Close())
		for range 3 {
			require.NoError(t, <-ended)
		}
	})
	return port.Addr().String(), got
}

func readLines(name string, side net.Listener, got chan<- string) error {
	for {
		conn, err := side.Accept()
		if err != nil {
			return nil
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil {
			line = err.Error()
		}
		got <- name + " " + line
		if err := conn.Close(); err != nil {
			return err
		}
	}
}

func dialTCP(t testing.TB, address string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(context.WithoutCancel(t.Context()), "tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestSplitByPreface(t *testing.T) {
	t.Parallel()
	address, got := splitting(t, nil, 10*time.Second)
	for line, want := range map[string]string{
		"PRI * HTTP/2.0\r\n":        "grpc",
		"GET / HTTP/1.1\r\n":        "http",
		"PROPFIND / HTTP/1.1\r\n":   "http",
		"PRI * HTTP/1.1\r\n":        "http",
		"POST /v1/check HTTP/1.1\n": "http",
		"X\n":                       "http",
	} {
		_, err := io.WriteString(dialTCP(t, address), line)
		require.NoError(t, err)
		require.Equal(t, want+" "+line, <-got, "no byte is lost")
	}
}

func TestSplitByteByByte(t *testing.T) {
	t.Parallel()
	address, got := splitting(t, nil, 10*time.Second)
	silent := dialTCP(t, address) // must hold up nobody
	conn := dialTCP(t, address)
	for _, letter := range "PRI * HTTP/2.0\n" {
		_, err := conn.Write([]byte{byte(letter)})
		require.NoError(t, err)
	}
	require.Equal(t, "grpc PRI * HTTP/2.0\n", <-got)
	require.NoError(t, silent.Close())
}

func TestSplitLosesPatience(t *testing.T) {
	t.Parallel()
	address, _ := splitting(t, nil, time.Millisecond)
	conn := dialTCP(t, address)
	_, err := conn.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF, "a client that says nothing is cut off")
}

func TestSplitByALPN(t *testing.T) {
	t.Parallel()
	certificate, trust := selfSigned(t)
	address, got := splitting(t, splitTLS(certificate), 10*time.Second)
	for name, test := range map[string]struct {
		offer []string
		agree string
	}{
		"grpc":        {[]string{"h2"}, "h2"},
		"browser":     {[]string{"h2", "http/1.1"}, "http/1.1"},
		"old browser": {[]string{"http/1.1"}, "http/1.1"},
		"none":        {nil, ""},
	} {
		conn := tls.Client(dialTCP(t, address), &tls.Config{RootCAs: trust, ServerName: "localhost", NextProtos: test.offer})
		require.NoError(t, conn.HandshakeContext(context.WithoutCancel(t.Context())), name)
		require.Equal(t, test.agree, conn.ConnectionState().NegotiatedProtocol, name)
		line, side := "GET / HTTP/1.1\n", "http"
		if test.agree == "h2" {
			line, side = "PRI * HTTP/2.0\n", "grpc"
		}
		_, err := io.WriteString(conn, line)
		require.NoError(t, err)
		require.Equal(t, side+" "+line, <-got, name)
	}
}

// selfSigned returns a certificate of localhost, and who trusts it.
func selfSigned(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	data, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(data)
	require.NoError(t, err)
	trust := x509.NewCertPool()
	trust.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{data}, PrivateKey: key, Leaf: parsed}, trust
}
