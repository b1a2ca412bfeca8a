package api

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestCheckBody(t *testing.T) {
	t.Parallel()
	batch := (&ambitv1.CheckManyRequest{}).ProtoReflect().Descriptor()
	scope := (&ambitv1.Scope{}).ProtoReflect().Descriptor()
	world := (&ambitv1.ApplyWorldRequest{}).ProtoReflect().Descriptor()
	for body, want := range map[string]string{
		`{"items":[{"subject":"user:a"}],"full":true}`: "",
		`{"items":null}`:                  "",
		`{"items":[{"subjct":"user:a"}]}`: "FIELD_UNKNOWN items[0].subjct",
		`{"items":{}}`:                    "FIELD_KIND items",
		`{"items":["a"]}`:                 "FIELD_KIND items[0]",
		`{"items":[null]}`:                "FIELD_KIND items[0]",
		`{"full":"yes"}`:                  "FIELD_KIND full",
		`{"token":1}`:                     "FIELD_KIND token",
		`[]`:                              "FIELD_KIND ",
		`{"a":`:                           "BODY_MALFORMED ",
		`{} {}`:                           "BODY_MALFORMED ",
		`{"full":true,"full":true}`:       "FIELD_REPEATED full",
		"{\"token\":\"\xff\"}":            "BODY_MALFORMED ",
		`{"token":"\ud83d\ude00 \ufffd"}`: "",
		`{"token":"\ud800"}`:              "BODY_MALFORMED token",
		`{"token":"\ude00\ud83d"}`:        "BODY_MALFORMED token",
		`{"token":"\\ud800 \ufffd"}`:      "",
	} {
		require.Equal(t, want, faultOf(checkBody([]byte(body), batch, nil)), body)
	}
	require.Empty(t, faultOf(checkBody([]byte(`{"id":"a:b","create_time":"2020-01-01T00:00:00Z","updateTime":null}`), scope, nil)))
	require.Equal(t, "FIELD_KIND create_time", faultOf(checkBody([]byte(`{"create_time":1}`), scope, nil)))
	require.Empty(t, faultOf(checkBody([]byte(`{"world":{"anything":["1",{"x":null}]}}`), world, nil)))
}

func faultOf(err error) string {
	if err == nil {
		return ""
	}
	fault := err.(*iam.Error)
	return fault.Reason + " " + fault.Field
}

func TestChange(t *testing.T) {
	t.Parallel()
	current := &ambitv1.Scope{Id: "workspace:w", Parent: "environment:e", Name: "old", Etag: "1"}
	fetch := func() (*ambitv1.Scope, error) { return current, nil }
	for name, test := range map[string]struct {
		object *ambitv1.Scope
		paths  []string
		want   string
		err    string
	}{
		"set fields":           {object: &ambitv1.Scope{Id: "workspace:w", Name: "new", Etag: "1"}, want: "name"},
		"named fields":         {object: &ambitv1.Scope{Name: "new", Isolated: true}, paths: []string{"isolated"}, want: "isolated"},
		"named and empty":      {object: &ambitv1.Scope{}, paths: []string{"name"}, want: "name"},
		"all":                  {object: &ambitv1.Scope{}, paths: []string{"*"}, want: "isolated name"},
		"what GET returned":    {object: current, paths: []string{"id", "parent", "name", "isolated", "tenant", "etag", "create_time"}, want: "isolated name"},
		"empty body":           {object: &ambitv1.Scope{Id: "workspace:w"}, paths: []string{""}},
		"immutable":            {object: &ambitv1.Scope{Parent: "account:a"}, err: "FIELD_IMMUTABLE parent"},
		"immutable and absent": {object: &ambitv1.Scope{}, paths: []string{"parent"}, err: "FIELD_IMMUTABLE parent"},
		"unknown":              {object: &ambitv1.Scope{}, paths: []string{"nme"}, err: "FIELD_UNKNOWN update_mask"},
		"nothing":              {object: nil, err: "REQUIRED object"},
	} {
		changed, err := change(test.object, &fieldmaskpb.FieldMask{Paths: test.paths}, fetch)
		require.Equal(t, test.err, faultOf(err), name)
		var names []string
		for _, field := range []string{"isolated", "name", "parent", "id", "etag", "tenant"} {
			if err == nil && pick(changed, protoreflect.Name(field), true) != nil {
				names = append(names, field)
			}
		}
		require.Equal(t, test.want, strings.Join(names, " "), name)
	}
}

func TestReader(t *testing.T) {
	t.Parallel()
	var read reader
	require.Equal(t, []iam.Ref{{Type: "user", ID: "a"}}, read.refs("m", []string{"user:a"}))
	require.NotNil(t, read.refs("m", nil), "an empty list empties")
	require.Zero(t, read.optional("m", ""))
	require.EqualValues(t, 7, read.revision("7"))
	require.NoError(t, read.err)
	read.refs("m", []string{"user:a", "b"})
	read.ref("later", "x")
	require.Equal(t, "REFERENCE_MALFORMED m[1]", faultOf(read.err), "the first error stays")
	for _, etag := range []string{"x", "-1", "0", `"1"`} {
		var read reader
		read.revision(etag)
		require.Equal(t, "ETAG_MALFORMED etag", faultOf(read.err), etag)
	}
	read = reader{}
	read.page(&ambitv1.ListUsersRequest{PageSize: -1})
	require.Equal(t, "PAGE_SIZE page_size", faultOf(read.err))
}
