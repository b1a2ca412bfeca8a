package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Reasons of errors whose HTTP status does not follow from their code.
const (
	reasonTooLarge      = "REQUEST_TOO_LARGE"
	reasonBatchTooLarge = "BATCH_TOO_LARGE"
)

// restError is an error in JSON.
type restError struct {
	Code    string `json:"code"`
	Reason  string `json:"reason"`
	Field   string `json:"field,omitempty"`
	Value   string `json:"value,omitempty"`
	Message string `json:"message"`
}

// WriteError answers an HTTP request with an error, as JSON:
//
//	{"error": {"code": "NOT_FOUND", "reason": "NOT_FOUND", "field": "id", "value": "user:bob", "message": "does not exist"}}
func WriteError(w http.ResponseWriter, err error) {
	answer := Status(err)
	httpStatus := runtime.HTTPStatusFromCode(answer.Code())
	body := restErrorOf(answer)
	if body.Reason == reasonTooLarge || body.Reason == reasonBatchTooLarge {
		httpStatus = http.StatusRequestEntityTooLarge
	}
	writeRESTError(w, httpStatus, body)
}

func writeRESTError(w http.ResponseWriter, httpStatus int, body restError) {
	w.Header().Set("Content-Type", "application/json")
	if httpStatus == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(httpStatus)
	// The client may be gone; there is nobody to tell.
	_ = body.encode(w)
}

// encode writes the error as a line.
func (e restError) encode(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(map[string]restError{"error": e})
}

// lines writes the messages of streams without the envelope that the gateway
// puts around them, and errors among them like all others.
type lines struct{ *runtime.JSONPb }

// Marshal writes a value.
func (l lines) Marshal(value any) ([]byte, error) {
	switch chunk := value.(type) {
	case map[string]any:
		if message, ok := chunk["result"].(proto.Message); ok && len(chunk) == 1 {
			return l.JSONPb.Marshal(message)
		}
	case map[string]proto.Message:
		if answer, ok := chunk["error"].(*spb.Status); ok && len(chunk) == 1 {
			var text bytes.Buffer
			err := restErrorOf(status.FromProto(answer)).encode(&text)
			return bytes.TrimRight(text.Bytes(), "\n"), err
		}
	}
	return l.JSONPb.Marshal(value)
}

// MethodNotAllowed answers a request whose path has no such method. The methods
// it has are allowed: "GET, HEAD".
func MethodNotAllowed(w http.ResponseWriter, r *http.Request, allowed string) {
	if allowed != "" {
		w.Header().Set("Allow", allowed)
	}
	writeRESTError(w, http.StatusMethodNotAllowed, restError{
		Code: "UNIMPLEMENTED", Reason: "METHOD_NOT_ALLOWED", Value: echo(r.Method),
		Message: "this route has other methods; see /openapi.json",
	})
}

// restErrorOf reads a status.
func restErrorOf(answer *status.Status) restError {
	name := code.Code_name[int32(answer.Code())]
	body := restError{Code: name, Reason: name, Message: answer.Message()}
	for _, detail := range answer.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			body.Reason = info.GetReason()
			body.Field = info.GetMetadata()[metaField]
			body.Value = info.GetMetadata()[metaValue]
			body.Message = info.GetMetadata()[metaMessage]
		}
	}
	return body
}

// handleError is the gateway's way to answer with an error.
func handleError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, _ *http.Request, err error) {
	WriteError(w, fromSelf(err))
}

// handleStreamError is handleError for an error that ends a stream.
func handleStreamError(_ context.Context, err error) *status.Status { return Status(fromSelf(err)) }

// fromSelf tells that the connection to our own gRPC server broke: it is
// shutting down.
func fromSelf(err error) error {
	if status.Code(err) == codes.Unavailable && len(status.Convert(err).Details()) == 0 {
		return iam.Unreachable("the server", err)
	}
	return err
}

// handleRoutingError answers requests that no route takes.
func handleRoutingError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, httpStatus int) {
	if httpStatus == http.StatusMethodNotAllowed {
		MethodNotAllowed(w, r, "")
		return
	}
	body := restError{Code: "NOT_FOUND", Reason: "ROUTE_UNKNOWN", Value: echo(r.URL.Path), Message: "there is no such route; see /openapi.json"}
	if httpStatus == http.StatusBadRequest {
		body.Code, body.Reason, body.Message = "INVALID_ARGUMENT", "PATH_MALFORMED", "the path is malformed"
	}
	writeRESTError(w, httpStatus, body)
}
