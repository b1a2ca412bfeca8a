package embedded_test

import (
	"testing"

	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

func TestListenRefused(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]embedded.Config{
		"no key":       {Listen: "127.0.0.1:0"},
		"all networks": {Listen: ":0", PresharedKey: key},
		"any IPv4":     {Listen: "0.0.0.0:0", PresharedKey: key},
		"no port":      {Listen: "127.0.0.1", PresharedKey: key},
	} {
		if server, err := embedded.Start(t.Context(), config); err == nil {
			stop(t, server)
			t.Errorf("%s: Start succeeded", name)
		}
	}
}

func TestListenRemote(t *testing.T) {
	t.Parallel()
	server := start(t, embedded.Config{Listen: ":0", PresharedKey: key, AllowRemote: true})
	if server.Addr() == nil {
		t.Error("no address")
	}
	if quiet := start(t, embedded.Config{}); quiet.Addr() != nil {
		t.Errorf("a server without a door has the address %v", quiet.Addr())
	}
}
