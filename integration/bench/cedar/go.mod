module github.com/ambit-iam/ambit/integration/bench/cedar

go 1.26.6

replace github.com/ambit-iam/ambit/integration/bench => ../

require (
	github.com/ambit-iam/ambit/integration/bench v0.0.0-00010101000000-000000000000
	github.com/cedar-policy/cedar-go v1.9.0
)

require (
	github.com/go-json-experiment/json v0.0.0-20260820222146-c27c302e5fc3 // indirect
	golang.org/x/exp v0.0.0-20220921023135-46d9e7742f1e // indirect
)
