package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

var errDriver = errors.New("pq: password authentication failed")

func TestErrorsOnTheWire(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		code   codes.Code
		status int
		body   string
	}{
		"domain": {
			fmt.Errorf("grant: %w", iam.Forbidden("ROLE_IN_USE", "id", "r1", "is in use")), codes.FailedPrecondition, http.StatusBadRequest,
			`{"code":"FAILED_PRECONDITION","reason":"ROLE_IN_USE","field":"id","value":"r1","message":"is in use"}`,
		},
		"aborted":  {&iam.Error{Code: iam.Aborted, Reason: "X", Message: "m"}, codes.Aborted, http.StatusConflict, `{"code":"ABORTED","reason":"X","message":"m"}`},
		"exists":   {iam.Exists("X", "", "", "m"), codes.AlreadyExists, http.StatusConflict, `{"code":"ALREADY_EXISTS","reason":"X","message":"m"}`},
		"missing":  {iam.Missing("id", "v"), codes.NotFound, http.StatusNotFound, `{"code":"NOT_FOUND","reason":"NOT_FOUND","field":"id","value":"v","message":"does not exist"}`},
		"large":    {tooLarge(5), codes.ResourceExhausted, http.StatusRequestEntityTooLarge, `{"code":"RESOURCE_EXHAUSTED","reason":"REQUEST_TOO_LARGE","message":"the request is larger than 5 bytes"}`},
		"internal": {iam.Failed("writing", errDriver), codes.Internal, http.StatusInternalServerError, `{"code":"INTERNAL","reason":"INTERNAL","message":"writing failed"}`},
		"foreign":  {errDriver, codes.Internal, http.StatusInternalServerError, `{"code":"INTERNAL","reason":"INTERNAL","message":"the server failed"}`},
		"driver's status": {
			fmt.Errorf("read: %w", status.Error(codes.NotFound, "no such table")), codes.Internal, http.StatusInternalServerError,
			`{"code":"INTERNAL","reason":"INTERNAL","message":"the server failed"}`,
		},
		"gRPC's status": {status.Error(codes.Unimplemented, "no method"), codes.Unimplemented, http.StatusNotImplemented, `{"code":"UNIMPLEMENTED","reason":"UNIMPLEMENTED","message":"the server has no such method"}`},
		"long": {
			iam.Invalid("X", "f", strings.Repeat("é", 200), "m"), codes.InvalidArgument, http.StatusBadRequest,
			`{"code":"INVALID_ARGUMENT","reason":"X","field":"f","value":"` + strings.Repeat("é", 100) + `…","message":"m"}`,
		},
		"not UTF-8": {
			iam.Invalid("X", "f", "a\xff", "m"), codes.InvalidArgument, http.StatusBadRequest,
			`{"code":"INVALID_ARGUMENT","reason":"X","field":"f","value":"a\ufffd","message":"m"}`,
		},
		"batch": {
			&iam.Error{Code: iam.ResourceExhausted, Reason: "BATCH_TOO_LARGE", Message: "m"}, codes.ResourceExhausted, http.StatusRequestEntityTooLarge,
			`{"code":"RESOURCE_EXHAUSTED","reason":"BATCH_TOO_LARGE","message":"m"}`,
		},
		"late": {iam.Failed("reading", context.DeadlineExceeded), codes.DeadlineExceeded, http.StatusGatewayTimeout, `{"code":"DEADLINE_EXCEEDED","reason":"DEADLINE_EXCEEDED","message":"the request took too long"}`},
		"gone": {fmt.Errorf("reading: %w", context.Canceled), codes.Canceled, 499, `{"code":"CANCELLED","reason":"CANCELLED","message":"the caller gave up"}`},
		"many": {
			world.Faults{iam.Invalid("A", "f", "v", "m"), iam.Invalid("B", "g", "", "n")}, codes.InvalidArgument, http.StatusBadRequest,
			`{"code":"INVALID_ARGUMENT","reason":"A","field":"f","value":"v","message":"m (and 1 more)"}`,
		},
	} {
		require.Equal(t, test.code, Status(test.err).Code(), name)
		recorder := httptest.NewRecorder()
		WriteError(recorder, test.err)
		require.Equal(t, test.status, recorder.Code, name)
		require.JSONEq(t, `{"error":`+test.body+`}`, recorder.Body.String(), name)
	}
	require.Nil(t, Status(nil))
}

func TestErrorsHideCausesAndLogThem(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	intercept := UnaryErrors(slog.New(slog.NewTextHandler(&log, nil)))
	call := func(err error) error {
		_, err = intercept(t.Context(), nil, &grpc.UnaryServerInfo{FullMethod: "/m"}, func(context.Context, any) (any, error) { return nil, err })
		return err
	}
	require.NoError(t, call(nil))
	require.NotContains(t, call(iam.Failed("writing", errDriver)).Error(), errDriver.Error())
	require.Contains(t, log.String(), errDriver.Error())
	log.Reset()
	require.Equal(t, codes.NotFound, status.Code(call(iam.Missing("id", "x"))))
	require.Empty(t, log.String(), "what the caller did wrong is not our fault")
}
