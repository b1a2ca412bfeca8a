package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// The values of --output.
const (
	outputTable = "table"
	outputJSON  = "json"
	outputYAML  = "yaml"
)

// cellWidth is where the texts of a table are cut.
const cellWidth = 60

// ownOutput marks commands whose --output means more than the three.
const ownOutput = "own output"

// checkOutput refuses a word that no command understands before work is done.
func (a *app) checkOutput(cmd *cobra.Command) error {
	if cmd.Annotations[ownOutput] != "" {
		return nil
	}
	switch a.settings.output {
	case outputTable, outputJSON, outputYAML:
		return nil
	}
	return misuse(fmt.Sprintf("--output is table, json or yaml, not %q", a.settings.output), "")
}

// show prints a value for programs, or calls table to print it for people.
func (a *app) show(value any, table func(io.Writer)) error {
	var text bytes.Buffer
	switch a.settings.output {
	case outputJSON:
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(value); err != nil {
			return err
		}
	case outputYAML:
		encoder := yaml.NewEncoder(&text)
		encoder.SetIndent(2)
		if err := encoder.Encode(value); err != nil {
			return err
		}
	default:
		table(&text)
	}
	_, err := a.stdout.Write(text.Bytes())
	return err
}

// generic returns a message as maps and lists, with the names of the proto
// file, as REST shows it.
func generic(message proto.Message) (any, error) {
	data, err := protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}.Marshal(message)
	if err != nil {
		return nil, err
	}
	var value any
	err = json.Unmarshal(data, &value)
	return value, err
}

// generics is generic for a list; it is never nil.
func generics[M proto.Message](messages []M) ([]any, error) {
	values := make([]any, len(messages))
	for i, message := range messages {
		value, err := generic(message)
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}

// table prints rows below headings, without spaces at the ends of lines.
func table(w io.Writer, headings []string, rows [][]string) {
	var text bytes.Buffer
	tabs := tabwriter.NewWriter(&text, 0, 4, 2, ' ', 0)
	for _, cells := range append([][]string{headings}, rows...) {
		for _, cell := range cells {
			_, _ = io.WriteString(tabs, short(cell)+"\t")
		}
		_, _ = io.WriteString(tabs, "\n")
	}
	_ = tabs.Flush()
	for row := range strings.Lines(text.String()) {
		line(w, "%s", strings.TrimRight(row, " \n"))
	}
}

// short cuts a text to the width of a cell. What would break the table, or
// steer the terminal, becomes a space.
func short(text string) string {
	clean := []rune(printable(text))
	if len(clean) > cellWidth {
		return string(clean[:cellWidth-1]) + "…"
	}
	return string(clean)
}

// printable replaces signs that steer a terminal: names come from strangers.
func printable(text string) string {
	return strings.Map(func(char rune) rune {
		if char < ' ' || char >= 0x7f && char < 0xa0 {
			return ' '
		}
		return char
	}, text)
}

// thousands writes a number as people read it: 1,234,567.
func thousands(number uint64) string {
	text := strconv.FormatUint(number, 10)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
