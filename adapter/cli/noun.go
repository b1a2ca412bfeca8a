package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/ambit-iam/ambit/adapter/client"
)

// noun describes the commands of one noun: ambit role create, get, list, update
// and delete. Flags, columns and filters are fields of the API's messages; a
// flag is written with dashes.
type noun struct {
	// name is the command, plural and field what the API calls it.
	name, plural string
	// about is a sentence, id an example of an identifier.
	about, id string
	// fields can be set when the object is made; fixed are those of them that
	// cannot be changed later.
	fields, fixed []string
	// filters select in a list, columns are its columns.
	filters, columns []string
	// namedByFlag: the id is optional, and a flag.
	namedByFlag bool
	// create is an example of the flags of create, update of those of update.
	createExample, updateExample string

	// message is an empty message of the noun.
	message                           proto.Message
	create, get, list, update, delete invoke
	// more are commands beyond the five.
	more []func(*app) *cobra.Command
}

// field is the name of the noun in messages: service_account.
func (n noun) field() string { return strings.ReplaceAll(n.name, "-", "_") }

// invoke makes a request, lets prepare fill it, and calls the server with it.
type invoke func(ctx context.Context, c *client.Client, prepare func(proto.Message) error) (proto.Message, error)

// rpc makes an invoke of a method of one of the generated clients.
func rpc[Service any, Request, Response proto.Message](
	service func(*client.Client) Service,
	method func(Service, context.Context, Request, ...grpc.CallOption) (Response, error),
) invoke {
	return func(ctx context.Context, c *client.Client, prepare func(proto.Message) error) (proto.Message, error) {
		var none Request
		request, _ := none.ProtoReflect().New().Interface().(Request)
		if err := prepare(request); err != nil {
			return nil, err
		}
		response, err := method(service(c), ctx, request)
		if err != nil {
			return nil, err
		}
		return response, nil
	}
}

// noun returns the commands of a noun.
func (a *app) noun(n noun) *cobra.Command {
	cmd := &cobra.Command{
		Use:     n.name,
		Short:   "Create, get, list, update and delete " + strings.ReplaceAll(n.plural, "_", " "),
		Long:    n.about,
		Example: "  ambit " + n.name + " list\n  ambit " + n.name + " get " + n.id,
	}
	cmd.AddCommand(a.createNoun(n), a.getNoun(n), a.listNoun(n), a.updateNoun(n), a.deleteNoun(n))
	for _, more := range n.more {
		cmd.AddCommand(more(a))
	}
	return cmd
}

// words returns the noun for sentences: service account.
func (n noun) words() string { return strings.ReplaceAll(n.name, "-", " ") }

// article returns "a role" or "an ...".
func (n noun) article() string { return "a " + n.words() }
