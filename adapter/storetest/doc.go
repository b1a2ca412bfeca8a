// Package storetest is what an adapter.Store has to pass. A store's own tests
// call Run with a function that opens an empty one:
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) adapter.Store { ... })
//	}
//
// The comments in package adapter are the contract; a test here names the
// sentence that it holds a store to. References to subjects use the types
// "user", "service_account" and "group".
package storetest
