package report

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// table aligns rows; the first one is the head.
func table(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for i, row := range rows {
		writeRow(&b, row, widths)
		if i == 0 {
			writeRule(&b, widths)
		}
	}
	return b.String()
}

func writeRow(b *strings.Builder, row []string, widths []int) {
	b.WriteString("|")
	for i, width := range widths {
		cell := ""
		if i < len(row) {
			cell = row[i]
		}
		pad := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
		if i == 0 {
			b.WriteString(" " + cell + pad + " |")
		} else {
			b.WriteString(" " + pad + cell + " |")
		}
	}
	b.WriteString("\n")
}

func writeRule(b *strings.Builder, widths []int) {
	b.WriteString("|")
	for i, width := range widths {
		b.WriteString(strings.Repeat("-", width+1))
		if i == 0 {
			b.WriteString("-|")
		} else {
			b.WriteString(":|")
		}
	}
	b.WriteString("\n")
}

// duration shows three digits.
func duration(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case d < time.Millisecond:
		return digits(float64(d)/float64(time.Microsecond)) + " µs"
	case d < time.Second:
		return digits(float64(d)/float64(time.Millisecond)) + " ms"
	}
	return digits(d.Seconds()) + " s"
}

func digits(value float64) string {
	switch {
	case value >= 100:
		return fmt.Sprintf("%.0f", value)
	case value >= 10:
		return fmt.Sprintf("%.1f", value)
	}
	return fmt.Sprintf("%.2f", value)
}

// count shows a number with commas; nothing measured is "n/a".
func count(value float64) string {
	if value <= 0 {
		return "n/a"
	}
	if value < 10 {
		return fmt.Sprintf("%.1f", value)
	}
	text := fmt.Sprintf("%.0f", value)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// ratio shows how many times one is the other.
func ratio(one, other float64) string {
	if one <= 0 || other <= 0 {
		return ""
	}
	if one/other >= 10 {
		return count(one / other)
	}
	return digits(one / other)
}

func mebibytes(bytes uint64) string {
	return digits(float64(bytes)/(1<<20)) + " MiB"
}
