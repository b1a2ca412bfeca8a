package server

import (
	"fmt"
	"io"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/reference"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

// listers is how many users may see all workspaces.
const listers = 50

// crowded is a server with the reference world.
type crowded struct {
	*Server
	size reference.Size
	// permissions are those that apply to workspaces.
	permissions []string
}

// newCrowded starts a server that logs every request, as servers do unless told
// otherwise, to nobody.
func newCrowded(b *testing.B) crowded {
	b.Helper()
	model, err := schema.Builtin("scalr")
	require.NoError(b, err)
	config := testConfig(b)
	config.Model = model.Name
	config.Logger = slog.New(slog.NewJSONHandler(io.Discard, nil))
	c := crowded{Server: started(b, config), size: reference.Grown(5000)}
	for _, p := range model.Permissions {
		if p.AppliesAt("workspace") {
			c.permissions = append(c.permissions, p.Name)
		}
	}
	everything := c.size.World()
	for i := range listers {
		everything.Policies = append(everything.Policies, iam.Policy{
			Subject: reference.Numbered("user", i), Roles: []iam.RoleID{"read-only"}, Scope: iam.Ref{Type: "account", ID: "A"},
		})
	}
	into := dialed(b, c.Server)
	for part := range world.Batches(everything, c.size.Policies) {
		text, err := world.FormatJSON(part, nil)
		require.NoError(b, err)
		content := &structpb.Struct{}
		require.NoError(b, protojson.Unmarshal(text, content))
		_, err = into.World.ApplyWorld(b.Context(), &ambitv1.ApplyWorldRequest{World: content})
		require.NoError(b, err)
	}
	return c
}

// question is one of many thousand.
func (c crowded) question(i int) *ambitv1.CheckRequest {
	return &ambitv1.CheckRequest{
		Subject: fmt.Sprint("user:u", 7*i%c.size.Users), Permission: c.permissions[i%len(c.permissions)],
		Object: fmt.Sprint("workspace:w", 11*i%c.size.Workspaces),
	}
}
