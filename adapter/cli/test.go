package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ambit-iam/ambit/adapter/server"
	"github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/schema"
)

// testParallel is how many cases run at once; each has a SpiceDB of its own.
const testParallel = 2

// scenarios is a scenario file with its model.
type scenarios struct {
	file  *world.File
	model *schema.Model
}

// test runs scenario files in this process.
func (a *app) test() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test FILE...",
		Short: "Run scenario files",
		Long: `Runs the cases of scenario files, each on a fresh Ambit in this process, and prints a
line per failure: file, case, question, wanted, got. The last line says how many cases
passed and failed. The exit code is 1 if one failed and 2 if a file cannot be read;
the other files run all the same.

A file names its model: one that ships with Ambit, or the path of a model file.`,
		Example: "  ambit test scalr.yaml\n  ambit test --coverage -v scenarios/*.yaml",
		Args:    cobra.MinimumNArgs(1),
	}
	verbose := cmd.Flags().BoolP("verbose", "v", false, "list the cases that passed, too")
	coverage := cmd.Flags().Bool("coverage", false, "say which permissions, roles and rules of the models no case touches")
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		files, unread := readScenarios(words)
		passed, failed := 0, 0
		for _, s := range files {
			progress := a.progress(s.file.Name, len(s.file.Cases))
			report := world.Run(cmd.Context(), s.file, openDoor(s.model), world.Parallel(testParallel), world.Progress(progress.at))
			progress.end()
			a.showReport(report, *verbose)
			passed += report.Passed()
			failed += report.Failed()
		}
		if *coverage {
			a.showCoverage(files)
		}
		line(a.stdout, "%d passed, %d failed", passed, failed)
		switch {
		case unread != nil:
			return unread
		case failed > 0:
			return errNo
		}
		return nil
	}
	return cmd
}

// openDoor returns how a case gets its system.
func openDoor(model *schema.Model) world.Open {
	return func(ctx context.Context, _ string) (world.Door, error) {
		embedded, err := server.OpenEmbedded(ctx, model)
		if err != nil {
			return nil, err
		}
		return NewDoor(embedded.Adapter, embedded.Close), nil
	}
}

// readScenarios returns the files that can be read and, if there are others,
// what is wrong with them.
func readScenarios(names []string) (files []scenarios, unread error) {
	var errs []error
	for _, name := range names {
		s, err := readScenario(name)
		if err != nil {
			errs = append(errs, errors.New(sentence(err)))
			continue
		}
		files = append(files, s)
	}
	if len(errs) > 0 {
		unread = unreadable(errors.Join(errs...))
	}
	return files, unread
}

// readScenario reads a file and the model that it names.
func readScenario(name string) (scenarios, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return scenarios{}, err
	}
	file, err := world.ParseFile(name, data)
	if err != nil {
		return scenarios{}, err
	}
	model := file.Model
	if strings.ContainsAny(model, `/\.`) && !filepath.IsAbs(model) {
		model = filepath.Join(filepath.Dir(name), model)
	}
	loaded, err := server.LoadModel(model)
	return scenarios{file: file, model: loaded}, err
}

// showReport prints failures and, if asked, what passed.
func (a *app) showReport(report world.Report, verbose bool) {
	for _, result := range report.Results {
		if len(result.Failures) == 0 && verbose {
			line(a.stdout, "ok    %s: %s", report.File, result.Case)
		}
		for _, failure := range result.Failures {
			line(a.stdout, "FAIL  %s", printable(failure.String()))
		}
	}
}

// showCoverage says for each model what the files leave out, and closes with a
// line per model.
func (a *app) showCoverage(files []scenarios) {
	byModel := map[string][]*world.File{}
	for _, s := range files {
		byModel[s.model.Name] = append(byModel[s.model.Name], s.file)
	}
	var all []world.Coverage
	for _, s := range files {
		touching, first := byModel[s.model.Name]
		if !first {
			continue
		}
		delete(byModel, s.model.Name)
		all = append(all, world.Cover(s.model, touching...))
	}
	for _, gaps := range all {
		a.showGaps(gaps)
	}
	for _, gaps := range all {
		line(a.stdout, "%s", gaps)
	}
}

func (a *app) showGaps(gaps world.Coverage) {
	for _, permission := range gaps.Permissions {
		line(a.stdout, "%s: no case asks for %s", gaps.Model, permission)
	}
	for _, role := range gaps.Roles {
		line(a.stdout, "%s: no case gives %s at a scope of type %s", gaps.Model, role.Role, role.Type)
	}
	for _, rule := range gaps.Rules {
		line(a.stdout, "%s: no case touches the rule %s", gaps.Model, rule)
	}
}
