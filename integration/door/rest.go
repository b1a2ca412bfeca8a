package door

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
)

// REST returns a client whose calls go over HTTP to the server at base. Its
// Close must not be called: there is no connection of gRPC.
func REST(base, token string, web *http.Client) *client.Client {
	conn := restConn{base: base, token: token, web: web}
	return &client.Client{
		Access:          ambitv1.NewAccessServiceClient(conn),
		Scopes:          ambitv1.NewScopeServiceClient(conn),
		Users:           ambitv1.NewUserServiceClient(conn),
		ServiceAccounts: ambitv1.NewServiceAccountServiceClient(conn),
		Groups:          ambitv1.NewGroupServiceClient(conn),
		Roles:           ambitv1.NewRoleServiceClient(conn),
		Policies:        ambitv1.NewPolicyServiceClient(conn),
		Resources:       ambitv1.NewResourceServiceClient(conn),
		World:           ambitv1.NewWorldServiceClient(conn),
	}
}

// restConn sends a call of gRPC as the request that its annotation describes.
type restConn struct {
	base, token string
	web         *http.Client
}

// NewStream is for no method that scenarios call.
func (restConn) NewStream(_ context.Context, _ *grpc.StreamDesc, method string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, fmt.Errorf("%s is a stream", method)
}

// Invoke makes one request.
func (c restConn) Invoke(ctx context.Context, method string, args, reply any, _ ...grpc.CallOption) error {
	in, ok := args.(proto.Message)
	out, also := reply.(proto.Message)
	if !ok || !also {
		return fmt.Errorf("%s: %T and %T are no messages", method, args, reply)
	}
	rule, err := ruleOf(method)
	if err != nil {
		return err
	}
	request, err := c.request(ctx, rule, in)
	if err != nil {
		return err
	}
	response, err := c.web.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode != http.StatusOK:
		return restError(response.Status, text)
	}
	if name := rule.GetResponseBody(); name != "" {
		text = fmt.Appendf(nil, "{%q: %s}", name, text)
	}
	return protojson.Unmarshal(text, out)
}

// request moves the fields of a message to where the rule wants them: path,
// body and query.
func (c restConn) request(ctx context.Context, rule *annotations.HttpRule, in proto.Message) (*http.Request, error) {
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(in)
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	verb, template := verbAndPath(rule)
	path := fillPath(template, fields)
	var body any
	switch name := rule.GetBody(); name {
	case "":
	case "*":
		body, fields = fields, nil
	default:
		body = fields[name]
		delete(fields, name)
	}
	query := url.Values{}
	for name, value := range fields {
		query.Set(name, fmt.Sprint(value))
	}
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return nil, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, verb, c.base+path+"?"+query.Encode(), &content)
	if err == nil {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return request, err
}

var variable = regexp.MustCompile(`\{[a-z_.]+\}`)

// fillPath puts ids into "/v1/scopes/{scope.id}:move", and takes them out of the
// fields.
func fillPath(template string, fields map[string]any) string {
	return variable.ReplaceAllStringFunc(template, func(place string) string {
		holder, name := fields, strings.Trim(place, "{}")
		if noun, field, nested := strings.Cut(name, "."); nested {
			holder, _ = fields[noun].(map[string]any)
			name = field
		}
		id := fmt.Sprint(holder[name])
		delete(holder, name)
		return url.PathEscape(id)
	})
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

// ruleOf returns the annotation of "/ambit.v1.AccessService/Check".
func ruleOf(method string) (*annotations.HttpRule, error) {
	name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", "."))
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return nil, err
	}
	rule, ok := proto.GetExtension(found.Options(), annotations.E_Http).(*annotations.HttpRule)
	if !ok || rule == nil {
		return nil, fmt.Errorf("%s has no route", method)
	}
	return rule, nil
}

// restError reads the error in an answer.
func restError(status string, text []byte) error {
	var answer struct{ Error *iam.Error }
	if err := json.Unmarshal(text, &answer); err != nil || answer.Error == nil {
		return fmt.Errorf("%s: %s", status, text)
	}
	return answer.Error
}
