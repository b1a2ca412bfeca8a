package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/spicedb"
	"github.com/ambit-iam/ambit/adapter/spicedb/embedded"
)

// unreliable is a network that loses writes, loses their answers, and lets
// writes arrive a second time, however late.
type unreliable struct {
	grpc.ClientConnInterface

	mu     sync.Mutex
	random *rand.Rand
	sent   []*v1.WriteRelationshipsRequest
}

// fate decides about one write: whether it is sent, whether its answer comes
// back, and which earlier one arrives again before it.
func (u *unreliable) fate(write *v1.WriteRelationshipsRequest) (lost, unanswered bool, again *v1.WriteRelationshipsRequest) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sent = append(u.sent, write)
	if u.random.IntN(3) == 0 {
		again = u.sent[u.random.IntN(len(u.sent))]
	}
	return u.random.IntN(8) == 0, u.random.IntN(8) == 0, again
}

func (u *unreliable) Invoke(ctx context.Context, method string, request, response any, options ...grpc.CallOption) error {
	write, ok := request.(*v1.WriteRelationshipsRequest)
	if !ok {
		return u.ClientConnInterface.Invoke(ctx, method, request, response, options...)
	}
	lost, unanswered, again := u.fate(write)
	if again != nil {
		u.arrive(ctx, again)
	}
	if lost {
		return status.Error(codes.Unavailable, "lost on the way")
	}
	err := u.ClientConnInterface.Invoke(ctx, method, request, response, options...)
	if unanswered {
		return status.Error(codes.Unavailable, "lost on the way back")
	}
	return err
}

// arrive lets a write reach the server once more; nobody waits for its answer.
func (u *unreliable) arrive(ctx context.Context, write *v1.WriteRelationshipsRequest) {
	_, _ = v1.NewPermissionsServiceClient(u.ClientConnInterface).WriteRelationships(ctx, write)
}

// history returns changes of one tenant, which touch and delete the same few
// tuples, and what is there after all of them. Many are too long for one call.
func history(length int, random *rand.Rand) ([]rel.Write, []string) {
	held := map[rel.Tuple]bool{}
	changes := make([]rel.Write, length)
	for i := range changes {
		changes[i] = rel.Write{Tenant: "account:A", Seq: uint64(i + 1), After: uint64(i)}
		for _, user := range random.Perm(30)[:1+random.IntN(25)] {
			update := rel.Update{Op: rel.Touch, Tuple: member(fmt.Sprint(user))}
			if held[update.Tuple] = random.IntN(2) == 0; !held[update.Tuple] {
				update.Op = rel.Delete
			}
			changes[i].Updates = append(changes[i].Updates, update)
		}
	}
	var left []string
	for tuple, there := range held {
		if there {
			left = append(left, tuple.String())
		}
	}
	slices.Sort(left)
	return changes, left
}

// TestDeliveryByTwo: two processes deliver the same changes over bad networks.
// What arrives late, twice, or in between does no harm: the content is that of
// the changes, once and in order.
func TestDeliveryByTwo(t *testing.T) {
	t.Parallel()
	server := start(t, embedded.Config{})
	changes, want := history(200, rand.New(rand.NewPCG(5, 6)))
	network := &unreliable{ClientConnInterface: server.Conn(), random: rand.New(rand.NewPCG(7, 8))}
	engine := func() *spicedb.Engine {
		return spicedb.New(network, spicedb.Bookkeeping(), spicedb.MaxUpdates(10), spicedb.HeadReads())
	}
	if err := engine().WriteSchema(t.Context(), teams); err != nil {
		t.Fatal(err)
	}
	var processes sync.WaitGroup
	for range 2 {
		processes.Go(func() { deliver(t, engine(), changes) })
	}
	processes.Wait()
	expectHeld(t, engine(), want, 200)
	network.random.Shuffle(len(network.sent), func(i, j int) {
		network.sent[i], network.sent[j] = network.sent[j], network.sent[i]
	})
	for _, write := range network.sent {
		if len(write.GetUpdates()) > 10 {
			t.Errorf("a call has %d updates, the position included, and may have 10", len(write.GetUpdates()))
		}
		network.arrive(t.Context(), write)
	}
	expectHeld(t, engine(), want, 200)
}

// deliver writes each change until the engine says that it is there.
func deliver(t *testing.T, engine *spicedb.Engine, changes []rel.Write) {
	for _, change := range changes {
		for {
			_, err := engine.Write(t.Context(), change)
			if iam.CodeOf(err) == iam.Unavailable {
				continue
			}
			if _, ahead := errors.AsType[*rel.AheadError](err); err != nil && !ahead {
				t.Errorf("change %d: %v", change.Seq, err)
				return
			}
			break
		}
	}
}

func expectHeld(t *testing.T, engine *spicedb.Engine, want []string, position uint64) {
	t.Helper()
	var held []string
	for tuple, err := range engine.Read(t.Context(), rel.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, tuple.String())
	}
	slices.Sort(held)
	if !slices.Equal(held, want) {
		t.Errorf("the engine holds\n%v\nwant\n%v", held, want)
	}
	positions, err := engine.Positions(t.Context())
	if err != nil || len(positions) != 1 || positions["account:A"] != position {
		t.Errorf("positions: got %v, %v, want %d", positions, err, position)
	}
}

// outrun is a connection on which somebody else is faster than each write.
type outrun struct {
	grpc.ClientConnInterface
	ahead func()
}

func (o outrun) Invoke(ctx context.Context, method string, request, response any, options ...grpc.CallOption) error {
	if method == v1.PermissionsService_WriteRelationships_FullMethodName {
		o.ahead()
	}
	return o.ClientConnInterface.Invoke(ctx, method, request, response, options...)
}

