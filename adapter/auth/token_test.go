package auth_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/tap"

	"github.com/ambit-iam/ambit/adapter/auth"
	"github.com/ambit-iam/ambit/adapter/iam"
)

const (
	secretOfAnn = "a-long-secret-of-ann"
	secretOfBob = "a-long-secret-of-bob"
)

func tokens(t testing.TB) *auth.Tokens {
	t.Helper()
	set, err := auth.NewTokens(auth.Token{Actor: "ann", Secret: secretOfAnn}, auth.Token{Actor: "bob", Secret: secretOfBob})
	require.NoError(t, err)
	return set
}

func TestActor(t *testing.T) {
	t.Parallel()
	set := tokens(t)
	for header, want := range map[string]string{
		"Bearer " + secretOfAnn:       "ann",
		"bearer " + secretOfBob:       "bob",
		"":                            "TOKEN_MISSING",
		secretOfAnn:                   "TOKEN_MALFORMED",
		"Basic " + secretOfAnn:        "TOKEN_MALFORMED",
		"Bearer ":                     "TOKEN_UNKNOWN",
		"Bearer " + secretOfAnn + "x": "TOKEN_UNKNOWN",
		"Bearer " + secretOfAnn[1:]:   "TOKEN_UNKNOWN",
	} {
		actor, err := set.Actor(header)
		if err != nil {
			require.Equal(t, iam.Unauthenticated, iam.CodeOf(err), header)
			require.Empty(t, actor, header)
			actor = iam.ReasonOf(err)
		}
		require.Equal(t, want, actor, header)
	}
	none, err := auth.NewTokens()
	require.NoError(t, err)
	_, err = none.Actor("Bearer ")
	require.Equal(t, "TOKEN_UNKNOWN", iam.ReasonOf(err), "no tokens means nobody, not everybody")
}

func TestNewTokensRefuses(t *testing.T) {
	t.Parallel()
	for name, token := range map[string]auth.Token{
		"no name": {Secret: secretOfAnn}, "short": {Actor: "ann", Secret: "tooshort!"},
		"empty": {Actor: "ann"}, "blank": {Actor: "ann", Secret: "a secret with blanks"},
	} {
		_, err := auth.NewTokens(token)
		require.Error(t, err, name)
		if token.Secret != "" {
			require.NotContains(t, err.Error(), token.Secret, name)
		}
	}
}

func TestTokenIsNotPrinted(t *testing.T) {
	t.Parallel()
	token := auth.Token{Actor: "ann", Secret: secretOfAnn}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.NotContains(t, fmt.Sprintf(verb, token), secretOfAnn)
	}
}

func TestLoadOrCreate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "token")
	made, created, err := auth.LoadOrCreate(path)
	require.NoError(t, err)
	require.True(t, created)
	require.GreaterOrEqual(t, len(made), 26)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	again, created, err := auth.LoadOrCreate(path)
	require.NoError(t, err)
	require.False(t, created)
	require.Equal(t, made, again)

	require.NoError(t, os.Chmod(path, 0o640))
	_, _, err = auth.LoadOrCreate(path)
	require.ErrorContains(t, err, "chmod 600")

	empty := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	_, _, err = auth.LoadOrCreate(empty)
	require.ErrorContains(t, err, "holds no token")

	_, _, err = auth.LoadOrCreate(filepath.Join(t.TempDir(), "no", "folder"))
	require.Error(t, err)
}

func TestSecretsDiffer(t *testing.T) {
	t.Parallel()
	require.NotEqual(t, auth.NewSecret(), auth.NewSecret())
}

func TestUnary(t *testing.T) {
	t.Parallel()
	guard := auth.Unary(tokens(t), func(method string) bool { return method == "/open" })
	call := func(method, header string) error {
		ctx := t.Context()
		if header != "" {
			ctx = metadata.NewIncomingContext(ctx, metadata.Pairs("authorization", header))
		}
		_, err := guard(ctx, nil, &grpc.UnaryServerInfo{FullMethod: method}, func(context.Context, any) (any, error) { return "answer", nil })
		return err
	}
	require.NoError(t, call("/closed", "Bearer "+secretOfAnn))
	require.NoError(t, call("/open", ""))
	require.Equal(t, iam.Unauthenticated, iam.CodeOf(call("/closed", "")))
	require.Equal(t, iam.Unauthenticated, iam.CodeOf(call("/closed", "Bearer wrong")))
}

// TestUnaryBelievesItsOwnTap only: not that of other tokens.
func TestUnaryBelievesItsOwnTap(t *testing.T) {
	t.Parallel()
	closed := func(string) bool { return false }
	known := tokens(t)
	seen, err := auth.Tap(known, closed)(metadata.NewIncomingContext(t.Context(), metadata.Pairs("authorization", "Bearer "+secretOfAnn)), &tap.Info{})
	require.NoError(t, err)
	seen = metadata.NewIncomingContext(seen, metadata.MD{}) // what the interceptor could look at is gone
	call := func(tokens *auth.Tokens) error {
		_, err := auth.Unary(tokens, closed)(seen, nil, &grpc.UnaryServerInfo{}, func(context.Context, any) (any, error) { return "answer", nil })
		return err
	}
	require.NoError(t, call(known))
	require.Equal(t, iam.Unauthenticated, iam.CodeOf(call(tokens(t))))
}

func TestTokenFileIsAFolder(t *testing.T) {
	t.Parallel()
	_, _, err := auth.LoadOrCreate(t.TempDir())
	require.ErrorContains(t, err, "is no file")
}

func TestTapRefusesBeforeTheMessage(t *testing.T) {
	t.Parallel()
	known, err := auth.NewTokens(auth.Token{Actor: "ann", Secret: "0123456789abcdef"})
	require.NoError(t, err)
	handle := auth.Tap(known, func(method string) bool { return method == "/open" })
	call := func(method string, header ...string) error {
		_, err := handle(metadata.NewIncomingContext(t.Context(), metadata.Pairs(header...)), &tap.Info{FullMethodName: method})
		return err
	}
	require.NoError(t, call("/open"))
	require.Equal(t, iam.Unauthenticated, iam.CodeOf(call("/closed")))
	require.NoError(t, call("/closed", "authorization", "Bearer 0123456789abcdef"))
}
