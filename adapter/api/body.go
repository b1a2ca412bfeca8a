package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// Bounds of a JSON body besides its size: a few bytes of JSON can become a
// hundred times as many in memory.
const (
	maxDepth  = 64
	maxValues = 2_000_000
)

// checkBody says what is wrong with a JSON body, with the field at fault. Texts
// that are in fixed, by the name of their field, must not differ from it. What
// it lets through the gateway may still refuse, with a less useful sentence.
func checkBody(data []byte, message protoreflect.MessageDescriptor, fixed map[string]string) error {
	if !utf8.Valid(data) {
		return malformed("", "the body is not UTF-8")
	}
	w := &walker{data: data, dec: json.NewDecoder(bytes.NewReader(data)), fixed: fixed}
	w.dec.UseNumber()
	token, err := w.next()
	if err != nil {
		return err
	}
	if err := w.message(token, message); err != nil {
		return err
	}
	if _, err := w.dec.Token(); !errors.Is(err, io.EOF) {
		return malformed("", "the body goes on after the JSON value")
	}
	return nil
}

func malformed(path, message string) error { return iam.Invalid("BODY_MALFORMED", path, "", message) }

// walker reads a body token by token, so that a body is never in memory as Go
// values, which are much larger than their text.
type walker struct {
	data  []byte
	dec   *json.Decoder
	fixed map[string]string
	// path leads to the value that is being read.
	path []step
	// depth and values have been seen.
	depth, values int
}

// step leads to a value: the name of a field, which may be empty, or a place in a list.
type step struct {
	name   string
	inList bool
	place  int
}

// at is the path as errors write it, "policies[0].scope".
func (w *walker) at() string {
	var text strings.Builder
	for i, s := range w.path {
		switch {
		case s.inList:
			fmt.Fprintf(&text, "[%d]", s.place)
		case i > 0:
			text.WriteString("." + s.name)
		default:
			text.WriteString(s.name)
		}
	}
	return text.String()
}

func (w *walker) enter(s step) { w.path = append(w.path, s) }

func (w *walker) leave() { w.path = w.path[:len(w.path)-1] }

// next returns the next token. Texts are texts: half a surrogate pair, which
// the decoder would replace, is refused.
func (w *walker) next() (json.Token, error) {
	before := w.dec.InputOffset()
	token, err := w.dec.Token()
	if err != nil {
		return nil, malformed("", fmt.Sprintf("the body is not JSON, near byte %d", w.dec.InputOffset()))
	}
	switch t := token.(type) {
	case json.Delim:
		return token, w.nest(t)
	case string:
		if strings.ContainsRune(t, utf8.RuneError) && loneSurrogate(w.data[before:w.dec.InputOffset()]) {
			return nil, malformed(w.at(), "holds half of a surrogate pair")
		}
	}
	return token, w.count()
}

func (w *walker) nest(delim json.Delim) error {
	if delim == '}' || delim == ']' {
		w.depth--
		return nil
	}
	w.depth++
	if w.depth > maxDepth {
		return iam.Invalid("BODY_TOO_DEEP", "", "", fmt.Sprintf("the body is nested more than %d deep", maxDepth))
	}
	return w.count()
}

func (w *walker) count() error {
	w.values++
	if w.values > maxValues {
		return &iam.Error{Code: iam.ResourceExhausted, Reason: reasonTooLarge, Message: fmt.Sprintf("the body holds more than %d values", maxValues)}
	}
	return nil
}

// object reads the rest of an object: each is called for each name, with the
// first token of its value.
func (w *walker) object(each func(name string, token json.Token) error) error {
	seen := map[string]bool{}
	for w.dec.More() {
		token, err := w.next()
		if err != nil {
			return err
		}
		name, _ := token.(string) // the decoder allows no other keys
		w.enter(step{name: name})
		if seen[name] {
			return iam.Invalid("FIELD_REPEATED", w.at(), "", "is given twice")
		}
		seen[name] = true
		if token, err = w.next(); err != nil {
			return err
		}
		if err := each(name, token); err != nil {
			return err
		}
		w.leave()
	}
	_, err := w.next()
	return err
}

// list reads the rest of a list.
func (w *walker) list(each func(token json.Token) error) error {
	for i := 0; w.dec.More(); i++ {
		w.enter(step{inList: true, place: i})
		token, err := w.next()
		if err != nil {
			return err
		}
		if err := each(token); err != nil {
			return err
		}
		w.leave()
	}
	_, err := w.next()
	return err
}

