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
func Gateway(ctx context.Context, conn *grpc.ClientConn, limits Limits) (http.Handler, error) {
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
	for _, register := range gatewayHandlers() {
		if err := register(ctx, mux, conn); err != nil {
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

func gatewayHandlers() []func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error {
	return []func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error{
		ambitv1.RegisterAccessServiceHandler,
		ambitv1.RegisterScopeServiceHandler,
		ambitv1.RegisterUserServiceHandler,
		ambitv1.RegisterServiceAccountServiceHandler,
		ambitv1.RegisterGroupServiceHandler,
		ambitv1.RegisterRoleServiceHandler,
		ambitv1.RegisterPolicyServiceHandler,
		ambitv1.RegisterResourceServiceHandler,
		ambitv1.RegisterWorldServiceHandler,
		ambitv1.RegisterModelServiceHandler,
		ambitv1.RegisterAuditServiceHandler,
	}
}

func serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	// The client may be gone; there is nobody to tell.
	_, _ = w.Write(openAPI)
}
