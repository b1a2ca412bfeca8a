package adapter

// SealedToken makes a token that names a write, for tests.
func SealedToken(tenant string, seq uint64) Token {
	return tokenContent{Entries: []tokenEntry{{Tenant: tenant, Seq: seq}}}.token()
}
