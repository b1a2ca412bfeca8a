package client

import (
	"cmp"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// domainError returns the *iam.Error that the server sent. An error that did
// not come from a use case has the name of its gRPC code as code and reason,
// and a sentence of ours.
func (h handshakes) domainError(err error) *iam.Error {
	answer := status.Convert(err)
	for _, detail := range answer.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return (&iam.Error{
				Code:    iam.Code(code.Code_name[int32(answer.Code())]),
				Reason:  info.GetReason(),
				Field:   info.GetMetadata()["field"],
				Value:   info.GetMetadata()["value"],
				Message: info.GetMetadata()["message"],
			}).Because(err)
		}
	}
	if answer.Code() == codes.Unavailable {
		return h.unreachable().Because(err)
	}
	name := code.Code_name[int32(answer.Code())]
	return (&iam.Error{Code: iam.Code(name), Reason: name, Message: cmp.Or(sentences[answer.Code()], "the call failed with "+name)}).Because(err)
}

// sentences say what gRPC itself means by a code.
var sentences = map[codes.Code]string{
	codes.Canceled:          "the call was cancelled",
	codes.DeadlineExceeded:  "the server did not answer in time",
	codes.ResourceExhausted: "the request, or its answer, is too large",
	codes.Unimplemented:     "the server has no such method; it may be of another version",
}
