package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
)

func TestCheckBodyValues(t *testing.T) {
	t.Parallel()
	search := (&ambitv1.ResourcesRequest{}).ProtoReflect().Descriptor()
	for size, want := range map[string]string{
		"1": "", "1.0": "", "1e2": "", "-1": "",
		"1.5": "FIELD_KIND page_size", "1e10": "FIELD_KIND page_size", "1e400": "FIELD_KIND page_size", `"1"`: "FIELD_KIND page_size",
	} {
		require.Equal(t, want, faultOf(checkBody([]byte(`{"page_size":`+size+`}`), search, nil)), size)
	}
	require.Equal(t, "FIELD_REPEATED pageSize", faultOf(checkBody([]byte(`{"page_size":1,"pageSize":1}`), search, nil)))

	scope := (&ambitv1.Scope{}).ProtoReflect().Descriptor()
	for time, want := range map[string]string{
		"2020-01-01T00:00:00Z": "", "2020-01-01T00:00:00.123456789+01:00": "",
		"yesterday": "FIELD_KIND create_time", "2020-01-01": "FIELD_KIND create_time",
		"0000-01-01T00:00:00Z": "FIELD_KIND create_time", "2020-01-01T00:00:00.1234567890Z": "FIELD_KIND create_time",
	} {
		require.Equal(t, want, faultOf(checkBody([]byte(`{"create_time":"`+time+`"}`), scope, nil)), time)
	}
	fixed := map[string]string{"id": "workspace:a"}
	require.Empty(t, faultOf(checkBody([]byte(`{"id":"workspace:a"}`), scope, fixed)))
	require.Equal(t, "ID_MISMATCH id", faultOf(checkBody([]byte(`{"id":"workspace:b"}`), scope, fixed)))
}

func TestCheckBodyIsBounded(t *testing.T) {
	t.Parallel()
	world := (&ambitv1.ApplyWorldRequest{}).ProtoReflect().Descriptor().Fields().ByName("world").Message()
	nested := func(depth int) string {
		return `{"x":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `}`
	}
	for body, want := range map[string]string{
		nested(maxDepth):              "",
		nested(maxDepth + 1):          "BODY_TOO_DEEP ",
		nested(100_000):               "BODY_TOO_DEEP ",
		`{"users":[{"a":"","a":""}]}`: "FIELD_REPEATED users[0].a",
		`{"x":{"y":1e400}}`:           "FIELD_KIND x.y",
		`{"x":{"y":1}}`:               "FIELD_KIND x.y",
		`{"":{"y":1}}`:                "FIELD_KIND .y",
		`{"x":[[],{"":[1]}]}`:         "FIELD_KIND x[1].[0]",
		`{"x":[` + strings.Repeat("[],", maxValues) + `[]]}`: "REQUEST_TOO_LARGE ",
	} {
		require.Equal(t, want, faultOf(checkBody([]byte(body), world, nil)), body[:min(len(body), 40)])
	}
}

func TestCheckQuery(t *testing.T) {
	t.Parallel()
	known, err := routesOf("ambit.v1")
	require.NoError(t, err)
	users, creates := known["GET /v1/users"], known["POST /v1/users"]
	for query, want := range map[string]string{
		"page_size=3&email=a": "",
		"page_size=abc":       "FIELD_KIND page_size",
		"page_size=1e10":      "FIELD_KIND page_size",
		"page_size=1.5":       "FIELD_KIND page_size",
		"email=a&email=b":     "PARAMETER_REPEATED email",
		"email=%ff":           "NOT_UTF8 email",
		"email=%zz":           "QUERY_MALFORMED ",
		"email=a;b":           "QUERY_MALFORMED ",
		"%ff=a":               "PARAMETER_UNKNOWN ",
		"limit=3":             "PARAMETER_UNKNOWN limit",
	} {
		require.Equal(t, want, faultOf(users.checkQuery(query)), query)
	}
	require.Equal(t, "PARAMETER_REPEATED request_id", faultOf(creates.checkQuery("request_id=a&request_id=b")))
}

func TestWorldHoldsTexts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"users":[{"id":"9007199254740993","name":null}],"scopes":[{"isolated":true}]}`: "",
		`{"users":[{"id":9007199254740993}]}`:                                            "FIELD_KIND users[0].id",
		`{"users":[{"id":"a","name":true}]}`:                                             "FIELD_KIND users[0].name",
		`{"groups":[{"members":["user:a",1]}]}`:                                          "FIELD_KIND groups[0].members[1]",
	} {
		world := &structpb.Struct{}
		require.NoError(t, world.UnmarshalJSON([]byte(text)))
		require.Equal(t, want, faultOf(onlyTexts("", structpb.NewStructValue(world))), text)
	}
}
