package world_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ambit-iam/ambit/schema"
)

func tinyModel(t testing.TB) *schema.Model {
	t.Helper()
	model, err := schema.Load("tiny.yaml", []byte(tiny))
	require.NoError(t, err)
	return model
}

const tiny = `
model: tiny
version: 1
title: Tiny
description: A model for tests.
types:
  user: {kind: user, description: A person.}
  team: {kind: group, in: [org], members: [user], description: People.}
  org: {kind: scope, description: The root.}
  project: {kind: scope, in: [org], description: A part.}
policies: {subjects: [user, team], at: [org, project], max_roles: 5}
custom_roles: {in: [org]}
permissions:
- {name: "things:read", at: [org, project], description: Read things.}
- {name: "things:write", at: [org, project], description: Write things.}
roles:
- {id: reader, description: Reads., permissions: ["things:read"], aliases: [viewer]}
- {id: writer, description: Writes., permissions: ["things:*"], assignable: [project]}
`
