package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/api"
	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestRESTRefuses(t *testing.T) {
	t.Parallel()
	config := testConfig(t)
	config.Limits = api.Limits{Request: 1000, World: 3000}
	server := started(t, config)
	web := browser(t, &http.Transport{})
	for name, test := range map[string]struct {
		method, path, body, token string
		status                    int
		want                      string
	}{
		"no token":            {"GET", "/v1/users", "", "", 401, `"TOKEN_MISSING"`},
		"wrong token":         {"GET", "/v1/users", "", "Bearer wrong", 401, `"TOKEN_UNKNOWN"`},
		"no token on a write": {"POST", "/v1/users", `{"id":"a"}`, "", 401, `"TOKEN_MISSING"`},
		"unknown field":       {"POST", "/v1/users", `{"id":"a","nme":"A"}`, bearer, 400, `"FIELD_UNKNOWN","field":"nme"`},
		"unknown parameter":   {"GET", "/v1/users?limit=3", "", bearer, 400, `"PARAMETER_UNKNOWN","field":"limit"`},
		"parameter of a body": {"POST", "/v1/check?full=true", `{}`, bearer, 400, `"PARAMETER_UNKNOWN","field":"full"`},
		"bad parameter":       {"GET", "/v1/users?page_size=x", "", bearer, 400, `"FIELD_KIND","field":"page_size","value":"x"`},
		"twice":               {"POST", "/v1/users?request_id=a&request_id=b", `{"id":"a"}`, bearer, 400, `"PARAMETER_REPEATED","field":"request_id"`},
		"path not UTF-8":      {"GET", "/v1/users/%ff", "", bearer, 400, `"NOT_UTF8","field":"id"`},
		"path is no id":       {"GET", "/v1/users/-a", "", bearer, 400, `"ID_MALFORMED","field":"id","value":"-a"`},
		"delete of no id":     {"DELETE", "/v1/users/%20", "", bearer, 400, `"ID_MALFORMED"`},
		"deep":                {"POST", "/v1/world:apply", `{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, bearer, 400, `"BODY_TOO_DEEP"`},
		"another id":          {"PATCH", "/v1/users/a", `{"id":"b"}`, bearer, 400, `"ID_MISMATCH","field":"id","value":"b"`},
		"another group":       {"POST", "/v1/groups/a:addMembers", `{"id":"b"}`, bearer, 400, `"ID_MISMATCH","field":"id","value":"b"`},
		"a number as id":      {"POST", "/v1/world:apply", `{"users":[{"id":9007199254740993}]}`, bearer, 400, `"FIELD_KIND","field":"users[0].id","value":"9007199254740993"`},
		"no body":             {"POST", "/v1/users", "", bearer, 400, `"REQUIRED","field":"user"`},
		"no patch":            {"PATCH", "/v1/users/a", "", bearer, 400, `"REQUIRED","field":"user"`},
		"no world":            {"POST", "/v1/world:apply", "", bearer, 400, `"REQUIRED","field":"world"`},
		"not JSON":            {"POST", "/v1/users", "id: a", bearer, 400, `"BODY_MALFORMED"`},
		"too large":           {"POST", "/v1/users", `{"name":"` + strings.Repeat("x", 1000) + `"}`, bearer, 413, `"REQUEST_TOO_LARGE"`},
		"too large a patch":   {"PATCH", "/v1/users/a", `{"name":"` + strings.Repeat("x", 1000) + `"}`, bearer, 413, `"REQUEST_TOO_LARGE"`},
		"a larger world":      {"POST", "/v1/world:apply", `{"users":[{"id":"a"}]` + strings.Repeat(" ", 2000) + `}`, bearer, 200, `"applied":true`},
		"too large a world":   {"POST", "/v1/world:apply", `{` + strings.Repeat(" ", 3000) + `}`, bearer, 413, `"REQUEST_TOO_LARGE"`},
		"no route":            {"GET", "/v2/users", "", bearer, 404, `"ROUTE_UNKNOWN"`},
		"unclean path":        {"GET", "/v1//users", "", bearer, 404, `"ROUTE_UNKNOWN"`},
		"post to a page":      {"POST", "/healthz", "", "", 405, `"METHOD_NOT_ALLOWED"`},
		"post to the text":    {"POST", "/openapi.json", "", "", 405, `"METHOD_NOT_ALLOWED"`},
		"no method for one":   {"POST", "/v1/users/a", "", bearer, 405, `"METHOD_NOT_ALLOWED"`},
		"head":                {"HEAD", "/v1/users", "", bearer, 200, ""},
		"head of nothing":     {"HEAD", "/v1/users/nobody", "", bearer, 404, ""},
		"no method":           {"PUT", "/v1/users", "", bearer, 405, `"METHOD_NOT_ALLOWED"`},
		"absent":              {"GET", "/v1/users/nobody", "", bearer, 404, `"NOT_FOUND"`},
	} {
		code, body := send(t, web, test.method, server.URL()+test.path, test.body, "Authorization", test.token)
		require.Equal(t, test.status, code, "%s: %s", name, body)
		require.Contains(t, body, test.want, name)
	}
}

func TestGRPCRefuses(t *testing.T) {
	t.Parallel()
	config := testConfig(t)
	config.Limits = api.Limits{Request: 1000, World: 3000}
	server := started(t, config)
	c := dialed(t, server)
	large := strings.Repeat("x", 1000)
	_, err := c.Users.CreateUser(t.Context(), &ambitv1.CreateUserRequest{User: &ambitv1.User{Name: large}})
	require.Equal(t, iam.ResourceExhausted, iam.CodeOf(err))
	require.Equal(t, "REQUEST_TOO_LARGE", iam.ReasonOf(err))
	_, err = c.Users.CreateUser(t.Context(), &ambitv1.CreateUserRequest{User: &ambitv1.User{Name: large + large + large}})
	require.Equal(t, iam.ResourceExhausted, iam.CodeOf(err), "refused by gRPC itself")
	_, err = c.Users.CreateUser(t.Context(), &ambitv1.CreateUserRequest{})
	require.Equal(t, "REQUIRED", iam.ReasonOf(err))
	stranger, err := client.Dial(server.URL(), "not-the-token-at-all")
	require.NoError(t, err)
	_, err = stranger.Users.ListUsers(t.Context(), &ambitv1.ListUsersRequest{})
	require.Equal(t, iam.Unauthenticated, iam.CodeOf(err))
	require.Equal(t, "TOKEN_UNKNOWN", iam.ReasonOf(err))
	require.NoError(t, stranger.Close())
}

// TestStrangersAreNotRead sends no byte of a body that was announced: whoever
// waits for it would wait long.
func TestStrangersAreNotRead(t *testing.T) {
	t.Parallel()
	server := started(t, testConfig(t))
	never, end := io.Pipe()
	t.Cleanup(func() { _ = end.Close() })
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL()+"/v1/world:apply", never)
	require.NoError(t, err)
	request.ContentLength = 16 << 20
	response, err := browser(t, &http.Transport{}).Do(request)
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, response.StatusCode)
	require.NoError(t, response.Body.Close())

	stream, err := connect(t, server).NewStream(t.Context(), &grpc.StreamDesc{ClientStreams: true}, ambitv1.WorldService_ApplyWorld_FullMethodName)
	require.NoError(t, err)
	answer := status.Convert(stream.RecvMsg(&ambitv1.Receipt{}))
	require.Equal(t, codes.Unauthenticated, answer.Code())
	require.NotEmpty(t, answer.Details(), "with our ErrorInfo")

	_, metrics := send(t, browser(t, &http.Transport{}), "GET", server.URL()+"/metrics", "")
	require.Contains(t, metrics, `ambit_http_requests_total{route="none",status="401"} 1`)
	require.Contains(t, metrics, `ambit_request_duration_seconds_count{code="UNAUTHENTICATED",method="refused"} 1`)
}

// TestGRPCAnswersInOurWords breaks requests in ways that gRPC itself notices.
func TestGRPCAnswersInOurWords(t *testing.T) {
	t.Parallel()
	conn := connect(t, started(t, testConfig(t)))
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", bearer)
	for method, want := range map[string]string{
		ambitv1.UserService_GetUser_FullMethodName: "MESSAGE_MALFORMED",
		"/ambit.v1.UserService/Nothing":            "METHOD_UNKNOWN",
	} {
		// Field 1 of a GetUserRequest is a text; this is a group that does not end.
		err := conn.Invoke(ctx, method, &ambitv1.User{Id: "a"}, &ambitv1.User{}, grpc.ForceCodec(broken{}))
		recorder := httptest.NewRecorder()
		api.WriteError(recorder, status.Convert(err).Err())
		require.Contains(t, recorder.Body.String(), want, "%s: %v", method, err)
		require.NotContains(t, err.Error(), "proto", method)
	}
}

// broken writes messages that nobody can read.
type broken struct{}

func (broken) Marshal(any) ([]byte, error) { return []byte{0x0b}, nil }
func (broken) Unmarshal([]byte, any) error { return nil }
func (broken) Name() string                { return "proto" }

func TestPanicIsAnInternalError(t *testing.T) {
	t.Parallel()
	_, err := recoverUnary(t.Context(), nil, nil, func(context.Context, any) (any, error) { panic("a secret") })
	require.Equal(t, iam.Internal, iam.CodeOf(err))
	require.NotContains(t, err.Error(), "a secret")
	require.ErrorContains(t, errors.Unwrap(err), "a secret", "the log gets it")
}
