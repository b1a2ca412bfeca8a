package iam_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/adapter/iam"
)

func TestConstructors(t *testing.T) {
	t.Parallel()
	cause := errors.New("driver: secret host is down")
	for _, test := range []struct {
		err    *iam.Error
		code   iam.Code
		reason string
		text   string
	}{
		{iam.Invalid("ROLE_COUNT", "roles", "129", "too many"), iam.InvalidArgument, "ROLE_COUNT", `roles "129": too many`},
		{iam.Missing("scope", "account:A"), iam.NotFound, "NOT_FOUND", `scope "account:A": does not exist`},
		{iam.Exists("ALREADY_EXISTS", "id", "", "is there"), iam.AlreadyExists, "ALREADY_EXISTS", "id: is there"},
		{iam.Forbidden("ROLE_IN_USE", "", "r", "is in use"), iam.FailedPrecondition, "ROLE_IN_USE", `"r": is in use`},
		{iam.Failed("reading", cause), iam.Internal, "INTERNAL", "reading failed"},
		{iam.Unreachable("SpiceDB", cause), iam.Unavailable, "UNAVAILABLE", "SpiceDB cannot be reached; try again later"},
	} {
		wrapped := fmt.Errorf("grant policy: %w", test.err)
		assert.Equal(t, test.code, iam.CodeOf(wrapped))
		assert.Equal(t, test.reason, iam.ReasonOf(wrapped))
		assert.Equal(t, test.text, test.err.Error())
		assert.NotContains(t, wrapped.Error(), "secret")
	}
	require.ErrorIs(t, iam.Failed("reading", cause), cause, "for logs")
	require.ErrorIs(t, iam.Unreachable("SpiceDB", cause), cause)
}

func TestCodeOfOthers(t *testing.T) {
	t.Parallel()
	assert.Empty(t, iam.CodeOf(nil))
	assert.Empty(t, iam.ReasonOf(nil))
	assert.Equal(t, iam.Internal, iam.CodeOf(errors.New("anything")))
	assert.Empty(t, iam.ReasonOf(errors.New("anything")))
}

// TestCopies: an error may be shared, so what is derived from it is a copy.
func TestCopies(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	shared := iam.Invalid("R", "id", "v", "m")
	assert.Equal(t, "policies[3].id", shared.At("policies[3]").Field)
	assert.Equal(t, "world.policies[3].id", shared.At("policies[3]").At("world").Field)
	assert.Equal(t, "items[0]", iam.Invalid("R", "", "", "m").At("items[0]").Field)
	require.ErrorIs(t, shared.Because(cause).At("x"), cause)
	assert.Equal(t, iam.Invalid("R", "id", "v", "m"), shared)
}