// TestSetPositionsOutrun: positions that are set while changes move them stay
// one for each tenant, and who is always outrun is told so.
func TestSetPositionsOutrun(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		times uint64
		want  map[string]uint64
		code  iam.Code
	}{
		{"never", 0, map[string]uint64{"account:A": 70, "account:B": 80}, ""},
		{"twice", 2, map[string]uint64{"account:A": 70, "account:B": 80}, ""},
		{"always", 1000, map[string]uint64{"account:A": 5}, iam.Unavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := start(t, embedded.Config{})
			engine := spicedb.New(server.Conn(), spicedb.Bookkeeping(), spicedb.HeadReads())
			if err := engine.WriteSchema(t.Context(), teams); err != nil {
				t.Fatal(err)
			}
			seq := uint64(0)
			late := spicedb.New(outrun{server.Conn(), func() {
				if seq < test.times {
					seq++
					deliver(t, engine, []rel.Write{{Tenant: "account:A", Seq: seq, After: seq - 1}})
				}
			}}, spicedb.Bookkeeping(), spicedb.HeadReads())
			err := late.SetPositions(t.Context(), map[string]uint64{"account:A": 70, "account:B": 80})
			if iam.CodeOf(err) != test.code {
				t.Errorf("SetPositions: got %v, want %q", err, test.code)
			}
			positions, err := engine.Positions(t.Context())
			if err != nil || !maps.Equal(positions, test.want) {
				t.Errorf("positions: got %v, %v, want %v", positions, err, test.want)
			}
		})
	}
}

// TestWriteOutrun: a position that is After again by the time it is looked at
// is no reason to give up, unless it happens each time.
func TestWriteOutrun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		times int
		code  iam.Code
	}{"twice": {2, ""}, "always": {1000, iam.Unavailable}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t, embedded.Config{})
			engine := spicedb.New(server.Conn(), spicedb.Bookkeeping(), spicedb.HeadReads())
			if err := engine.WriteSchema(t.Context(), teams); err != nil {
				t.Fatal(err)
			}
			times := 0
			flicker := flickering{server.Conn(), func(back bool) {
				position := uint64(0)
				if !back && times < test.times {
					position = 9
					times++
				}
				if err := engine.SetPositions(t.Context(), map[string]uint64{"account:A": position}); err != nil {
					t.Error(err)
				}
			}}
			_, err := spicedb.New(flicker, spicedb.Bookkeeping(), spicedb.HeadReads()).
				Write(t.Context(), rel.Write{Tenant: "account:A", Seq: 1})
			if iam.CodeOf(err) != test.code {
				t.Errorf("Write: got %v, want %q", err, test.code)
			}
		})
	}
}

// flickering is a connection on which something happens before each write, and
// is undone before the position is read.
type flickering struct {
	grpc.ClientConnInterface
	flick func(back bool)
}

func (f flickering) Invoke(ctx context.Context, method string, request, response any, options ...grpc.CallOption) error {
	f.flick(false)
	return f.ClientConnInterface.Invoke(ctx, method, request, response, options...)
}

func (f flickering) NewStream(ctx context.Context, description *grpc.StreamDesc, method string, options ...grpc.CallOption) (grpc.ClientStream, error) {
	f.flick(true)
	return f.ClientConnInterface.NewStream(ctx, description, method, options...)
}

// TestForeignNotes: what somebody else wrote into the bookkeeping is not taken
// for ours, and can be replaced.
func TestForeignNotes(t *testing.T) {
	t.Parallel()
	for name, tuples := range map[string][]string{
		"two numbers":   {"ambit/outbox:A#delivered@ambit/text:3", "ambit/outbox:A#delivered@ambit/text:4", "ambit/store:main#model@ambit/text:a", "ambit/store:main#model@ambit/text:b"},
		"no number":     {"ambit/outbox:A#delivered@ambit/text:three", "ambit/store:main#version@ambit/text:three"},
		"not our signs": {"ambit/outbox:A#delivered@ambit/text:=", "ambit/store:main#model@ambit/text:=YW5u"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := spicedb.New(start(t, embedded.Config{}).Conn(), spicedb.Bookkeeping(), spicedb.HeadReads())
			if err := engine.WriteSchema(t.Context(), teams); err != nil {
				t.Fatal(err)
			}
			var foreign rel.Write
			for _, text := range tuples {
				tuple, err := rel.ParseTuple(text)
				if err != nil {
					t.Fatal(err)
				}
				foreign.Updates = append(foreign.Updates, rel.Update{Op: rel.Touch, Tuple: tuple})
			}
			if _, err := engine.Write(t.Context(), foreign); err != nil {
				t.Fatal(err)
			}
			if positions, err := engine.Positions(t.Context()); iam.CodeOf(err) != iam.Internal {
				t.Errorf("Positions: got %v, %v, want INTERNAL", positions, err)
			}
			if identity, err := engine.Identity(t.Context()); iam.CodeOf(err) != iam.Internal {
				t.Errorf("Identity: got %v, %v, want INTERNAL", identity, err)
			}
			if _, err := engine.Write(t.Context(), rel.Write{Tenant: "A", Seq: 8, After: 7}); iam.CodeOf(err) != iam.Internal {
				t.Errorf("Write: got %v, want INTERNAL", err)
			}
			ours := rel.Identity{Model: "m", Version: 2, Database: "d"}
			if err := errors.Join(engine.SetPositions(t.Context(), map[string]uint64{"A": 7}), engine.SetIdentity(t.Context(), ours)); err != nil {
				t.Fatal(err)
			}
			deliver(t, engine, []rel.Write{{Tenant: "A", Seq: 8, After: 7}})
			if identity, err := engine.Identity(t.Context()); identity != ours || err != nil {
				t.Errorf("Identity: got %v, %v", identity, err)
			}
		})
	}
}
