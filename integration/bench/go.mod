module github.com/ambit-iam/ambit/integration/bench

go 1.26.6
