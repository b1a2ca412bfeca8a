module github.com/ambit-iam/ambit/integration/bench/cerbos

go 1.26.6

replace github.com/ambit-iam/ambit/integration/bench => ../

require github.com/cerbos/cerbos v0.50.0 // indirect
