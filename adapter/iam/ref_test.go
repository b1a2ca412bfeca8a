package iam_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// TestValidIDByPattern: it is what the regular expression says.
func TestValidIDByPattern(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.@+=-]{0,127}$`)
	signs := []rune("azAZ09_.@+=-/:{[`^ é\x00\n")
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringOfN(rapid.SampledFrom(signs), 0, 4, -1).Draw(t, "start") + strings.Repeat("x", rapid.SampledFrom([]int{0, 1, 124, 125, 126, 127, 128}).Draw(t, "length"))
		require.Equal(t, pattern.MatchString(id), iam.ValidID(id), "%q", id)
	})
}

func TestValidID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"a":                            true,
		"0":                            true,
		"ann@example.com":              true,
		"A_b.c@d+e=f-1":                true,
		strings.Repeat("x", 128):       true,
		strings.Repeat("x", 129):       false,
		"":                             false,
		".a":                           false,
		"-a":                           false,
		"=a":                           false,
		"a b":                          false,
		"a:b":                          false,
		"a/b":                          false,
		"a*":                           false,
		"a\n":                          false,
		"é":                            false,
		"a" + strings.Repeat("é", 100): false,
	} {
		assert.Equal(t, want, iam.ValidID(id), "%q", id)
		err := iam.CheckID("group.id", id)
		assert.Equal(t, want, err == nil, "%q", id)
		if err != nil {
			e := new(iam.Error)
			require.ErrorAs(t, err, &e)
			assert.Equal(t, []string{"INVALID_ARGUMENT", "ID_MALFORMED", "group.id", id}, []string{string(e.Code), e.Reason, e.Field, e.Value})
		}
	}
}

// TestValidIDIsAPattern: it says of every one and two bytes what a pattern says.
func TestValidIDIsAPattern(t *testing.T) {
	t.Parallel()
	pattern := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.@+=-]{0,127}$`)
	for first := range 256 {
		one := string([]byte{byte(first)})
		assert.Equal(t, pattern.MatchString(one), iam.ValidID(one), "%q", one)
		for second := range 256 {
			two := string([]byte{byte(first), byte(second)})
			assert.Equal(t, pattern.MatchString(two), iam.ValidID(two), "%q", two)
		}
	}
}

func TestParseRef(t *testing.T) {
	t.Parallel()
	parsed, err := iam.ParseRef("scope", "workspace:ws-1")
	require.NoError(t, err)
	assert.Equal(t, iam.Ref{Type: "workspace", ID: "ws-1"}, parsed)

	for text, reason := range map[string]string{
		"":           "REFERENCE_MALFORMED",
		"ann":        "REFERENCE_MALFORMED",
		":ann":       "REFERENCE_MALFORMED",
		"user:":      "ID_MALFORMED",
		"user:a:b":   "ID_MALFORMED",
		"user:*":     "ID_MALFORMED",
		"user:ann\n": "ID_MALFORMED",
	} {
		parsed, err := iam.ParseRef("scope", text)
		assert.Zero(t, parsed, "%q", text)
		assert.Equal(t, reason, iam.ReasonOf(err), "%q", text)
		assert.Equal(t, iam.InvalidArgument, iam.CodeOf(err), "%q", text)
	}
}

func FuzzParseRef(f *testing.F) {
	f.Add("user:ann")
	f.Add("workspace:ws@1=")
	f.Add(":")
	f.Fuzz(func(t *testing.T, text string) {
		if parsed, err := iam.ParseRef("f", text); err == nil {
			require.Equal(t, text, parsed.String())
			require.False(t, parsed.IsZero())
			require.True(t, iam.ValidID(parsed.ID))
		}
	})
}

func TestZeroRef(t *testing.T) {
	t.Parallel()
	assert.True(t, iam.Ref{}.IsZero())
	assert.Empty(t, iam.Ref{}.String())
	assert.False(t, iam.Ref{Type: "user"}.IsZero())
	assert.Equal(t, "user:", iam.Ref{Type: "user"}.String())
}

func TestWorldLen(t *testing.T) {
	t.Parallel()
	assert.Zero(t, iam.World{}.Len())
	assert.Equal(t, 8, iam.World{
		Scopes: make([]iam.Scope, 2), Users: make([]iam.User, 1), ServiceAccounts: make([]iam.ServiceAccount, 1),
		Groups: make([]iam.Group, 1), Roles: make([]iam.Role, 1), Policies: make([]iam.Policy, 1), Resources: make([]iam.Resource, 1),
	}.Len())
}