// anything reads a value of a Struct. Worlds are the only Structs in requests,
// and hold no numbers, which a Struct would round.
func (w *walker) anything(token json.Token) error {
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return w.object(func(_ string, token json.Token) error { return w.anything(token) })
		}
		return w.list(w.anything)
	case json.Number:
		return wrongKind(w.at(), t, "a text in quotes")
	}
	return nil
}

func (w *walker) message(token json.Token, message protoreflect.MessageDescriptor) error {
	if token != json.Delim('{') {
		return wrongKind(w.at(), token, "an object")
	}
	if message.FullName() == "google.protobuf.Struct" {
		return w.anything(token)
	}
	seen := map[protoreflect.Name]bool{}
	return w.object(func(name string, token json.Token) error {
		field := message.Fields().ByName(protoreflect.Name(name))
		if field == nil {
			field = message.Fields().ByJSONName(name)
		}
		if field == nil {
			return iam.Invalid("FIELD_UNKNOWN", w.at(), "", "there is no such field; there are "+fieldNames(message))
		}
		if seen[field.Name()] {
			return iam.Invalid("FIELD_REPEATED", w.at(), "", "is given twice, as "+string(field.Name())+" and "+field.JSONName())
		}
		seen[field.Name()] = true
		return w.field(token, field)
	})
}

func (w *walker) field(token json.Token, field protoreflect.FieldDescriptor) error {
	if token == nil {
		return nil // null means absent
	}
	if !field.IsList() {
		return w.value(token, field)
	}
	if token != json.Delim('[') {
		return wrongKind(w.at(), token, "a list")
	}
	return w.list(func(token json.Token) error { return w.value(token, field) })
}

func (w *walker) value(token json.Token, field protoreflect.FieldDescriptor) error {
	ok, want := true, ""
	switch field.Kind() {
	case protoreflect.StringKind:
		var text string
		text, ok = token.(string)
		want = "a text in quotes"
		if fixed, given := w.fixed[string(field.Name())]; given && len(w.path) == 1 && text != "" && text != fixed {
			return iam.Invalid("ID_MISMATCH", w.at(), text, fmt.Sprintf("differs from %q in the path", fixed))
		}
	case protoreflect.BoolKind:
		_, ok = token.(bool)
		want = "true or false"
	case protoreflect.Int32Kind:
		ok = isInt32(token)
		want = "a whole number of 32 bits"
	case protoreflect.MessageKind:
		if field.Message().FullName() != "google.protobuf.Timestamp" {
			return w.message(token, field.Message())
		}
		ok = isTime(token)
		want = `a time in quotes, as in "2026-01-31T12:00:00Z"`
	}
	if !ok {
		return wrongKind(w.at(), token, want)
	}
	return nil
}

func isInt32(token json.Token) bool {
	number, ok := token.(json.Number)
	if !ok {
		return false
	}
	value, err := number.Float64()
	return err == nil && value == math.Trunc(value) && math.MinInt32 <= value && value <= math.MaxInt32
}

// isTime wants what protobuf takes: years 1 to 9999, and nanoseconds at most.
func isTime(token json.Token) bool {
	text, ok := token.(string)
	if !ok {
		return false
	}
	value, err := time.Parse(time.RFC3339Nano, text)
	_, fraction, _ := strings.Cut(text, ".")
	digits := len(fraction) - len(strings.TrimLeft(fraction, "0123456789"))
	year := value.UTC().Year()
	return err == nil && digits <= 9 && !strings.Contains(text, ",") && 1 <= year && year <= 9999
}

// loneSurrogate reports whether quoted text holds \ud800 to \udfff without its
// other half.
func loneSurrogate(quoted []byte) bool {
	high := false
	for i := 0; i < len(quoted); i++ {
		var unit uint64
		if quoted[i] == '\\' && i+5 < len(quoted) && quoted[i+1] == 'u' {
			unit, _ = strconv.ParseUint(string(quoted[i+2:i+6]), 16, 16) // the decoder has read it
		}
		low := 0xdc00 <= unit && unit < 0xe000
		if low != high {
			return true
		}
		high = 0xd800 <= unit && unit < 0xdc00
		switch {
		case unit != 0:
			i += 5
		case quoted[i] == '\\':
			i++
		}
	}
	return high
}

func wrongKind(path string, token json.Token, want string) error {
	text := ""
	if _, nested := token.(json.Delim); !nested {
		text = fmt.Sprint(token)
	}
	if token == nil {
		text = "null"
	}
	return iam.Invalid("FIELD_KIND", path, text, "must be "+want)
}

func fieldNames(message protoreflect.MessageDescriptor) string {
	var names []string
	for i := range message.Fields().Len() {
		names = append(names, string(message.Fields().Get(i).Name()))
	}
	return strings.Join(names, ", ")
}
