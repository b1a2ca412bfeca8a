package cli

import (
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"context"

	"github.com/ambit-iam/ambit/adapter/client"
)

// everyCommand calls visit with every command that people see.
func everyCommand(cmd *cobra.Command, visit func(*cobra.Command)) {
	if cmd.Hidden || cmd.Name() == "help" || cmd.Name() == "completion" {
		return
	}
	visit(cmd)
	for _, sub := range cmd.Commands() {
		everyCommand(sub, visit)
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	count := 0
	everyCommand((&app{}).root(), func(cmd *cobra.Command) {
		count++
		assert.NotEmpty(t, cmd.Short, cmd.CommandPath())
		assert.Greater(t, len(cmd.Long), len(cmd.Short), "%s: a paragraph", cmd.CommandPath())
		assert.Contains(t, cmd.Example, "ambit ", cmd.CommandPath())
		cmd.Flags().VisitAll(func(flag *pflag.Flag) {
			assert.NotEmpty(t, flag.Usage, "%s --%s", cmd.CommandPath(), flag.Name)
			assert.Regexp(t, `^AMBIT_[A-Z_]+$`, Variable(flag.Name))
		})
	})
	assert.Greater(t, count, 55)
}

// TestNounsFitTheAPI proves that every field that a noun names is one of the
// message it goes into.
func TestNounsFitTheAPI(t *testing.T) {
	t.Parallel()
	for _, n := range nouns() {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			has := func(message protoreflect.MessageDescriptor, names ...string) {
				for _, name := range names {
					assert.NotNil(t, message.Fields().ByName(protoreflect.Name(name)), "%s.%s", message.FullName(), name)
				}
			}
			has(n.shape(), n.fields...)
			has(n.shape(), n.columns...)
			assert.Subset(t, n.fields, n.fixed)
			has(requestOf(t, n.create), n.field(), "request_id")
			has(requestOf(t, n.update), n.field(), "update_mask")
			has(requestOf(t, n.get), "id")
			has(requestOf(t, n.delete), "id", "etag")
			has(requestOf(t, n.list), "page_size", "page_token")
			has(requestOf(t, n.list), n.filters...)
		})
	}
}

// requestOf returns the request that a call would send.
func requestOf(t *testing.T, call invoke) protoreflect.MessageDescriptor {
	t.Helper()
	var shape protoreflect.MessageDescriptor
	_, err := call(context.Background(), &client.Client{}, func(request proto.Message) error {
		shape = request.ProtoReflect().Descriptor()
		return errNo
	})
	require.ErrorIs(t, err, errNo)
	return shape
}
