package schema_test

import (
	"encoding/csv"
	"encoding/json"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/ambit-iam/ambit/schema"
)

// table is what the published tables in testdata say about a system, read
// without the model. The closed-world test asks every permission of every
// system role at every kind of scope, so that a new permission or role fails
// until somebody decides.
type table struct {
	// permissions: name to the types where it may be asked.
	permissions map[string][]string
	// roles: id to the scope types where a policy may name it.
	roles map[string][]string
	// holds says whether a policy with the role at a scope of type policyAt gives
	// the permission at an object of type askedAt on the same branch. It is asked
	// for applicable permissions only.
	holds func(role, policyAt, permission, askedAt string) bool
}

func TestClosedWorld(t *testing.T) {
	t.Parallel()
	tables := map[string]func(testing.TB) table{
		"scalr":         scalrTable,
		"scalr-initial": scalrInitialTable,
		"scalr-classic": classicTable,
		"snapcd":        snapcdTable,
		"stackit":       stackitTable,
	}
	if got, want := schema.BuiltinNames(), slices.Sorted(maps.Keys(tables)); !slices.Equal(got, want) {
		t.Errorf("models %v, tables for %v", got, want)
	}
	for name, read := range tables {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model, want := builtin(t, name), read(t)
			checkCatalogue(t, model, want)
			checkRoles(t, model, want)
			checkAnswers(t, model, want)
		})
	}
}

// checkCatalogue compares the permissions and where they apply.
func checkCatalogue(t *testing.T, model *schema.Model, want table) {
	t.Helper()
	got := map[string][]string{}
	for _, p := range model.Permissions {
		got[p.Name] = p.At
	}
	compareSets(t, "permissions", slices.Collect(maps.Keys(got)), slices.Collect(maps.Keys(want.permissions)))
	for name, types := range want.permissions {
		compareSets(t, name+" is asked at", got[name], types)
	}
}

// checkRoles compares the system roles and where they are assignable.
func checkRoles(t *testing.T, model *schema.Model, want table) {
	t.Helper()
	got := map[string][]string{}
	for _, role := range model.Roles {
		got[role.ID] = model.AssignableAt(role)
	}
	compareSets(t, "roles", slices.Collect(maps.Keys(got)), slices.Collect(maps.Keys(want.roles)))
	for role, types := range want.roles {
		compareSets(t, role+" is assignable at", got[role], types)
	}
}

// checkAnswers asks every permission of every role at every type.
func checkAnswers(t *testing.T, model *schema.Model, want table) {
	t.Helper()
	questions, allowed := 0, 0
	for role, places := range want.roles {
		for _, policyAt := range places {
			grant := reference{model: model, role: role, policyAt: policyAt, content: model.Content(role, policyAt)}
			for permission, types := range want.permissions {
				for _, askedAt := range model.TypeNames() {
					expected := slices.Contains(types, askedAt) && want.holds(role, policyAt, permission, askedAt)
					if got := grant.check(permission, askedAt); got != expected {
						t.Errorf("%s at %s, asked %s at %s: got %t, the table says %t", role, policyAt, permission, askedAt, got, expected)
					}
					questions++
					if expected {
						allowed++
					}
				}
			}
		}
	}
	if allowed == 0 || allowed == questions {
		t.Errorf("%d of %d questions allowed: the table decides nothing", allowed, questions)
	}
}

// reference is a naive evaluator: one policy with one role, and one object of
// each type, placed below one another as far as their types allow. Service
// accounts have no owners; resources belong to nobody.
type reference struct {
	model          *schema.Model
	role, policyAt string
	content        []string
}

func (r reference) check(permission, askedAt string) bool {
	p := r.model.Permission(permission)
	if p == nil || !p.AppliesAt(askedAt) {
		return false
	}
	t := r.model.Type(askedAt)
	switch {
	case p.Tiers != nil:
		return r.holds(p.Tiers.All, t.In[0])
	case t.Kind != schema.KindScope:
		return r.holds(permission, t.In[0])
	case p.AliasOf != "":
		return r.check(p.AliasOf, askedAt)
	case p.AnyRole:
		return r.policyAt == askedAt
	case p.FromBelow && r.below(r.policyAt, askedAt):
		return true
	}
	return r.holds(permission, askedAt)
}

// holds reports whether the policy gives the permission at a scope.
func (r reference) holds(permission, at string) bool {
	if !slices.Contains(r.content, permission) {
		return false
	}
	if r.policyAt == at {
		return true
	}
	condition := r.model.Permission(permission).InheritIf
	return r.below(at, r.policyAt) && r.model.RoleInherits(r.role) && (condition == "" || r.check(condition, at))
}

