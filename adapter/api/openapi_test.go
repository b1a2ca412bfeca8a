package api

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOpenAPICoversEveryRoute compares the document with the annotations that
// the gateway is made of, both ways.
func TestOpenAPICoversEveryRoute(t *testing.T) {
	t.Parallel()
	var document struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			Parameters []struct {
				Name string `json:"name"`
				In   string `json:"in"`
			} `json:"parameters"`
		} `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(OpenAPI(), &document))
	require.Equal(t, "3.1.0", document.OpenAPI)
	known, err := routesOf("ambit.v1")
	require.NoError(t, err)
	require.NotEmpty(t, known)

	documented := map[string][]string{}
	for path, methods := range document.Paths {
		for method, operation := range methods {
			names := []string{}
			for _, parameter := range operation.Parameters {
				if parameter.In == "query" {
					names = append(names, parameter.Name)
				}
			}
			slices.Sort(names)
			documented[strings.ToUpper(method)+" "+path] = names
		}
	}
	served := map[string][]string{}
	nested := regexp.MustCompile(`\{\w+\.id\}`)
	for key, route := range known {
		names := slices.Sorted(maps.Keys(route.query))
		served[nested.ReplaceAllString(key, "{id}")] = append([]string{}, names...)
	}
	require.Equal(t, served, documented)
}

func TestOpenAPISpeaksSnakeCase(t *testing.T) {
	t.Parallel()
	for _, camel := range []string{"pageSize", "nextPageToken", "createTime", "serviceAccount\"", "google.rpc.Status"} {
		require.False(t, strings.Contains(string(OpenAPI()), camel), camel)
	}
}
