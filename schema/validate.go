package schema

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// validator fills the look-up tables of a model and reports all that is wrong.
type validator struct {
	model  *Model
	report reporter
}

// modelName is what a model may be called.
var modelName = regexp.MustCompile(`^[a-z][a-z0-9-]{1,62}$`)

// roleID is what a role may be called.
var roleID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.+=-]{0,127}$`)

func (v *validator) validate() {
	v.head()
	v.types()
	v.policyRules()
	v.customRoles()
	v.permissions()
	v.patterns()
	v.roles()
}

func (v *validator) head() {
	if !modelName.MatchString(v.model.Name) {
		v.report.add(at("model"), "%q is no model name: use lower-case letters, digits and -, as in my-product", v.model.Name)
	}
	if v.model.Version < 1 {
		v.report.add(at("version"), "give the model a version of 1 or more")
	}
}

// policyRules checks the switches of access policies and sets their defaults.
func (v *validator) policyRules() {
	rules := &v.model.Policies
	v.wantKinds(at("policies", "subjects"), rules.Subjects, KindUser, KindServiceAccount, KindGroup)
	v.wantKinds(at("policies", "at"), rules.At, KindScope)
	if len(v.model.BindingSubjects()) == 0 {
		v.report.add(at("policies"), "nobody can hold a role: say with subjects: which types a policy may name")
	}
	if rules.MaxRoles == 0 {
		rules.MaxRoles = 1
	}
	if rules.MaxRoles < 0 {
		v.report.add(at("policies", "max_roles"), "%d: a policy has at least one role", rules.MaxRoles)
	}
}

func (v *validator) customRoles() {
	rules := v.model.CustomRoles
	if rules == nil {
		return
	}
	if len(rules.In) == 0 {
		v.report.add(at("custom_roles"), "say with in: which scope types custom roles may belong to")
	}
	v.wantKinds(at("custom_roles", "in"), rules.In, KindScope)
	if rules.InUse == "" {
		rules.InUse = InUseRefuse
	}
	if rules.InUse != InUseRefuse && rules.InUse != InUseCascade {
		v.report.add(at("custom_roles", "in_use"), "%q: write refuse or cascade", rules.InUse)
	}
	v.regex(at("custom_roles", "pattern"), rules.Pattern)
}

func (v *validator) patterns() {
	seen := map[string]bool{}
	for i, p := range v.model.Patterns {
		switch {
		case !strings.Contains(p.Name, wildcard):
			v.report.add(at("patterns", i, "name"), "%q has no *: write it under permissions", p.Name)
		case seen[p.Name]:
			v.report.add(at("patterns", i, "name"), "%q is here twice", p.Name)
		default:
			v.spelling(at("patterns", i, "name"), p.Name)
		}
		seen[p.Name] = true
		for j, name := range p.At {
			v.wantType(at("patterns", i, "at", j), name)
		}
	}
}

// wantType reports a name that is no type, and returns the type or nil.
func (v *validator) wantType(path []any, name string) *Type {
	t := v.model.Types[name]
	if t == nil {
		v.report.add(path, "there is no type %q%s", name, suggest(name, slices.Sorted(maps.Keys(v.model.Types))))
	}
	return t
}

// wantKind reports a name that is no type of one of the kinds.
func (v *validator) wantKind(path []any, name string, kinds ...Kind) {
	t := v.wantType(path, name)
	if t != nil && !slices.Contains(kinds, t.Kind) {
		v.report.add(path, "%s is a %s; wanted here: %s", name, t.Kind, joinKinds(kinds))
	}
}

// wantKinds is wantKind for a list, in which no name may be twice.
func (v *validator) wantKinds(path []any, names []string, kinds ...Kind) {
	for i, name := range names {
		v.wantKind(step(path, i), name, kinds...)
		if slices.Contains(names[:i], name) {
			v.report.add(step(path, i), "%s is here twice", name)
		}
	}
}

// wantPermission reports a name that is no permission, and returns it or nil.
func (v *validator) wantPermission(path []any, name string) *Permission {
	p := v.model.permissions[name]
	if p == nil {
		v.report.add(path, "there is no permission %q%s", name, suggest(name, slices.Sorted(maps.Keys(v.model.permissions))))
	}
	return p
}

func (v *validator) regex(path []any, text string) *regexp.Regexp {
	compiled, err := regexp.Compile(text)
	if err != nil {
		v.report.add(path, "%q is no regular expression: %v", text, err)
		return regexp.MustCompile("")
	}
	return compiled
}

func joinKinds(kinds []Kind) string {
	words := make([]string, len(kinds))
	for i, kind := range kinds {
		words[i] = string(kind)
	}
	return strings.Join(words, ", ")
}
