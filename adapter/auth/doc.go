// Package auth knows who is calling: each caller shows a bearer token, and each
// token has a name, under which the audit log records what was changed.
//
//	tokens, err := auth.NewTokens(auth.Token{Actor: "admin", Secret: secret})
//	grpc.NewServer(grpc.ChainUnaryInterceptor(auth.Unary(tokens, open)))
//
// REST requests pass the same interceptors, because the gateway hands the
// Authorization header on as metadata. Whoever has a token may do everything;
// tokens that may do less are not there yet.
//
// Secrets have 128 bits from the operating system's randomness. They are kept
// as SHA-256 sums and compared in constant time.
package auth
