package cli

import (
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is the version of a release build; the linker sets it
// (-X github.com/ambit-iam/ambit/adapter/cli.release=v1.2.3) and nothing else
// may.
var release string

// spiceDBModule is how the build information calls SpiceDB.
const spiceDBModule = "github.com/authzed/spicedb"

// version prints what a bug report needs.
func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "Prints the versions of Ambit, of Go and of the SpiceDB inside.",
		Example: "  ambit version -o json",
		Args:    cobra.NoArgs,
		RunE: a.run(func([]string) error {
			info, _ := debug.ReadBuildInfo()
			ambit, spiceDB := versions(info)
			value := map[string]string{"ambit": ambit, "go": runtime.Version(), "spicedb": spiceDB}
			return a.show(value, func(w io.Writer) {
				line(w, "ambit %s\n%s\nspicedb %s", ambit, runtime.Version(), spiceDB)
			})
		}),
	}
}

// versions returns the versions of Ambit and SpiceDB.
func versions(info *debug.BuildInfo) (ambit, spiceDB string) {
	ambit, spiceDB = "(unknown)", "(unknown)"
	if info == nil {
		return ambit, spiceDB
	}
	for _, module := range info.Deps {
		if module.Path == spiceDBModule {
			spiceDB = module.Version
		}
	}
	if info.Main.Version != "" {
		ambit = info.Main.Version
	}
	if release != "" {
		ambit = release
	}
	return ambit, spiceDB
}