// below reports whether objects of one scope type sit below those of another.
func (r reference) below(lower, upper string) bool {
	return slices.ContainsFunc(r.model.Type(lower).In, func(parent string) bool {
		return parent == upper || r.below(parent, upper)
	})
}

// scalrTable is the current generation: the permission list and the contents
// of the system roles as the product publishes them.
func scalrTable(t testing.TB) table {
	want := scalrPermissions(t, func(map[string]string) bool { return true })
	for _, action := range []string{"read", "update", "delete"} {
		name := "service-accounts:" + action
		want.permissions[name] = append(want.permissions[name], "service_account")
	}
	everywhere := []string{"account", "environment", "workspace"}
	contents := scalrRoles(t)
	want.roles = map[string][]string{}
	for role := range contents {
		want.roles[role] = everywhere
	}
	want.holds = func(role, policyAt, permission, askedAt string) bool {
		switch {
		case permission == "login":
			return policyAt == "account" && matches(contents[role], "accounts:read")
		case askedAt == "service_account":
			return policyAt == "account" && matches(contents[role], permission)
		case strings.HasPrefix(permission, "modules:") && policyAt != askedAt && !matches(contents[role], "environments:read"):
			return false
		}
		return matches(contents[role], permission) && slices.Index(everywhere, policyAt) <= slices.Index(everywhere, askedAt)
	}
	return want
}

// scalrInitialTable is the first release: names that existed in May 2023, five
// roles, version control connections on environments as well.
func scalrInitialTable(t testing.TB) table {
	want := scalrPermissions(t, func(row map[string]string) bool { return row["first_seen"] == "2023-05" })
	for name := range want.permissions {
		if strings.HasPrefix(name, "vcs-providers:") {
			want.permissions[name] = []string{"account", "environment"}
		}
	}
	both := []string{"account", "environment"}
	want.roles = map[string][]string{
		"account-min-access": {"account"}, "environment-min-access": both, "read-only": both, "user": both, "admin": both,
	}
	contents := scalrRoles(t)
	want.holds = func(role, policyAt, permission, askedAt string) bool {
		if permission == "login" {
			permission = "accounts:read"
		}
		return matches(contents[role], permission) && (policyAt == "account" || askedAt != "account")
	}
	return want
}

// scalrPermissions reads the rows that are permissions, not patterns, and adds
// the derived login.
func scalrPermissions(t testing.TB, keep func(map[string]string) bool) table {
	want := table{permissions: map[string][]string{"login": {"account"}}}
	for _, row := range readTable(t, "scalr_permissions.tsv") {
		if !keep(row) || strings.Contains(row["permission"], "*") {
			continue
		}
		types := []string{}
		for _, at := range []string{"account", "environment", "workspace"} {
			if row[at] == "1" {
				types = append(types, at)
			}
		}
		want.permissions[row["permission"]] = types
	}
	return want
}

func scalrRoles(t testing.TB) map[string][]string {
	data, err := os.ReadFile("testdata/scalr_system_roles.json")
	if err != nil {
		t.Fatal(err)
	}
	contents := map[string][]string{}
	if err := json.Unmarshal(data, &contents); err != nil {
		t.Fatal(err)
	}
	return contents
}

// classicTable: nothing passes down, and a permission is asked in one kind of
// scope only.
func classicTable(t testing.TB) table {
	want := table{
		permissions: map[string][]string{"access": {"environment"}, "farm/see": {"farm"}},
		roles:       map[string][]string{},
	}
	readOnly := map[string]bool{}
	for _, row := range readTable(t, "scalr_classic_acl_resources.tsv") {
		name, at := row["resource"], []string{"environment"}
		if row["group"] == "Account management" || strings.HasSuffix(name, "_ACCOUNT") {
			at = []string{"account"}
		}
		want.permissions[name] = at
		readOnly[name] = row["read_only_base_role"] == "1"
		for _, privilege := range split(row["permissions"]) {
			want.permissions[name+"/"+privilege] = at
			if name == "FARMS" {
				want.permissions["farm/"+privilege] = []string{"farm"}
			}
		}
	}
	for _, role := range []string{"no-access", "read-only", "full-access"} {
		want.roles[role] = []string{"account", "environment"}
	}
	want.holds = func(role, policyAt, permission, askedAt string) bool {
		if askedAt == "farm" {
			return policyAt == "environment" && (role == "full-access" || role == "read-only" && permission == "farm/see")
		}
		held := permission == "access" || role == "full-access" || role == "read-only" && readOnly[permission]
		return policyAt == askedAt && held
	}
	return want
}

