package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Reference returns all of the model for people, as Markdown: scopes,
// principals, roles with what they hold, permissions, rules in use, sources.
func (m *Model) Reference() string {
	r := &reference{model: m, holders: m.holders()}
	r.head()
	r.scopes()
	r.principals()
	r.resources()
	r.policies()
	r.roles()
	r.permissions()
	r.patterns()
	r.rules()
	r.sources()
	return r.text.String()
}

// reference writes the document.
type reference struct {
	model *Model
	// holders are the system roles that hold a permission anywhere.
	holders map[string][]string
	text    strings.Builder
}

// line writes a line; without arguments, what it says as it is.
func (r *reference) line(format string, args ...any) {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	r.text.WriteString(format)
	r.text.WriteByte('\n')
}

// heading begins a section.
func (r *reference) heading(title string) {
	r.line("")
	r.line("## " + title)
	r.line("")
}

// row writes a row of a table.
func (r *reference) row(cells ...string) {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(oneLine(cell), "|", `\|`)
	}
	r.line("| " + strings.Join(cells, " | ") + " |")
}

// table begins a table.
func (r *reference) table(titles ...string) {
	r.row(slices.Clone(titles)...)
	r.line("|" + strings.Repeat(" --- |", len(titles)))
}

func (r *reference) head() {
	m := r.model
	title := m.Title
	if title == "" {
		title = m.Name
	}
	r.line("# " + oneLine(title))
	r.line("")
	r.line(strings.TrimSpace(fmt.Sprintf("Model `%s`, version %d. %s", m.Name, m.Version, oneLine(m.Description))))
}

func (r *reference) scopes() {
	r.heading("Scopes")
	r.table("type", "in", "can be isolated", "")
	for _, name := range r.model.ScopeTypes() {
		t := r.model.Types[name]
		in := "(a tenant)"
		if len(t.In) > 0 {
			in = code(t.In)
		}
		r.row(code([]string{name}), in, yes(t.Isolatable), t.Description)
	}
}

func (r *reference) principals() {
	r.heading("Principals")
	r.table("type", "kind", "in", "members", "")
	for _, name := range r.model.order {
		t := r.model.Types[name]
		if t.Kind == KindScope || t.Kind == KindResource {
			continue
		}
		kind := strings.ReplaceAll(string(t.Kind), "_", " ")
		r.row(code([]string{name}), kind, code(t.In), code(t.Members), t.Description)
	}
}

func (r *reference) resources() {
	var owned []string
	for _, name := range r.model.order {
		if t := r.model.Types[name]; t.Kind == KindResource || len(t.Owners) > 0 {
			owned = append(owned, name)
		}
	}
	if len(owned) == 0 {
		return
	}
	r.heading("Things with owners")
	r.table("type", "in", "owners", "ownership", "")
	for _, name := range owned {
		t := r.model.Types[name]
		r.row(code([]string{name}), code(t.In), owners(t), string(t.Ownership), t.Description)
	}
}

// owners says who may own an object of a type, and how many.
func owners(t *Type) string {
	words := make([]string, len(t.Owners))
	for i, name := range t.Owners {
		words[i] = code([]string{name})
		if bound := t.MaxOwners[name]; bound > 0 {
			words[i] += fmt.Sprintf(" (at most %d)", bound)
		}
		if slices.Contains(t.KeepsOwners, name) {
			words[i] += " (give away before deleting)"
		}
	}
	return strings.Join(words, ", ")
}

func (r *reference) policies() {
	m := r.model
	r.heading("Policies")
	if len(m.Policies.Subjects) == 0 {
		r.line("- People make no policies; they follow from what groups carry.")
	} else {
		r.line("- A policy names one of %s.", code(m.Policies.Subjects))
		r.line("- It holds at most %s.", count(m.Policies.MaxRoles, "role"))
	}
	r.line("- It sits at one of %s.", code(m.PolicyTypes()))
	if m.CustomRoles == nil {
		r.line("- There are no custom roles.")
		return
	}
	r.line("- Custom roles belong to one of %s%s.", code(m.CustomRoles.In), reach(inherits(m.CustomRoles.Inherits)))
	if m.CustomRoles.InUse == InUseCascade {
		r.line("- Deleting a custom role deletes its policies.")
	} else {
		r.line("- A custom role that a policy uses cannot be deleted.")
	}
}

func (r *reference) sources() {
	if len(r.model.Sources) == 0 {
		return
	}
	r.heading("Sources")
	r.line("Marks in the comments of the model file say which statement comes from where.")
	r.line("")
	for _, mark := range slices.Sorted(maps.Keys(r.model.Sources)) {
		r.line("- [%s] %s", mark, oneLine(r.model.Sources[mark]))
	}
}

// reach says what a role does not do, if it does not.
func reach(reaching bool) string {
	if reaching {
		return ""
	}
	return " and hold at the scope of their policy only"
}

// oneLine takes line breaks out of a text.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// code writes names in the way of Markdown.
func code(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

// count writes a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
