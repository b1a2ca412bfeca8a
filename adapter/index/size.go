package index

// What the index keeps, in bytes, as measured with ids of 10 to 30 signs: of each
// object the node, its id and its name, and of each tuple an edge at either end and
// its share of the lists that follow from them.
const (
	objectBytes = 120
	tupleBytes  = 20
)

// Bytes returns an estimate of the memory that the state takes, which is right
// within a factor of 1.5.
func (s *Snapshot) Bytes() int64 {
	objects := 0
	for i := range s.names {
		objects += s.names[i].count
	}
	return Bytes(objects, s.tuples)
}

// Bytes returns an estimate of the memory that so many objects and tuples take.
func Bytes(objects, tuples int) int64 { return int64(objects)*objectBytes + int64(tuples)*tupleBytes }
