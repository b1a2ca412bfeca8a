package cli

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// size is a flag for a number of bytes, as 512MiB, 1.5 GiB or 4096. MB and GB are
// refused, since some mean powers of ten by them and some do not.
type size int64

// Type is how help names the value.
func (*size) Type() string { return "size" }

// String is the number of bytes; that of the default is for help.
func (s *size) String() string { return strconv.FormatInt(int64(*s), 10) }

// Set reads a size.
func (s *size) Set(text string) error {
	number, factor := strings.TrimSpace(text), 1.0
	for i, unit := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if rest, found := strings.CutSuffix(number, unit); found {
			number, factor = strings.TrimSpace(rest), math.Pow(1024, float64(i+1))
			break
		}
	}
	count, err := strconv.ParseFloat(number, 64)
	if bytes := count * factor; err == nil && bytes >= 0 && bytes < math.MaxInt64 {
		*s = size(bytes)
		return nil
	}
	return errors.New("say a size such as 512MiB or 2GiB, or 0 for none")
}
