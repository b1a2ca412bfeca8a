package world_test

import (
	"slices"
	"testing"

	"github.com/ambit-iam/ambit/integration/bench/world"
)

// TestSizes: the world is the one that the issue describes.
func TestSizes(t *testing.T) {
	t.Parallel()
	w := world.Generate(5000)
	got := []int{len(w.Environments), len(w.Workspaces), len(w.Teams), len(w.Users), len(w.Permissions), len(w.Policies)}
	if want := []int{100, 2000, 200, 2000, 150, 5000}; !slices.Equal(got, want) {
		t.Fatalf("got %d, want %d", got, want)
	}
	atAccount := 0
	for _, p := range w.Policies {
		if p.Scope == world.Account {
			atAccount++
		}
	}
	if atAccount != len(w.Teams)/2 {
		t.Errorf("%d teams hold a policy at the account, want half of %d", atAccount, len(w.Teams))
	}
}

// TestGenerateIsAFunction: the same size is the same world, another is not.
func TestGenerateIsAFunction(t *testing.T) {
	t.Parallel()
	a, b, other := world.Generate(500), world.Generate(500), world.Generate(501)
	if a.Digest() != b.Digest() {
		t.Error("the same size has two digests")
	}
	if a.Digest() == other.Digest() {
		t.Error("two sizes have one digest")
	}
	if !slices.Equal(a.Questions(100, 1), b.Questions(100, 1)) || slices.Equal(a.Questions(100, 1), a.Questions(100, 2)) {
		t.Error("questions do not follow from the seed")
	}
}

// TestQuestionsHaveBothAnswers: an engine that always says the same is found out.
func TestQuestionsHaveBothAnswers(t *testing.T) {
	t.Parallel()
	w := world.Generate(500)
	oracle := world.NewOracle(w)
	yes := 0
	for _, q := range w.Questions(1000, 1) {
		if oracle.Check(q) {
			yes++
		}
	}
	if yes < 200 || yes > 800 {
		t.Errorf("%d of 1000 questions are answered yes", yes)
	}
}

// TestOracle: policies reach what is below, through teams, and nobody else.
func TestOracle(t *testing.T) {
	t.Parallel()
	w := &world.World{
		Environments: []string{"environment:e"},
		Workspaces:   []string{"workspace:w", "workspace:other"},
		Parent:       map[string]string{"environment:e": world.Account, "workspace:w": "environment:e", "workspace:other": world.Account},
		Users:        []string{"user:ann", "user:bob"},
		Teams:        []world.Team{{Name: "team:dev", Members: []string{"user:ann"}}},
		Roles:        []world.Role{{Name: "reader", Permissions: []string{"read"}}},
		Permissions:  []string{"read", "write"},
		Policies:     []world.Policy{{Subject: "team:dev", Role: "reader", Scope: "environment:e"}},
	}
	oracle := world.NewOracle(w)
	for question, want := range map[world.Question]bool{
		{User: "user:ann", Permission: "read", Object: "environment:e"}:   true,
		{User: "user:ann", Permission: "read", Object: "workspace:w"}:     true,
		{User: "user:ann", Permission: "write", Object: "workspace:w"}:    false,
		{User: "user:ann", Permission: "read", Object: "workspace:other"}: false,
		{User: "user:ann", Permission: "read", Object: world.Account}:     false,
		{User: "user:bob", Permission: "read", Object: "workspace:w"}:     false,
	} {
		if got := oracle.Check(question); got != want {
			t.Errorf("%v: got %t, want %t", question, got, want)
		}
	}
	if got := oracle.Permissions("user:ann", "workspace:w"); !slices.Equal(got, []string{"read"}) {
		t.Errorf("permissions: %v", got)
	}
	if got := oracle.Workspaces("user:ann", "read"); !slices.Equal(got, []string{"workspace:w"}) {
		t.Errorf("workspaces: %v", got)
	}
	if got := oracle.WhoCan("read", "workspace:w"); !slices.Equal(got, []string{"user:ann"}) {
		t.Errorf("who can: %v", got)
	}
}

// TestAddCrowd: its members hold one permission everywhere, and others nothing more.
func TestAddCrowd(t *testing.T) {
	t.Parallel()
	w := world.Generate(500)
	crowd := w.AddCrowd()
	oracle := world.NewOracle(w)
	if len(crowd) != world.Holders {
		t.Fatalf("%d in the crowd", len(crowd))
	}
	if got := oracle.Permissions(crowd[17], w.Workspaces[3]); !slices.Equal(got, w.Permissions[:1]) {
		t.Errorf("a member of the crowd may %v", got)
	}
}