// snapcdRoles are the roles of the requirement, with the scopes they are
// assigned on.
func snapcdRoles() map[string][]string {
	branch := []string{"organization", "stack", "namespace", "module"}
	all := append(slices.Clone(branch), "runner")
	return map[string][]string{
		"Owner": all, "Contributor": all, "Reader": all, "IdentityAccessManager": all,
		"JobManager": branch, "SourceChangeNotifier": branch, "Runner": branch,
		"StackCreator": {"organization"}, "NamespaceCreator": {"stack"}, "ModuleCreator": {"namespace"},
	}
}

// snapcdTable reads the any-of lists of the operations. Three things come from
// the requirement instead: what a Contributor does on a module, notifications
// below the organization, and the role Runner.
func snapcdTable(t testing.TB) table {
	want := table{permissions: map[string][]string{"Job.Execute": {"module"}}, roles: snapcdRoles()}
	anyOf, seenBelow := map[string][]string{}, map[string][]string{}
	for _, row := range readTable(t, "snapcd_operations.tsv") {
		entity, verb := row["entity"], row["verb"]
		types := snapcdAskedAt(entity, verb)
		if types == nil {
			continue
		}
		name := entity + "." + verb
		want.permissions[name] = types
		anyOf[name] = append(split(row["any_of_roles"]), snapcdAdditions(entity, verb)...)
		for _, pattern := range split(row["reverse_inherited"]) {
			seenBelow[name] = append(seenBelow[name], strings.ToLower(strings.TrimSuffix(pattern, ".*")))
		}
	}
	anyOf["Job.Execute"] = []string{"Organization.Runner", "Stack.Runner", "Namespace.Runner", "Module.Runner"}
	depth := map[string]int{"organization": 0, "stack": 1, "namespace": 2, "module": 3, "runner": 3}
	want.holds = func(role, policyAt, permission, askedAt string) bool {
		if slices.Contains(seenBelow[permission], policyAt) {
			return true
		}
		title := strings.ToUpper(policyAt[:1]) + policyAt[1:]
		otherBranch := policyAt != askedAt && (policyAt == "runner" || askedAt == "runner" && policyAt != "organization")
		return slices.Contains(anyOf[permission], title+"."+role) && depth[policyAt] <= depth[askedAt] && !otherBranch
	}
	return want
}

// snapcdAskedAt returns the scope types where an operation is asked; nil for
// entities that the requirement does not have.
func snapcdAskedAt(entity, verb string) []string {
	parents := map[string]string{"Stack": "organization", "Namespace": "stack", "Module": "namespace", "Runner": "organization"}
	switch {
	case strings.HasSuffix(entity, "Mission"), strings.HasSuffix(entity, "IntegrationEvent"), entity == "StateStore",
		strings.HasPrefix(entity, "Agent"), strings.HasPrefix(entity, "Integration"), strings.HasPrefix(entity, "State"),
		entity == "SourceRefresherPreselection":
		return nil
	case entity == "SourceChangedNotification":
		return []string{"organization", "stack", "namespace", "module"}
	case verb == "Create" && parents[entity] != "":
		return []string{parents[entity]}
	case entity == "DependsOnModule", entity == "Job", entity == "MissionRun":
		return []string{"module"}
	}
	for _, scope := range []string{"Stack", "Namespace", "Module", "Runner"} {
		if strings.HasPrefix(entity, scope) {
			return []string{strings.ToLower(scope)}
		}
	}
	return []string{"organization"}
}

// snapcdAdditions returns the roles that the requirement adds to a list.
func snapcdAdditions(entity, verb string) []string {
	name := entity + "." + verb
	isChild := entity == "DependsOnModule" || strings.HasPrefix(entity, "Module") && entity != "Module" && entity != "ModuleRoleAssignment"
	switch {
	case entity == "SourceChangedNotification":
		return []string{"Stack.SourceChangeNotifier", "Namespace.SourceChangeNotifier", "Module.SourceChangeNotifier"}
	case isChild, name == "Module.Read", name == "Module.Update", name == "Job.Read":
		return []string{"Module.Contributor"}
	}
	return nil
}

func stackitTable(t testing.TB) table {
	want := table{permissions: map[string][]string{}, roles: map[string][]string{}}
	levels := []string{"organization", "folder", "project"}
	for _, row := range readTable(t, "stackit_permissions.tsv") {
		want.permissions[row["permission"]] = levels
	}
	want.permissions["resource-manager.project.create"] = levels[:2]
	// What is done to one service account is asked on it, too (facts 5.5, rule 8).
	for _, action := range []string{"get", "delete", "act-as", "impersonate"} {
		want.permissions["iam.service-account."+action] = []string{"organization", "folder", "project", "service_account"}
	}
	rows := map[string]map[string]string{}
	for _, row := range readTable(t, "stackit_roles.tsv") {
		rows[row["role"]] = row
		want.roles[row["role"]] = split(row["offered_at"])
	}
	want.holds = func(role, policyAt, permission, askedAt string) bool {
		row := rows[role]
		if askedAt == "service_account" {
			askedAt = "project" // it lives there
		}
		reaches := policyAt == askedAt || row["passes_down"] == "1" && slices.Index(levels, policyAt) < slices.Index(levels, askedAt)
		return reaches && matches(split(row["content"]), permission) && !matches(split(row["except"]), permission)
	}
	return want
}

