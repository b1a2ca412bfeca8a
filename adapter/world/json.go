package world

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonAsYAML rewrites what JSON may hold and YAML not: the escapes \/ and
// pairs of surrogates, and signs that are not printable. Whatever is no JSON is
// returned as it is.
func jsonAsYAML(data []byte) []byte {
	if !json.Valid(data) {
		return data
	}
	text := make([]byte, 0, len(data))
	for i := 0; i < len(data); {
		if data[i] == '\\' {
			i += escape(&text, data[i:])
			continue
		}
		char, size := utf8.DecodeRune(data[i:])
		if char >= 0x7f && !unicode.IsPrint(char) {
			text = fmt.Appendf(text, `\U%08X`, char)
		} else {
			text = append(text, data[i:i+size]...)
		}
		i += size
	}
	return text
}

// escape rewrites the escape that data begins with and returns its length. In
// valid JSON a backslash stands in a string, with a sign after it.
func escape(text *[]byte, data []byte) int {
	if char, ok := surrogates(data); ok {
		*text = fmt.Appendf(*text, `\U%08X`, char)
		return len(`\uD83D\uDE00`)
	}
	if data[1] == '/' {
		*text = append(*text, '/')
	} else {
		*text = append(*text, data[:2]...)
	}
	return 2
}

// surrogates reads \uXXXX\uXXXX that stand for one sign.
func surrogates(data []byte) (rune, bool) {
	if len(data) < 12 || data[1] != 'u' || data[6] != '\\' || data[7] != 'u' {
		return 0, false
	}
	high, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	if err != nil {
		return 0, false
	}
	low, err := strconv.ParseUint(string(data[8:12]), 16, 16)
	if err != nil {
		return 0, false
	}
	char := utf16.DecodeRune(rune(high), rune(low))
	return char, char != utf8.RuneError
}
