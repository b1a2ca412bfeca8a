package world

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// yamlLine matches how the parser says where a text stops being YAML.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// malformed is the error for a text that is not YAML. The parser tells a line
// at best, so that this place has no column; a text in which it finds no line
// is wrong as a whole.
func malformed(file string, cause error) *iam.Error {
	message, where := cause.Error(), file+":1"
	if match := yamlLine.FindStringSubmatch(message); match != nil {
		message = strings.TrimPrefix(message, match[0])
		if match[1] != "" {
			where = file + ":" + match[1]
		}
	}
	return iam.Invalid(ReasonMalformed, "", "", fmt.Sprintf("not YAML: %s (%s)", message, where)).Because(cause)
}
