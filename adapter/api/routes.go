package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// route is one REST method on one path: what it may carry.
type route struct {
	// method is the full name of the gRPC method, "/ambit.v1.AccessService/Check".
	method string
	// body is what the JSON in the body describes; nil if there is none.
	body protoreflect.MessageDescriptor
	// object is the field that is the body; empty if the whole request is.
	object string
	// query are the fields that the query may hold, by name.
	query map[string]protoreflect.FieldDescriptor
}

// routes are found by HTTP method and path template: "GET /v1/scopes/{id}".
type routes map[string]route

// routesOf reads the HTTP annotations of all services of a proto package. The
// gateway ignores query parameters that it does not know, and calls what it
// cannot read "malformed"; with this table guard can do better.
func routesOf(name protoreflect.FullName) (routes, error) {
	found := routes{}
	var err error
	protoregistry.GlobalFiles.RangeFilesByPackage(name, func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				err = errors.Join(err, found.add(methods.Get(j)))
			}
		}
		return true
	})
	return found, err
}

func (r routes) add(method protoreflect.MethodDescriptor) error {
	rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
	verb, path := verbAndPath(rule)
	if path == "" {
		return fmt.Errorf("%s has no REST route", method.FullName())
	}
	added := route{
		method: fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name()),
		query:  map[string]protoreflect.FieldDescriptor{},
	}
	fields := method.Input().Fields()
	switch rule.GetBody() {
	case "":
	case "*":
		added.body = method.Input()
	default:
		added.object = rule.GetBody()
		added.body = fields.ByName(protoreflect.Name(added.object)).Message()
	}
	for i := range fields.Len() {
		field := fields.Get(i)
		inPath := strings.Contains(path, "{"+string(field.Name())+"}")
		if rule.GetBody() != "*" && rule.GetBody() != string(field.Name()) && !inPath {
			added.query[string(field.Name())] = field
		}
	}
	r[verb+" "+path] = added
	return nil
}

func verbAndPath(rule *annotations.HttpRule) (verb, path string) {
	switch {
	case rule.GetGet() != "":
		return http.MethodGet, rule.GetGet()
	case rule.GetPost() != "":
		return http.MethodPost, rule.GetPost()
	case rule.GetPatch() != "":
		return http.MethodPatch, rule.GetPatch()
	}
	return http.MethodDelete, rule.GetDelete()
}

// guard is the middleware that reads a request before the gateway does, and
// refuses what is too large or names something unknown.
func (r routes) guard(limits Limits) runtime.Middleware {
	return func(next runtime.HandlerFunc) runtime.HandlerFunc {
		return func(w http.ResponseWriter, req *http.Request, params map[string]string) {
			if err := r.inspect(w, req, params, limits); err != nil {
				WriteError(w, err)
				return
			}
			next(w, req, params)
		}
	}
}

// Routed is a ResponseWriter that wants to hear which route takes its request:
// "GET /v1/users/{id}". It hears nothing of requests that no route takes.
type Routed interface {
	Route(template string)
}

// inspect leaves the body of the request readable again.
func (r routes) inspect(w http.ResponseWriter, req *http.Request, params map[string]string, limits Limits) error {
	pattern, _ := runtime.HTTPPattern(req.Context())
	template := req.Method + " " + strings.ReplaceAll(pattern.String(), "=*}", "}")
	found, ok := r[template]
	if !ok {
		return iam.Failed("routing", fmt.Errorf("no table entry for %s", template))
	}
	if routed, ok := w.(Routed); ok {
		routed.Route(template)
	}
	fixed, err := checkPath(params)
	if err != nil {
		return err
	}
	if err := found.checkQuery(req.URL.RawQuery); err != nil {
		return err
	}
	limit := limits.of(found.method)
	data, err := io.ReadAll(http.MaxBytesReader(w, req.Body, int64(limit)))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return tooLarge(limit)
	}
	if err != nil {
		return iam.Invalid("BODY_UNREADABLE", "", "", "the body ended early").Because(err)
	}
	req.Body = io.NopCloser(bytes.NewReader(data))
	return found.checkBody(data, fixed)
}

// checkBody lets an empty body pass where it stands for an empty request, but
// not where it would stand for an empty object: the gateway cannot tell them.
func (r route) checkBody(data []byte, fixed map[string]string) error {
	switch {
	case r.body == nil:
		return nil
	case len(bytes.TrimSpace(data)) > 0:
		return checkBody(data, r.body, fixed)
	case r.object != "":
		return missing(r.object)
	}
	return nil
}
