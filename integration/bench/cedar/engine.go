package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/ast"

	"github.com/ambit-iam/ambit/integration/bench/peer"
	"github.com/ambit-iam/ambit/integration/bench/world"
)

// engine keeps policies and entities the way an application would: Cedar itself keeps
// nothing. A policy is
//
//	permit (principal in team::"t1", action in Action::"role3", resource in environment::"e7");
//
// and roles are groups of actions.
type engine struct {
	lock     sync.RWMutex
	policies *cedar.PolicySet
	entities cedar.EntityMap
}

func open(ctx context.Context, w *world.World) (peer.Engine, error) {
	e := &engine{policies: cedar.NewPolicySet(), entities: cedar.EntityMap{}}
	for _, scope := range w.Scopes() {
		e.put(reference(scope))
		if parent := w.Parent[scope]; parent != "" {
			e.put(reference(scope), reference(parent))
		}
	}
	above := map[cedar.EntityUID][]cedar.EntityUID{}
	for _, team := range w.Teams {
		e.put(reference(team.Name))
		for _, user := range team.Members {
			above[reference(user)] = append(above[reference(user)], reference(team.Name))
		}
	}
	for _, role := range w.Roles {
		e.put(action(role.Name))
		for _, permission := range role.Permissions {
			above[action(permission)] = append(above[action(permission)], action(role.Name))
		}
	}
	for entity, parents := range above {
		e.put(entity, parents...)
	}
	for _, p := range w.Policies {
		if err := e.Grant(ctx, p); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (e *engine) put(entity cedar.EntityUID, parents ...cedar.EntityUID) {
	e.entities[entity] = cedar.Entity{UID: entity, Parents: cedar.NewEntityUIDSet(parents...)}
}

func reference(ref string) cedar.EntityUID {
	return cedar.NewEntityUID(cedar.EntityType(world.Type(ref)), cedar.String(world.ID(ref)))
}

func action(name string) cedar.EntityUID { return cedar.NewEntityUID("Action", cedar.String(name)) }

// Check is one Authorize over all policies and entities. A policy that fails is an
// error, not a no.
func (e *engine) Check(_ context.Context, q world.Question) (bool, error) {
	e.lock.RLock()
	defer e.lock.RUnlock()
	decision, diagnostic := cedar.Authorize(e.policies, e.entities, cedar.Request{
		Principal: reference(q.User), Action: action(q.Permission), Resource: reference(q.Object),
	})
	if len(diagnostic.Errors) > 0 {
		return false, fmt.Errorf("%s", diagnostic.Errors[0].Message)
	}
	return bool(decision), nil
}

// SetRole moves actions between groups, under the lock: at once for whoever asks.
func (e *engine) SetRole(_ context.Context, role world.Role, was []string) error {
	e.lock.Lock()
	defer e.lock.Unlock()
	for _, permission := range was {
		e.regroup(action(permission), func(groups map[cedar.EntityUID]bool) { delete(groups, action(role.Name)) })
	}
	for _, permission := range role.Permissions {
		e.regroup(action(permission), func(groups map[cedar.EntityUID]bool) { groups[action(role.Name)] = true })
	}
	return nil
}

func (e *engine) regroup(entity cedar.EntityUID, change func(groups map[cedar.EntityUID]bool)) {
	groups := map[cedar.EntityUID]bool{}
	for parent := range e.entities[entity].Parents.All() {
		groups[parent] = true
	}
	change(groups)
	e.put(entity, slices.Collect(maps.Keys(groups))...)
}

// Grant adds one permit to the set.
func (e *engine) Grant(_ context.Context, p world.Policy) error {
	e.lock.Lock()
	defer e.lock.Unlock()
	permit := ast.Permit().PrincipalIn(reference(p.Subject)).ActionIn(action(p.Role)).ResourceIn(reference(p.Scope))
	e.policies.Add(id(p), cedar.NewPolicyFromAST(permit))
	return nil
}

// Revoke removes the permit that Grant added, by the id made of what it says.
func (e *engine) Revoke(_ context.Context, p world.Policy) error {
	e.lock.Lock()
	defer e.lock.Unlock()
	e.policies.Remove(id(p))
	return nil
}

func id(p world.Policy) cedar.PolicyID {
	return cedar.PolicyID(p.Subject + " " + p.Role + " " + p.Scope)
}

// Close has nothing to close: all is memory.
func (e *engine) Close() error { return nil }
