package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/world"
)

// Domain is the domain of the ErrorInfo that every error of Ambit carries.
const Domain = "ambit"

// Keys of ErrorInfo.Metadata.
const (
	metaField   = "field"
	metaValue   = "value"
	metaMessage = "message"
)

// maxEcho is how much of a value an error repeats, in bytes.
const maxEcho = 200

// Status returns an error as clients see it. An *iam.Error becomes a status
// with ErrorInfo and, if it names a field, BadRequest; a status of Ambit stays,
// and one of gRPC keeps its code, but gets a sentence of ours; anything else is
// INTERNAL and tells nothing about itself.
func Status(err error) *status.Status {
	if err == nil {
		return nil
	}
	if ended := contextStatus(err); ended != nil {
		return ended
	}
	if faults, ok := errors.AsType[world.Faults](err); ok {
		return domainStatus(faults[0], faults[1:]...)
	}
	if domain, ok := errors.AsType[*iam.Error](err); ok {
		return domainStatus(domain)
	}
	// Only gRPC's own: a status inside another error is the text of a driver.
	if own, ok := err.(interface{ GRPCStatus() *status.Status }); ok {
		return ownSentence(own.GRPCStatus())
	}
	return domainStatus(&iam.Error{Code: iam.Internal, Reason: "INTERNAL", Message: "the server failed"})
}

// ownSentence replaces the text of a library, which may show the inside of the
// server and helps nobody outside.
func ownSentence(answer *status.Status) *status.Status {
	for _, detail := range answer.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == Domain {
			return answer
		}
	}
	name := code.Code_name[int32(answer.Code())]
	sentence, known := sentences[answer.Code()]
	if !known {
		sentence = "the server failed"
	}
	return domainStatus(&iam.Error{Code: iam.Code(name), Reason: name, Message: sentence})
}

// sentences say what gRPC and the gateway mean by a code.
var sentences = map[codes.Code]string{
	codes.Canceled:          "the caller gave up",
	codes.InvalidArgument:   "the request is malformed",
	codes.DeadlineExceeded:  "the request took too long",
	codes.NotFound:          "there is nothing of this name",
	codes.ResourceExhausted: "the request is too large",
	codes.Unimplemented:     "the server has no such method",
	codes.Unavailable:       "the server cannot be reached; try again later",
	codes.Unauthenticated:   "send a token",
}

// contextStatus tells a request that ran out of time, or whose caller left,
// from a fault of the server: use cases wrap both alike.
func contextStatus(err error) *status.Status {
	switch {
	case iam.CodeOf(err) != iam.Internal && iam.CodeOf(err) != iam.Unavailable:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return domainStatus(&iam.Error{Code: "DEADLINE_EXCEEDED", Reason: "DEADLINE_EXCEEDED", Message: "the request took too long"})
	case errors.Is(err, context.Canceled):
		return domainStatus(&iam.Error{Code: "CANCELLED", Reason: "CANCELLED", Message: "the caller gave up"})
	}
	return nil
}

// domainStatus puts err into the status, and others, which were found together
// with it, among the fields at fault.
func domainStatus(err *iam.Error, others ...*iam.Error) *status.Status {
	err = sendable(err)
	message, sentence := err.Message, err.Error()
	if len(others) > 0 {
		more := fmt.Sprintf(" (and %d more)", len(others))
		message, sentence = message+more, sentence+more
	}
	info := &errdetails.ErrorInfo{Reason: err.Reason, Domain: Domain, Metadata: map[string]string{metaMessage: message}}
	if err.Value != "" {
		info.Metadata[metaValue] = err.Value
	}
	details := []protoadapt.MessageV1{info}
	if err.Field != "" {
		info.Metadata[metaField] = err.Field
		details = append(details, &errdetails.BadRequest{FieldViolations: each(append([]*iam.Error{err}, others...), violation)})
	}
	bare := status.New(grpcCode(err.Code), sentence)
	if full, failed := bare.WithDetails(details...); failed == nil {
		return full
	}
	// Details that cannot be encoded: the sentence alone must do.
	return bare
}

// sendable bounds what is repeated of a request, and makes it UTF-8, which
// statuses must be.
func sendable(err *iam.Error) *iam.Error {
	sent := *err
	sent.Field, sent.Value = echo(err.Field), echo(err.Value)
	sent.Message = strings.ToValidUTF8(err.Message, "\uFFFD")
	return &sent
}

func echo(text string) string {
	if len(text) > maxEcho {
		text = strings.ToValidUTF8(text[:maxEcho], "") + "…"
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

func violation(err *iam.Error) *errdetails.BadRequest_FieldViolation {
	err = sendable(err)
	return &errdetails.BadRequest_FieldViolation{Field: err.Field, Description: err.Message, Reason: err.Reason}
}

// grpcCode returns the gRPC code with the name of a domain code.
func grpcCode(c iam.Code) codes.Code {
	if number, ok := code.Code_value[string(c)]; ok {
		return codes.Code(number)
	}
	return codes.Internal
}

// UnaryErrors is the interceptor that gives clients the statuses of Status, and
// the log the causes of the errors that hide theirs.
func UnaryErrors(logger *slog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		answer, err := next(ctx, req)
		if err == nil {
			return answer, nil
		}
		return nil, report(ctx, logger, info.FullMethod, err)
	}
}

// StreamErrors is UnaryErrors for streams.
func StreamErrors(logger *slog.Logger) grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		if err := next(srv, stream); err != nil {
			return report(stream.Context(), logger, info.FullMethod, err)
		}
		return nil
	}
}

func report(ctx context.Context, logger *slog.Logger, method string, err error) error {
	answer := Status(err)
	level := slog.LevelError
	switch answer.Code() {
	case codes.Unavailable:
		level = slog.LevelWarn
	case codes.Internal, codes.Unknown:
	default:
		return answer.Err()
	}
	attributes := []any{"method", method, "error", err.Error()}
	if domain, ok := errors.AsType[*iam.Error](err); ok && domain.Unwrap() != nil {
		attributes = append(attributes, "cause", domain.Unwrap().Error())
	}
	logger.Log(ctx, level, "request failed", attributes...)
	return answer.Err()
}
