package api

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ambit-iam/ambit/adapter/iam"
)

// checkQuery says which parameter of a query is wrong.
func (r route) checkQuery(raw string) error {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return iam.Invalid("QUERY_MALFORMED", "", "", "the query is not name=value, joined with & and with other signs escaped as %XX")
	}
	for name, values := range query {
		if !utf8.ValidString(name) {
			return iam.Invalid("PARAMETER_UNKNOWN", "", "", "the name of a query parameter is not UTF-8")
		}
		field := r.query[name]
		if field == nil {
			return iam.Invalid("PARAMETER_UNKNOWN", name, "", "this route has no such query parameter")
		}
		if len(values) > 1 && !field.IsList() {
			return iam.Invalid("PARAMETER_REPEATED", name, values[1], "may be given once")
		}
		for _, value := range values {
			if err := checkParameter(name, value, field); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkParameter(name, value string, field protoreflect.FieldDescriptor) error {
	if !utf8.ValidString(value) {
		return notUTF8(name)
	}
	var err error
	want := ""
	switch field.Kind() {
	case protoreflect.Int32Kind:
		_, err = strconv.ParseInt(value, 10, 32)
		want = "a whole number of 32 bits"
	case protoreflect.BoolKind:
		_, err = strconv.ParseBool(value)
		want = "true or false"
	}
	if err != nil {
		return iam.Invalid("FIELD_KIND", name, value, "must be "+want)
	}
	return nil
}

// checkPath looks at what stands in the path. It returns these texts by the
// name of their field in the body.
func checkPath(params map[string]string) (map[string]string, error) {
	fixed := map[string]string{}
	for name, value := range params {
		name = name[strings.LastIndexByte(name, '.')+1:]
		if !utf8.ValidString(value) {
			return nil, notUTF8(name)
		}
		fixed[name] = value
	}
	return fixed, nil
}

func notUTF8(field string) error {
	return iam.Invalid("NOT_UTF8", field, "", "is not UTF-8")
}
