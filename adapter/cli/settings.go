package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// settle fills the flags of a command that were not given from the environment
// and the configuration file, in this order.
func (a *app) settle(cmd *cobra.Command, _ []string) error {
	if err := fromEnvironment(cmd.Flags().Lookup("config")); err != nil {
		return err
	}
	file, err := readConfig(cmd.Root(), a.settings.config)
	if err != nil {
		return err
	}
	var failed error
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if failed != nil || flag.Changed || flag.Name == "help" {
			return
		}
		if failed = fromEnvironment(flag); failed != nil || flag.Changed {
			return
		}
		if text, ok := file[flag.Name]; ok {
			failed = assign(flag, text, a.settings.config+": "+flag.Name)
		}
	})
	if failed != nil {
		return failed
	}
	return a.checkOutput(cmd)
}

// Variable returns the environment variable of a flag: --data-dir is
// AMBIT_DATA_DIR.
func Variable(flag string) string {
	return "AMBIT_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fromEnvironment sets a flag that was not given from its variable. An empty
// variable is none: compose files pass empty ones on.
func fromEnvironment(flag *pflag.Flag) error {
	name := Variable(flag.Name)
	text, ok := os.LookupEnv(name)
	if !ok || text == "" || flag.Changed {
		return nil
	}
	return assign(flag, text, name)
}

// assign sets a flag and marks it as given. The value is left out of the error:
// it may be a secret.
func assign(flag *pflag.Flag, text, source string) error {
	if err := flag.Value.Set(text); err != nil {
		return misuse(fmt.Sprintf("%s is no value for --%s, which wants a %s", source, flag.Name, flag.Value.Type()), "")
	}
	flag.Changed = true
	return nil
}

// readConfig reads the configuration file, if there is one. Its keys must be
// flags of some command, so that a typo does not go unnoticed.
func readConfig(root *cobra.Command, path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, unreadable(fmt.Errorf("the configuration cannot be read: %w", err))
	}
	var content map[string]yaml.Node
	if err := yaml.Unmarshal(data, &content); err != nil {
		return nil, unreadable(fmt.Errorf("the configuration %s is no YAML mapping: %w", path, err))
	}
	known := flagNames(root)
	settings := make(map[string]string, len(content))
	for _, key := range slices.Sorted(maps.Keys(content)) {
		node := content[key]
		if !known[key] {
			return nil, misuse(fmt.Sprintf("%s:%d: no command has a flag --%s", path, node.Line, key), "")
		}
		if settings[key], err = configText(node); err != nil {
			return nil, misuse(fmt.Sprintf("%s:%d: %s: %s", path, node.Line, key, err), "")
		}
	}
	return settings, nil
}

// configText returns a value as it would be written on the command line.
func configText(node yaml.Node) (string, error) {
	switch node.Kind {
	case yaml.ScalarNode:
		return node.Value, nil
	case yaml.SequenceNode:
		var items []string
		if err := node.Decode(&items); err != nil {
			return "", errors.New("a list of texts belongs here")
		}
		return strings.Join(items, ","), nil
	}
	return "", errors.New("a text or a list belongs here")
}

// flagNames returns the flags of all commands.
func flagNames(cmd *cobra.Command) map[string]bool {
	names := map[string]bool{}
	collect := func(flag *pflag.Flag) { names[flag.Name] = true }
	cmd.PersistentFlags().VisitAll(collect)
	cmd.LocalFlags().VisitAll(collect)
	for _, sub := range cmd.Commands() {
		maps.Copy(names, flagNames(sub))
	}
	delete(names, "config")
	return names
}
