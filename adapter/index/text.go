package index

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// definition is an object type as the compiled schema spells it.
type definition struct {
	name        string
	relations   []line
	permissions []line
}

// line is a relation with the types of its subjects, or a permission with its
// expression.
type line struct {
	name   string
	tokens []string
}

// comment finds what says nothing. The first to begin wins, so that neither
// kind is found inside the other.
var comment = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)

// definitions reads the schema that a model compiles to, and counts the lines
// that are of no known form.
func definitions(text string) (all []*definition, unread int) {
	spaced := strings.NewReplacer("(", " ( ", ")", " ) ", "{", " { ", "}", " } ")
	for row := range strings.Lines(spaced.Replace(comment.ReplaceAllString(text, ""))) {
		words := strings.Fields(row)
		last := len(all) - 1
		switch {
		case len(words) == 0 || len(words) == 1 && words[0] == "}":
		case words[0] == "definition" && len(words) >= 2:
			all = append(all, &definition{name: words[1]})
		case words[0] == "relation" && len(words) >= 3 && last >= 0:
			all[last].relations = append(all[last].relations, line{strings.TrimSuffix(words[1], ":"), words[2:]})
		case words[0] == "permission" && len(words) >= 4 && words[2] == "=" && last >= 0:
			all[last].permissions = append(all[last].permissions, line{words[1], words[3:]})
		default:
			unread++
		}
	}
	return all, unread
}

// The signs of expressions.
const (
	signUnion = "+"
	signAll   = "&"
	signArrow = "->"
	nobody    = "nil"
)

var errUnread = errors.New("an expression of an unknown form")

// reader reads one expression. Names become symbols; what they mean is found
// out later, by resolve.
type reader struct {
	tokens  []string
	symbols symbols
}

// expression reads terms joined by one sign; two signs need brackets.
func (r *reader) expression() (expr, error) {
	first, err := r.term()
	if err != nil || len(r.tokens) == 0 || r.tokens[0] == ")" {
		return first, err
	}
	sign := r.tokens[0]
	joined := expr{op: opUnion, parts: []expr{first}}
	if sign == signAll {
		joined.op = opAll
	} else if sign != signUnion {
		return expr{}, errUnread
	}
	for len(r.tokens) > 0 && r.tokens[0] == sign {
		r.tokens = r.tokens[1:]
		part, err := r.term()
		if err != nil {
			return expr{}, err
		}
		joined.parts = append(joined.parts, part)
	}
	if len(r.tokens) > 0 && r.tokens[0] != ")" {
		return expr{}, errUnread
	}
	return joined, nil
}

// term reads a name, an arrow, nil, or an expression in brackets.
func (r *reader) term() (expr, error) {
	if len(r.tokens) == 0 {
		return expr{}, errUnread
	}
	token := r.tokens[0]
	r.tokens = r.tokens[1:]
	if token == "(" {
		inner, err := r.expression()
		if err != nil || len(r.tokens) == 0 {
			return expr{}, errUnread
		}
		r.tokens = r.tokens[1:] // the bracket that closes
		return inner, nil
	}
	if slices.Contains([]string{")", signUnion, signAll}, token) {
		return expr{}, errUnread
	}
	if token == nobody {
		return expr{}, nil
	}
	way, target, arrow := strings.Cut(token, signArrow)
	if !arrow {
		return expr{op: opName, name: r.symbols.of(token)}, nil
	}
	return expr{op: opArrow, relation: relationNamed(way), name: r.symbols.of(target)}, nil
}

// symbol is the number of a relation's or permission's name.
type symbol uint32

type symbols map[string]symbol

// of returns the number of a name; 0 is no name's.
func (s symbols) of(name string) symbol {
	if n, known := s[name]; known {
		return n
	}
	s[name] = symbol(len(s) + 1)
	return s[name]
}
