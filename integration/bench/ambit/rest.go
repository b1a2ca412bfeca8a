package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/ambit-iam/ambit/integration/bench/peer"
	"github.com/ambit-iam/ambit/integration/bench/world"
)

// rest asks the server that was loaded over gRPC; changes go that way, too.
type rest struct {
	*served
	http http.Client
}

func openREST(ctx context.Context, w *world.World) (peer.Engine, error) {
	s, err := serve(ctx, w)
	if err != nil {
		return nil, err
	}
	return &rest{served: s, http: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}, nil
}

type question struct {
	Subject    string `json:"subject"`
	Permission string `json:"permission"`
	Object     string `json:"object"`
}

type answer struct {
	Allowed bool `json:"allowed"`
}

// Check posts one question to /v1/check.
func (r *rest) Check(ctx context.Context, q world.Question) (bool, error) {
	var a answer
	err := r.post(ctx, "/v1/check", question{q.User, q.Permission, q.Object}, &a)
	return a.Allowed, err
}

// CheckMany posts all questions to /v1/check:batch.
func (r *rest) CheckMany(ctx context.Context, questions []world.Question) ([]bool, error) {
	var request struct {
		Items []question `json:"items"`
	}
	for _, q := range questions {
		request.Items = append(request.Items, question{q.User, q.Permission, q.Object})
	}
	var response struct {
		Results []answer `json:"results"`
	}
	err := r.post(ctx, "/v1/check:batch", request, &response)
	var answers []bool
	for _, a := range response.Results {
		answers = append(answers, a.Allowed)
	}
	return answers, err
}

// Permissions posts once to /v1/access:permissions, for all permissions.
func (r *rest) Permissions(ctx context.Context, user, object string) ([]string, error) {
	var response struct {
		Permissions []string `json:"permissions"`
	}
	err := r.post(ctx, "/v1/access:permissions", map[string]string{"subject": user, "object": object}, &response)
	return response.Permissions, err
}

// Workspaces posts to /v1/access:resources, once for each page of 1,000.
func (r *rest) Workspaces(ctx context.Context, user, permission string) ([]string, error) {
	return r.pages(ctx, "/v1/access:resources", map[string]any{"subject": user, "permission": permission, "type": "workspace"})
}

// WhoCan posts to /v1/access:subjects, once for each page of 1,000 users.
func (r *rest) WhoCan(ctx context.Context, permission, object string) ([]string, error) {
	return r.pages(ctx, "/v1/access:subjects", map[string]any{"permission": permission, "object": object, "type": "user"})
}

func (r *rest) pages(ctx context.Context, path string, request map[string]any) ([]string, error) {
	request["page_size"] = pageSize
	var found []string
	for {
		var response struct {
			Resources     []string `json:"resources"`
			Subjects      []string `json:"subjects"`
			NextPageToken string   `json:"next_page_token"`
		}
		if err := r.post(ctx, path, request, &response); err != nil {
			return nil, err
		}
		found = append(append(found, response.Resources...), response.Subjects...)
		if response.NextPageToken == "" {
			return found, nil
		}
		request["page_token"] = response.NextPageToken
	}
}

func (r *rest) post(ctx context.Context, path string, request, response any) (err error) {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	call, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.address+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	call.Header.Set("Authorization", "Bearer "+token)
	call.Header.Set("Content-Type", "application/json")
	result, err := r.http.Do(call)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, result.Body.Close()) }()
	text, err := io.ReadAll(result.Body)
	if err != nil {
		return err
	}
	if result.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", path, result.Status, text)
	}
	return json.Unmarshal(text, response)
}
