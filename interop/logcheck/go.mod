module errand.test/logcheck

go 1.26

require (
	github.com/transparency-dev/merkle v0.0.2
	golang.org/x/mod v0.29.0
)
