package cli

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOutcome(t *testing.T) {
	t.Parallel()
	listed := make([]difference, 2)
	for want, o := range map[string]outcome{
		"1,234,567 relationships compared: no drift":                             {Compared: 1234567},
		"0 relationships compared: 0 missing, 2 foreign":                         {Foreign: 2, Differences: listed},
		"12 relationships compared: 2 missing, 0 foreign; mended":                {Compared: 12, Missing: 2, Fixed: true, Differences: listed},
		"(and 1,000 more)\n100 relationships compared: 2 missing, 1,000 foreign": {Compared: 100, Missing: 2, Foreign: 1000, Differences: listed},
	} {
		assert.Equal(t, want, o.String())
	}
}

func TestThousands(t *testing.T) {
	t.Parallel()
	for number, want := range map[uint64]string{
		0: "0", 999: "999", 1000: "1,000", 123456: "123,456", 18446744073709551615: "18,446,744,073,709,551,615",
	} {
		assert.Equal(t, want, thousands(number))
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	known, open := progress{to: &screen, name: "apply", total: 5}, progress{to: &screen, name: "reconcile"}
	known.at(7)
	known.end()
	assert.Equal(t, "\rapply: 5 of 5\r\x1b[K", screen.String())
	screen.Reset()
	open.at(120000)
	open.end()
	open.end()
	assert.Equal(t, "\rreconcile: 120,000\x1b[K\r\x1b[K", screen.String())
}
