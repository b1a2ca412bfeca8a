package server

import (
	"context"
	"fmt"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/peer"
)

// gatewayNetwork is the name of the network between the REST gateway and the
// gRPC server, which are in one process.
const gatewayNetwork = "bufconn"

// gatewayAddr is where calls of the gateway come from.
type gatewayAddr struct{}

// Network returns gatewayNetwork.
func (gatewayAddr) Network() string { return gatewayNetwork }

// String returns the same, as there is one place only.
func (gatewayAddr) String() string { return gatewayNetwork }

// fromGateway joins interceptors for calls that come from the gateway.
func fromGateway(all []grpc.UnaryServerInterceptor) grpc.UnaryServerInterceptor {
	from := &peer.Peer{Addr: gatewayAddr{}}
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		for i := len(all) - 1; i >= 0; i-- {
			handle = around(all[i], info, handle)
		}
		return handle(peer.NewContext(ctx, from), req)
	}
}

func around(intercept grpc.UnaryServerInterceptor, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) grpc.UnaryHandler {
	return func(ctx context.Context, req any) (any, error) { return intercept(ctx, req, info, next) }
}

// registrars take every service, each of them.
type registrars []grpc.ServiceRegistrar

// RegisterService hands a service on.
func (r registrars) RegisterService(service *grpc.ServiceDesc, handler any) {
	for _, one := range r {
		one.RegisterService(service, handler)
	}
}

// dialSelf connects the gateway with the gRPC server, through memory: for streams.
func (s *Server) dialSelf() (err error) {
	s.gateway, err = grpc.NewClient("passthrough:///ambit",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return s.loopback.DialContext(ctx) }),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(1<<30)),
	)
	if err != nil {
		return fmt.Errorf("connect the REST gateway: %w", err)
	}
	s.parts.add(s.loopback.Close)
	return nil
}
