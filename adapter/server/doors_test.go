package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/ambit-iam/ambit/adapter/api"
)

// TestEveryRouteThroughBothDoors sends the same requests over gRPC and REST,
// each to a server of its own, and wants the same answers.
func TestEveryRouteThroughBothDoors(t *testing.T) {
	t.Parallel()
	sent := map[string]bool{}
	for model, steps := range routeSteps() {
		config, other := testConfig(t), testConfig(t)
		config.Model, other.Model = model, model
		rest := restDoor{server: started(t, config), client: browser(t, &http.Transport{})}
		direct := grpcDoor{conn: connect(t, started(t, other))}
		for i, step := range steps {
			name := fmt.Sprintf("%s %d %s %s", model, i, step.method, step.request)
			method := methodOf(t, step.method)
			sent[step.method] = true
			fromREST, fromGRPC := rest.call(t, method, step.request), direct.call(t, method, step.request)
			require.Equal(t, fromGRPC, fromREST, name)
			var want any
			require.NoError(t, json.Unmarshal([]byte(step.want), &want), name)
			requirePart(t, want, fromREST, name)
		}
	}
	for _, method := range allMethods() {
		require.True(t, sent[method], "no step calls %s", method)
	}
}

// requirePart wants all that want holds to be in got.
func requirePart(t testing.TB, want, got any, path string) {
	t.Helper()
	switch w := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		require.True(t, ok, "%s: %v", path, got)
		for key, value := range w {
			requirePart(t, value, object[key], path+"."+key)
		}
	case []any:
		list, ok := got.([]any)
		require.True(t, ok && len(list) == len(w), "%s: %v", path, got)
		for i, value := range w {
			requirePart(t, value, list[i], fmt.Sprintf("%s[%d]", path, i))
		}
	default:
		require.Equal(t, want, got, path)
	}
}

// plain drops what differs between two servers, and the random blanks of
// protojson.
func plain(t testing.TB, text string) any {
	t.Helper()
	volatile := regexp.MustCompile(`"(token|create_time|update_time|time|next_page_token)": ?"[^"]+"`)
	var value any
	require.NoError(t, json.Unmarshal([]byte(volatile.ReplaceAllString(text, `"$1":"*"`)), &value), text)
	return value
}

type grpcDoor struct{ conn *grpc.ClientConn }

func connect(t testing.TB, server *Server) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+server.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

func (d grpcDoor) call(t testing.TB, method protoreflect.MethodDescriptor, request string) any {
	t.Helper()
	in, out := messageOf(t, method.Input()), messageOf(t, method.Output())
	require.NoError(t, protojson.Unmarshal([]byte(request), in), request)
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", bearer)
	if err := d.conn.Invoke(ctx, "/"+string(method.Parent().FullName())+"/"+string(method.Name()), in, out); err != nil {
		recorder := httptest.NewRecorder()
		api.WriteError(recorder, status.Convert(err).Err())
		return plain(t, recorder.Body.String())
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}.Marshal(out)
	require.NoError(t, err)
	answer := plain(t, string(text))
	if name := httpRule(method).GetResponseBody(); name != "" {
		return answer.(map[string]any)[name]
	}
	return answer
}

type restDoor struct {
	server *Server
	client *http.Client
}

// call sends a gRPC request as the REST request that its annotation describes.
func (d restDoor) call(t testing.TB, method protoreflect.MethodDescriptor, request string) any {
	t.Helper()
	rule := httpRule(method)
	var fields map[string]any
	require.NoError(t, json.Unmarshal([]byte(request), &fields))
	verb, path := http.MethodGet, rule.GetGet()
	for name, found := range map[string]string{http.MethodPost: rule.GetPost(), http.MethodPatch: rule.GetPatch(), http.MethodDelete: rule.GetDelete()} {
		if found != "" {
			verb, path = name, found
		}
	}
	path = regexp.MustCompile(`\{(\w+\.)?id\}`).ReplaceAllStringFunc(path, func(place string) string {
		holder := fields
		if noun, _, nested := strings.Cut(strings.Trim(place, "{}"), "."); nested {
			holder = fields[noun].(map[string]any)
		}
		id := holder["id"].(string)
		delete(holder, "id")
		return url.PathEscape(id)
	})
	body := ""
	switch rule.GetBody() {
	case "":
	case "*":
		body, fields = text(t, fields), nil
	default:
		body = text(t, fields[rule.GetBody()])
		delete(fields, rule.GetBody())
	}
	query := url.Values{}
	for name, value := range fields {
		query.Set(name, fmt.Sprint(value))
	}
	_, answer := send(t, d.client, verb, d.server.URL()+path+"?"+query.Encode(), body, "Authorization", bearer)
	return plain(t, answer)
}

func text(t testing.TB, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	return string(data)
}

func httpRule(method protoreflect.MethodDescriptor) *annotations.HttpRule {
	rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
	return rule
}

func messageOf(t testing.TB, descriptor protoreflect.MessageDescriptor) proto.Message {
	t.Helper()
	kind, err := protoregistry.GlobalTypes.FindMessageByName(descriptor.FullName())
	require.NoError(t, err)
	return kind.New().Interface()
}

// methodOf finds "ScopeService.CreateScope".
func methodOf(t testing.TB, name string) protoreflect.MethodDescriptor {
	t.Helper()
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName("ambit.v1." + name))
	require.NoError(t, err)
	return found.(protoreflect.MethodDescriptor)
}

func allMethods() []string {
	var names []string
	protoregistry.GlobalFiles.RangeFilesByPackage("ambit.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				names = append(names, strings.TrimPrefix(string(methods.Get(j).FullName()), "ambit.v1."))
			}
		}
		return true
	})
	return names
}
