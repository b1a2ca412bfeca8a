package api

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
)

//go:embed openapi.json
var openAPI []byte

// OpenAPI returns the OpenAPI 3.1 document of the REST API.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }

// Gateway returns the REST API: it calls the gRPC API over conn and hands out
// its own description at /openapi.json. Of the headers of a request only
// Authorization goes on. ctx ends what the gateway started.
func Gateway(ctx context.Context, conn grpc.ClientConnInterface, limits Limits) (http.Handler, error) {
	known, err := routesOf(ambitv1.File_ambit_v1_access_proto.Package())
	if err != nil {
		return nil, err
	}
	marshaler := lines{&runtime.JSONPb{MarshalOptions: protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}}}
	none := func(string) (string, bool) { return "", false }
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, marshaler),
		runtime.WithErrorHandler(handleError),
		runtime.WithStreamErrorHandler(handleStreamError),
		runtime.WithRoutingErrorHandler(handleRoutingError),
		runtime.WithIncomingHeaderMatcher(none),
		runtime.WithOutgoingHeaderMatcher(none),
		runtime.WithOutgoingTrailerMatcher(none),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithMiddlewares(known.guard(limits)),
	)
	for _, register := range gatewayHandlers(conn) {
		if err := register(ctx, mux); err != nil {
			return nil, fmt.Errorf("register REST routes: %w", err)
		}
	}
	return front(mux), nil
}

// front serves the description, and HEAD wherever there is GET: net/http drops
// the body of such an answer. It is no http.ServeMux, which would redirect
// paths that it finds unclean.
func front(rest http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodHead {
			get := *req
			get.Method = http.MethodGet
			req = &get
		}
		switch {
		case req.URL.Path != "/openapi.json":
			rest.ServeHTTP(w, req)
		case req.Method == http.MethodGet:
			serveOpenAPI(w, req)
		default:
			MethodNotAllowed(w, req, "GET, HEAD")
		}
	})
}

// registration adds the routes of a service to a mux.
type registration func(context.Context, *runtime.ServeMux) error

func gatewayHandlers(conn grpc.ClientConnInterface) []registration {
	return []registration{
		routesTo(ambitv1.NewAccessServiceClient(conn), ambitv1.RegisterAccessServiceHandlerClient),
		routesTo(ambitv1.NewScopeServiceClient(conn), ambitv1.RegisterScopeServiceHandlerClient),
		routesTo(ambitv1.NewUserServiceClient(conn), ambitv1.RegisterUserServiceHandlerClient),
		routesTo(ambitv1.NewServiceAccountServiceClient(conn), ambitv1.RegisterServiceAccountServiceHandlerClient),
		routesTo(ambitv1.NewGroupServiceClient(conn), ambitv1.RegisterGroupServiceHandlerClient),
		routesTo(ambitv1.NewRoleServiceClient(conn), ambitv1.RegisterRoleServiceHandlerClient),
		routesTo(ambitv1.NewPolicyServiceClient(conn), ambitv1.RegisterPolicyServiceHandlerClient),
		routesTo(ambitv1.NewResourceServiceClient(conn), ambitv1.RegisterResourceServiceHandlerClient),
		routesTo(ambitv1.NewWorldServiceClient(conn), ambitv1.RegisterWorldServiceHandlerClient),
		routesTo(ambitv1.NewModelServiceClient(conn), ambitv1.RegisterModelServiceHandlerClient),
		routesTo(ambitv1.NewAuditServiceClient(conn), ambitv1.RegisterAuditServiceHandlerClient),
	}
}

func routesTo[Client any](client Client, register func(context.Context, *runtime.ServeMux, Client) error) registration {
	return func(ctx context.Context, mux *runtime.ServeMux) error { return register(ctx, mux, client) }
}

func serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	// The client may be gone; there is nobody to tell.
	_, _ = w.Write(openAPI)
}
