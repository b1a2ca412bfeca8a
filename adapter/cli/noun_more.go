package cli

import (
	"io"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
)

// moveScope is no field of update, because it changes what the scope inherits.
func (a *app) moveScope() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "move ID PARENT",
		Short:   "Put a scope under another parent",
		Long:    "Moves a scope, and all below it, under another parent of the same tenant. What it\ninherited from its old parents ends, what it inherits from the new ones begins.",
		Example: "  ambit scope move workspace:W1 environment:E2",
		Args:    cobra.ExactArgs(2),
	}
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		return a.with(func(c *client.Client) error {
			done, err := c.Scopes.MoveScope(cmd.Context(), &ambitv1.MoveScopeRequest{Id: words[0], Parent: words[1]})
			return a.receipt(scopeNoun(), done, err)
		})
	}
	return cmd
}

// isolateScope is an update with a name of its own: it takes access away.
func (a *app) isolateScope() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "isolate ID",
		Short:   "Stop a scope from inheriting",
		Long:    "Isolates a scope: only policies at the tenant, and at the scope itself or below, reach\nit. --off ends that.",
		Example: "  ambit scope isolate workspace:core\n  ambit scope isolate workspace:core --off",
		Args:    cobra.ExactArgs(1),
	}
	off := cmd.Flags().Bool("off", false, "let it inherit again")
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		request := &ambitv1.UpdateScopeRequest{Scope: &ambitv1.Scope{Id: words[0], Isolated: !*off}}
		maskOf(request).Paths = []string{"isolated"}
		return a.with(func(c *client.Client) error {
			done, err := c.Scopes.UpdateScope(cmd.Context(), request)
			return a.receipt(scopeNoun(), done, err)
		})
	}
	return cmd
}

// addMembers names what to add, where an update would replace the list.
func (a *app) addMembers() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "add-members ID MEMBER...",
		Short:   "Put subjects into a group",
		Long:    "Adds members to a group; those that it has already stay.",
		Example: "  ambit group add-members dev user:ann user:bob",
		Args:    cobra.MinimumNArgs(2),
	}
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		return a.with(func(c *client.Client) error {
			done, err := c.Groups.AddMembers(cmd.Context(), &ambitv1.MembersRequest{Id: words[0], Members: words[1:]})
			return a.receipt(groupNoun(), done, err)
		})
	}
	return cmd
}

// removeMembers names what to remove.
func (a *app) removeMembers() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "remove-members ID MEMBER...",
		Short:   "Take subjects out of a group",
		Long:    "Removes members from a group. What they had through it ends at once.",
		Example: "  ambit group remove-members dev user:ann",
		Args:    cobra.MinimumNArgs(2),
	}
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		return a.with(func(c *client.Client) error {
			done, err := c.Groups.RemoveMembers(cmd.Context(), &ambitv1.MembersRequest{Id: words[0], Members: words[1:]})
			return a.receipt(groupNoun(), done, err)
		})
	}
	return cmd
}

// inviteUser prints the policy, not the user: that is what was made for sure.
func (a *app) inviteUser() *cobra.Command {
	request := &ambitv1.InviteUserRequest{}
	cmd := &cobra.Command{
		Use:     "invite REFERENCE",
		Short:   "Make a user and give it roles",
		Long:    "Makes an active user, if there is none yet, and a policy that gives it roles at a scope.",
		Example: "  ambit user invite user:bob --roles user --scope account:A",
		Args:    cobra.ExactArgs(1),
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&request.Roles, "roles", nil, "roles to give, with commas or several times")
	flags.StringVar(&request.Scope, "scope", "", "scope of the policy")
	flags.StringVar(&request.Name, "name", "", "name of the user, if it is new")
	flags.StringVar(&request.Email, "email", "", "address of the user, if it is new")
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		request.User = words[0]
		return a.with(func(c *client.Client) error {
			done, err := c.Users.InviteUser(cmd.Context(), request)
			return a.receipt(policyNoun(), done, err)
		})
	}
	return cmd
}

// revokePolicies is for people who know what a subject holds, but not through
// which policies.
func (a *app) revokePolicies() *cobra.Command {
	request := &ambitv1.RevokePoliciesRequest{}
	cmd := &cobra.Command{
		Use:     "revoke",
		Short:   "Take roles away from a subject at a scope",
		Long:    "Takes roles away from a subject at a scope, whatever policies give them. It is an error\nif the subject does not hold one of them there.",
		Example: "  ambit policy revoke --subject user:ann --roles admin --scope account:A",
		Args:    cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVar(&request.Subject, "subject", "", "who loses them")
	flags.StringSliceVar(&request.Roles, "roles", nil, "roles to take, with commas or several times")
	flags.StringVar(&request.Scope, "scope", "", "scope of the policies")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.with(func(c *client.Client) error {
			if _, err := c.Policies.RevokePolicies(cmd.Context(), request); err != nil {
				return err
			}
			a.say("revoked %v of %s at %s\n", request.GetRoles(), request.GetSubject(), request.GetScope())
			return nil
		})
	}
	return cmd
}

// migrateRoles follows the model's replaced_by.
func (a *app) migrateRoles() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "migrate",
		Short:   "Put the successors of replaced roles in their place",
		Long:    "Rewrites the policies of all roles that the model says are replaced by another.",
		Example: "  ambit role migrate",
		Args:    cobra.NoArgs,
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return a.with(func(c *client.Client) error {
			done, err := c.Roles.MigrateRoles(cmd.Context(), &ambitv1.MigrateRolesRequest{})
			if err != nil {
				return err
			}
			value, err := generic(done)
			if err != nil {
				return err
			}
			return a.show(value, func(w io.Writer) { line(w, "migrated %d policies", done.GetPolicies()) })
		})
	}
	return cmd
}

// receipt prints what a write made, if it was made.
func (a *app) receipt(n noun, done proto.Message, err error) error {
	if err != nil {
		return err
	}
	return a.showReceipt(n, done)
}
