module github.com/ambit-iam/ambit/integration/bench/casbin

go 1.26.6

replace github.com/ambit-iam/ambit/integration/bench => ../

require (
	github.com/ambit-iam/ambit/integration/bench v0.0.0-00010101000000-000000000000
	github.com/casbin/casbin/v3 v3.10.0
)

require (
	github.com/bmatcuk/doublestar/v4 v4.6.1 // indirect
	github.com/casbin/govaluate v1.3.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
)
