package embedded

// Config says how an embedded server is reached. The zero value is a server
// that only this process can reach.
type Config struct {
	// Listen is the TCP address on which SpiceDB clients may read, such as
	// "127.0.0.1:50051", or "127.0.0.1:0" for any free port. Default: none.
	Listen string
	// PresharedKey is the bearer token of those clients. Required with Listen.
	PresharedKey string
	// AllowRemote permits a Listen address that other machines can reach. The
	// door speaks no TLS, so key and answers then cross the network readable.
	AllowRemote bool
	// CacheSize bounds the memory for remembered parts of answers, such as
	// "64MiB". Default: "16MiB".
	CacheSize string
}

const defaultCacheSize = "16MiB"
