//go:build tools

package main

import _ "github.com/cerbos/cerbos/cmd/cerbos"
