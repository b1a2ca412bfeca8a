package remote

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestParseEndpoint(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]struct{ name, addresses string }{
		"spicedb:50051":                        {"dns:///spicedb:50051", "spicedb:50051"},
		"127.0.0.1:50051":                      {"dns:///127.0.0.1:50051", "127.0.0.1:50051"},
		"[::1]:50051":                          {"dns:///[::1]:50051", "[::1]:50051"},
		" spicedb:50051 ":                      {"dns:///spicedb:50051", "spicedb:50051"},
		"dns:///spicedb.internal:50051":        {"dns:///spicedb.internal:50051", "spicedb.internal:50051"},
		"dns://10.0.0.2/spicedb.internal:5051": {"dns://10.0.0.2/spicedb.internal:5051", "spicedb.internal:5051"},
		"unix:///run/spicedb.sock":             {"unix:///run/spicedb.sock", ""},
		"a:1,b:2, [::1]:3":                     {"ambit-list:///spicedb", "a:1 b:2 [::1]:3"},
	} {
		parsed, err := parseEndpoint(endpoint)
		require.NoError(t, err, endpoint)
		assert.Equal(t, want.name, parsed.name, endpoint)
		assert.Equal(t, want.addresses, strings.Join(parsed.addresses, " "), endpoint)
		assert.Equal(t, strings.HasPrefix(want.name, listScheme), parsed.option != nil, endpoint)
	}
}

func TestParseEndpointRefuses(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{
		"", ",", "spicedb", ":50051", "spicedb:", "spicedb:grpc", "spicedb:0", "spicedb:65536", "a:1,", "a:1,b", "a b:1",
		"user@spicedb:50051", "::1:50051", "dns:///", "dns:///spicedb", "dns://spicedb:50051", "dns:///a:1,b:2",
		"http://spicedb:50051", "grpc://spicedb:50051", "ambit-list:///spicedb", "spicedb:50051/path",
	} {
		_, err := parseEndpoint(endpoint)
		assert.Equal(t, iam.InvalidArgument, iam.CodeOf(err), endpoint)
		assert.Equal(t, "SPICEDB_CONFIG", iam.ReasonOf(err), endpoint)
	}
}