// TestStackitRoleLifeCycle compares kinds, deprecation and migration.
func TestStackitRoleLifeCycle(t *testing.T) {
	t.Parallel()
	model := builtin(t, "stackit")
	for _, row := range readTable(t, "stackit_roles.tsv") {
		role := model.Role(row["role"])
		if role == nil {
			t.Errorf("no role %s", row["role"])
			continue
		}
		if role.RoleKind != row["kind"] || role.ReplacedBy != row["replaced_by"] || role.Deprecated != (row["kind"] == "primitive") {
			t.Errorf("%s: kind %q, replaced by %q, deprecated %t; the table says %v", role.ID, role.RoleKind, role.ReplacedBy, role.Deprecated, row)
		}
	}
	for alias, id := range map[string]string{"viewer": "reader", "object-storage-reader": "object-storage.reader"} {
		if role := model.Role(alias); role == nil || role.ID != id {
			t.Errorf("%s is no alias of %s", alias, id)
		}
	}
}

// TestStackitKnownContents checks what has been published about single roles,
// for the roles and permissions that the model has.
func TestStackitKnownContents(t *testing.T) {
	t.Parallel()
	model, checked := builtin(t, "stackit"), 0
	for _, row := range readTable(t, "stackit_known_role_permissions.tsv") {
		permissions := slices.DeleteFunc(split(row["permissions"]), func(name string) bool { return model.Permission(name) == nil })
		for _, role := range split(row["roles"]) {
			for _, at := range split(row["resource_types"]) {
				content := model.Content(role, at) // nil where the role is not offered
				for _, permission := range permissions {
					checked++
					if content != nil && !slices.Contains(content, permission) {
						t.Errorf("%s at %s lacks %s", role, at, permission)
					}
				}
			}
		}
	}
	if checked < 60 {
		t.Errorf("only %d statements checked", checked)
	}
}

// TestScalrPatterns compares the wildcards that roles may hold with the list.
func TestScalrPatterns(t *testing.T) {
	t.Parallel()
	for name, initial := range map[string]bool{"scalr": false, "scalr-initial": true} {
		var got, want []string
		for _, p := range builtin(t, name).Patterns {
			got = append(got, p.Name)
		}
		for _, row := range readTable(t, "scalr_permissions.tsv") {
			if strings.Contains(row["permission"], "*") && (!initial || row["first_seen"] == "2023-05") {
				want = append(want, row["permission"])
			}
		}
		compareSets(t, name+" patterns", got, want)
	}
}

// TestClassicTiers: a permission on a farm comes from the resource of each
// level; changing owners of one's own farm comes with changing the farm.
func TestClassicTiers(t *testing.T) {
	t.Parallel()
	model, checked := builtin(t, "scalr-classic"), 0
	for _, p := range model.Permissions {
		if p.Tiers == nil {
			continue
		}
		checked++
		action := strings.TrimPrefix(p.Name, "farm")
		want := schema.Tiers{All: "FARMS" + action, Groups: "TEAM_FARMS" + action, Own: "OWN_FARMS" + action}
		switch p.Name {
		case "farm/see":
			want = schema.Tiers{All: "FARMS", Groups: "TEAM_FARMS", Own: "OWN_FARMS"}
		case "farm/change-ownership":
			want.Own = "farm/update"
		}
		if *p.Tiers != want {
			t.Errorf("%s: tiers %v, want %v", p.Name, *p.Tiers, want)
		}
	}
	if checked != 9 {
		t.Errorf("%d permissions on farms, want 9", checked)
	}
}

func builtin(t testing.TB, name string) *schema.Model {
	t.Helper()
	model, err := schema.Builtin(name)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// readTable reads a tab-separated table with a line of column names.
func readTable(t testing.TB, name string) []map[string]string {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comma, reader.LazyQuotes = '\t', true
	lines, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]map[string]string, 0, len(lines))
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, column := range lines[0] {
			row[column] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// matches reports whether one of the wildcards matches a name. It is the
// matcher of the standard library on purpose, not the one under test.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return err == nil && ok
	})
}

// split cuts a comma-separated cell; an empty one has no parts.
func split(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool { return r == ',' })
}

func compareSets(t testing.TB, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}
