//go:build tools

package main

import (
	_ "github.com/openfga/language/pkg/go/transformer"
	_ "github.com/openfga/openfga/cmd/openfga"
	_ "github.com/openfga/openfga/pkg/server"
)
