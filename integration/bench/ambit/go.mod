module github.com/ambit-iam/ambit/integration/bench/ambit

go 1.26.6

replace github.com/ambit-iam/ambit/integration/bench => ../
