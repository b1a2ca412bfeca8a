package adapter

import (
	"context"
	"slices"
	"strings"

	"github.com/ambit-iam/ambit/adapter/follow"
	"github.com/ambit-iam/ambit/adapter/iam"
	"github.com/ambit-iam/ambit/adapter/index"
	"github.com/ambit-iam/ambit/adapter/rel"
	"github.com/ambit-iam/ambit/adapter/translate"
	"github.com/ambit-iam/ambit/schema"
)

// listing is one page that is asked for.
type listing struct {
	adapter *Adapter
	request Page
	at      Freshness
	size    int
	content pageContent
	// view is the state to look at; nil: SpiceDB has to be asked.
	view *follow.View
	// revision is the state that SpiceDB looked at.
	revision rel.ZedToken
}

// listing opens a page of a request. What SpiceDB began, it goes on with; what the
// index began goes on at the same state as long as that is kept, and then at one
// that is fresh enough, whoever has it.
func (a *Adapter) listing(ctx context.Context, page Page, request any, at Freshness, objects ...iam.Ref) (listing, error) {
	size, content, err := page.openUpTo(maxReferences, request)
	l := listing{adapter: a, request: page, at: at, size: size, content: content}
	switch {
	case err != nil:
	case content.After == "":
		l.view = a.look(ctx, at, objects...)
	case content.Index && a.index != nil:
		if l.view = a.index.follower.Pinned(content.Revision); l.view == nil {
			l.view = a.look(ctx, at, objects...)
		}
	}
	return l, err
}

// consistencyOf says at which revision SpiceDB has to look.
func (a *Adapter) consistencyOf(ctx context.Context, l listing) (rel.Consistency, error) {
	consistency, err := a.consistency(ctx, l.at)
	if err == nil && l.content.Revision != "" && !l.content.Index {
		consistency = rel.Consistency{AtLeast: l.content.Revision, Exact: true}
	}
	return consistency, err
}

// page is where the page begins, for the index.
func (l *listing) page() index.Page { return index.Page{After: l.after(), Limit: l.size} }

// after is the last reference of the page before.
func (l *listing) after() iam.Ref { return refOf(l.content.After) }

// refOf reads a reference that Ambit wrote into a token. One that somebody changed
// names nothing.
func refOf(text string) iam.Ref {
	kind, id, _ := strings.Cut(text, ":")
	return iam.Ref{Type: kind, ID: id}
}

// cut returns the page of a whole list, sorted, and whether there is more.
func (l *listing) cut(sorted []iam.Ref) ([]iam.Ref, bool) {
	start, met := slices.BinarySearchFunc(sorted, l.after(), compareRefs)
	if met {
		start++
	}
	rest := sorted[start:]
	return rest[:min(len(rest), l.size)], len(rest) > l.size
}

// answered says who answers, and at which state.
func (l *listing) answered() Answered {
	if l.view != nil {
		return l.adapter.answeredFrom(l.view)
	}
	answered := Answered{Token: l.at.Token, Source: l.adapter.answered(nil)}
	if l.revision != "" {
		answered.Token = tokenContent{Revision: l.revision}.token()
	}
	return answered
}

// shown is answered, with where to go on after a page that ends with a reference.
func (l *listing) shown(page []iam.Ref, more bool) Answered {
	answered := l.answered()
	if !more {
		return answered
	}
	l.content.After = page[len(page)-1].String()
	switch {
	case l.view != nil:
		l.content.Index, l.content.Revision = true, l.view.Revision
		l.adapter.index.follower.Pin(l.view)
	case !l.content.Index:
		l.content.Revision = l.revision
	}
	answered.Next = seal(l.content)
	return answered
}

func refsOf(typeName string, ids []string) ([]iam.Ref, error) {
	refs := make([]iam.Ref, len(ids))
	for i, id := range ids {
		ref, err := translate.Ref(rel.Object{Type: typeName, ID: id})
		if err != nil {
			return nil, iam.Failed("reading an answer of SpiceDB", err)
		}
		refs[i] = ref
	}
	slices.SortFunc(refs, compareRefs)
	return refs, nil
}

// subjectsOf lists the subjects of several types, all at the revision of the
// first answer that names one, sorted.
func (a *Adapter) subjectsOf(ctx context.Context, at rel.Consistency, request SubjectsRequest, types []string) ([]iam.Ref, rel.ZedToken, error) {
	var all []iam.Ref
	for _, typeName := range types {
		found, err := a.engine.Subjects(ctx, at, rel.SubjectQuery{
			Resource: translate.Object(request.Object), Permission: schema.Identifier(request.Permission), Type: typeName,
		})
		if err != nil {
			return nil, "", err
		}
		if found.Token != "" { // of a type without anybody there may be none
			at = rel.Consistency{AtLeast: found.Token, Exact: true}
		}
		refs, err := refsOf(typeName, found.IDs)
		if err != nil {
			return nil, "", err
		}
		all = append(all, refs...)
	}
	slices.SortFunc(all, compareRefs)
	return all, at.AtLeast, nil
}
