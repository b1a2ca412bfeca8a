// Package api serves the use cases of package adapter to other programs: as
// gRPC (package ambit.v1, see the folder proto) and, from the same protos, as
// REST with an OpenAPI document.
//
//	gRPC client ──────────────▶ grpc.Server ──▶ Register: one file per noun ──▶ *adapter.Adapter
//	                              ▲      ▲
//	curl ──▶ Gateway ── Local ────┘      └─ UnaryErrors: *iam.Error becomes a status (error.go)
//	          └─ refuses what is unknown, malformed or too large (routes.go, query.go, body.go)
//	          └─ writes statuses as JSON errors (rest.go)
//
// Local calls what is registered as the server would, without its transport; only
// streams go through the server itself.
//
// A handler reads references, calls one use case and writes the answer; rules
// live behind the use case. Every write answers with the object, a consistency
// token and whether SpiceDB has it yet.
//
// The rules of the wire are the same for every noun:
//
//   - Names in JSON are those of the protos (page_size), and false, 0 and empty
//     lists are written out. A field or query parameter that does not exist is
//     refused by name.
//   - PATCH changes the fields in update_mask; without one, those in the body.
//     Fields that only the server sets are ignored, so that what GET returned
//     can be sent back; a field that cannot change must keep its value.
//   - An etag that is not the current one is refused with ABORTED.
//   - request_id makes a create repeatable, see replay.go.
//   - HTTP statuses are those that grpc-gateway gives to gRPC codes. Note that
//     FAILED_PRECONDITION is 400 there, as INVALID_ARGUMENT is; ABORTED and
//     ALREADY_EXISTS are 409. A body or a batch that is too large is 413. Programs
//     should look at error.code and error.reason.
//   - A stream is a JSON object on each line; an error after the first line is
//     the last one. A caller who reads slowly holds up nobody, see reconcile.go.
//   - No error holds the text of a library, or more than 200 bytes of a value.
package api
