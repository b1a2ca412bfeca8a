package remote

import (
	"net"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// listScheme is the name of the resolver that knows a list of addresses.
const listScheme = "ambit-list"

// target is a parsed Config.Endpoint.
type target struct {
	// name is what gRPC resolves.
	name string
	// addresses are host:port, as far as they can be told from the endpoint.
	addresses []string
	// option is nil unless gRPC has to be told how to resolve name.
	option grpc.DialOption
}

// parseEndpoint reads Config.Endpoint.
func parseEndpoint(endpoint string) (target, error) {
	if strings.Contains(endpoint, "://") {
		return parseName(endpoint)
	}
	addresses := strings.Split(endpoint, ",")
	for i := range addresses {
		addresses[i] = strings.TrimSpace(addresses[i])
		if fault := badAddress(addresses[i]); fault != "" {
			return target{}, badEndpoint(endpoint, fault)
		}
	}
	if len(addresses) == 1 {
		return target{name: "dns:///" + addresses[0], addresses: addresses}, nil
	}
	return target{name: listScheme + ":///spicedb", addresses: addresses, option: grpc.WithResolvers(list(addresses))}, nil
}

// parseName reads an endpoint that one of gRPC's resolvers knows.
func parseName(endpoint string) (target, error) {
	scheme, rest, _ := strings.Cut(endpoint, "://")
	if resolver.Get(scheme) == nil {
		return target{}, badEndpoint(endpoint, "begins with a scheme that is not known; dns:/// is")
	}
	_, name, _ := strings.Cut(rest, "/")
	switch fault := badAddress(name); {
	case name == "":
		return target{}, badEndpoint(endpoint, "has nothing behind its scheme, as in dns:///host:port")
	case scheme != "dns":
		return target{name: endpoint}, nil
	case fault != "":
		return target{}, badEndpoint(endpoint, fault)
	}
	return target{name: endpoint, addresses: []string{name}}, nil
}

// list returns a resolver that knows these addresses. Each bears the name that
// its certificate has to have.
func list(addresses []string) resolver.Builder {
	known := make([]resolver.Endpoint, len(addresses))
	for i, address := range addresses {
		known[i] = resolver.Endpoint{Addresses: []resolver.Address{{Addr: address, ServerName: address}}}
	}
	builder := manual.NewBuilderWithScheme(listScheme)
	builder.InitialState(resolver.State{Endpoints: known})
	return builder
}

// badAddress says what is wrong with an address, or "".
func badAddress(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || strings.ContainsAny(host, " ,/@") {
		return "is not host:port, nor several of them with commas between, nor dns:///host:port"
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return "has a port that is no number from 1 to 65535"
	}
	return ""
}

func badEndpoint(endpoint, message string) error {
	return iam.Invalid("SPICEDB_CONFIG", "SpiceDB endpoint", endpoint, message)
}
