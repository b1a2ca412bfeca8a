package api

import (
	"time"

	"google.golang.org/grpc"

	"github.com/ambit-iam/ambit/adapter"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
)

// core is what the handlers of all nouns share.
type core struct {
	adapter *adapter.Adapter
	replays *replays
}

// Register adds all services to a gRPC server. Handlers return errors of the
// domain; the server must have UnaryErrors among its interceptors, and Codec.
func Register(server grpc.ServiceRegistrar, adapter *adapter.Adapter) {
	server = decoding{ServiceRegistrar: server}
	shared := core{adapter: adapter, replays: newReplays(time.Now)}
	ambitv1.RegisterAccessServiceServer(server, accessHandler{core: shared})
	ambitv1.RegisterScopeServiceServer(server, scopeHandler{core: shared})
	ambitv1.RegisterUserServiceServer(server, userHandler{core: shared})
	ambitv1.RegisterServiceAccountServiceServer(server, serviceAccountHandler{core: shared})
	ambitv1.RegisterGroupServiceServer(server, groupHandler{core: shared})
	ambitv1.RegisterRoleServiceServer(server, roleHandler{core: shared})
	ambitv1.RegisterPolicyServiceServer(server, policyHandler{core: shared})
	ambitv1.RegisterResourceServiceServer(server, resourceHandler{core: shared})
	ambitv1.RegisterWorldServiceServer(server, worldHandler{core: shared})
	ambitv1.RegisterModelServiceServer(server, modelHandler{core: shared})
	ambitv1.RegisterAuditServiceServer(server, auditHandler{core: shared})
}
