package main

import (
	"slices"
	"strings"
)

// visit is one run of a program.
type visit struct {
	program, door string
	policies      int
	crowd         bool
}

// doors are all ways to ask all engines, with the sizes of the worlds. Where a size
// is missing, another door says as much, or nobody would wait for it.
var doors = []struct {
	program, door string
	sizes         []int
	crowd         bool
}{
	{"ambit", "index", []int{500, 5000, 50_000, 500_000}, true},
	{"ambit", "adapter", []int{500, 5000, 50_000}, true},
	{"spicedb", "library", []int{500, 5000, 50_000}, true},
	{"openfga", "library", []int{500, 5000, 50_000}, true},
	{"casbin", "library", []int{500, 5000, 50_000}, true},
	{"cedar", "library", []int{500, 5000, 50_000}, true},
	{"ambit", "grpc", []int{500, 5000, 50_000}, true},
	{"ambit", "rest", []int{500, 5000}, false},
	{"spicedb", "grpc", []int{500, 5000, 50_000}, true},
	{"spicedb", "grpc-stale", []int{5000}, true},
	{"spicedb", "grpc-postgres", []int{500, 5000, 50_000}, true},
	{"spicedb", "grpc-postgres-stale", []int{5000}, true},
	{"openfga", "grpc", []int{500, 5000}, true},
}

// visits returns all runs of the named programs, or of all.
func visits(only string) []visit {
	var all []visit
	for _, d := range doors {
		if only != "" && !slices.Contains(strings.Split(only, ","), d.program) {
			continue
		}
		for _, size := range d.sizes {
			all = append(all, visit{d.program, d.door, size, false})
		}
		if d.crowd {
			all = append(all, visit{d.program, d.door, 5000, true})
		}
	}
	return all
}
