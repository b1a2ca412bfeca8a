package adapter

import (
	"hash/maphash"
	"iter"

	"github.com/ambit-iam/ambit/adapter/rel"
)

// sums is a fingerprint of a set of tuples: each falls into a bucket by its
// hash, and a bucket is the sum of the hashes in it. The order does not matter,
// and the size does not depend on the number of tuples. Two different sets have
// the same sums with a chance of about 2^-48 for each bucket in which they
// differ; the seed is random, so nobody can choose such sets.
type sums [buckets]uint64

const (
	bucketBits = 16
	buckets    = 1 << bucketBits
)

// examined bounds how many tuples of a side are compared one by one at a time.
const examined = 200_000

// bucketsAtOnce is how many buckets hold about that many of count tuples.
func bucketsAtOnce(count uint64) int {
	return int(max(1, min(buckets, examined*buckets/max(count, 1))))
}

// sumsSeed is one for the process: sums of one comparison go together.
var sumsSeed = maphash.MakeSeed()

// hashed returns the hash and the bucket of a tuple.
func hashed(tuple rel.Tuple) (hash uint64, bucket int) {
	hash = maphash.Comparable(sumsSeed, tuple)
	return hash, int(hash >> (64 - bucketBits))
}

func (s *sums) addAll(tuples iter.Seq2[rel.Tuple, error]) error {
	for tuple, err := range tuples {
		if err != nil {
			return err
		}
		hash, bucket := hashed(tuple)
		s[bucket] += hash
	}
	return nil
}

// differ returns the buckets in which two sums differ.
func (s *sums) differ(other *sums) []int {
	var different []int
	for bucket := range s {
		if s[bucket] != other[bucket] {
			different = append(different, bucket)
		}
	}
	return different
}

// eachIn visits the tuples of some buckets.
func eachIn(tuples iter.Seq2[rel.Tuple, error], chosen map[int]bool, visit func(rel.Tuple)) error {
	for tuple, err := range tuples {
		if err != nil {
			return err
		}
		if _, bucket := hashed(tuple); chosen[bucket] {
			visit(tuple)
		}
	}
	return nil
}
