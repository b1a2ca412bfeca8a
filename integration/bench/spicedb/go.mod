module github.com/ambit-iam/ambit/integration/bench/spicedb

go 1.26.6

replace github.com/ambit-iam/ambit/integration/bench => ../
