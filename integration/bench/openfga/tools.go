//go:build tools

package main

import _ "github.com/openfga/openfga/cmd/openfga" // the server, which bench-peers builds
