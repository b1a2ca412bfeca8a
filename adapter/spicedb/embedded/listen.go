package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// listen opens the port that config asks for; nil if it asks for none.
func listen(ctx context.Context, config Config) (net.Listener, error) {
	if config.Listen == "" {
		return nil, nil
	}
	if config.PresharedKey == "" {
		return nil, errors.New("listen for SpiceDB clients: a pre-shared key is required")
	}
	address, err := net.ResolveTCPAddr("tcp", config.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for SpiceDB clients: %w", err)
	}
	if !address.IP.IsLoopback() && !config.AllowRemote {
		return nil, fmt.Errorf("listen for SpiceDB clients: %s is not a loopback address, and remote clients are not allowed", config.Listen)
	}
	// The resolved address: the name could mean another one a moment later.
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address.String())
	if err != nil {
		return nil, fmt.Errorf("listen for SpiceDB clients: %w", err)
	}
	return listener, nil
}

func closeListener(listener net.Listener) error {
	if listener == nil {
		return nil
	}
	return listener.Close()
}
