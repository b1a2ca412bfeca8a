// Package integration has the tests that need containers: PostgreSQL and SpiceDB
// as they run in production, and docker-compose.yml as it is shipped.
//
//	scripts/integration        runs all of it: make integration
//	ambittest                  the systems under test; for suites of other programs, too
//	door                       the ways into a server that scenarios go through
//	images                     what stand-ins of images are made of; see scripts/images
//
// It is a module of its own, so that who uses Ambit as a library does not get
// testcontainers.
package integration
