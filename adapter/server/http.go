package server

import (
	"encoding/json"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ambit-iam/ambit/adapter/api"
	"github.com/ambit-iam/ambit/adapter/auth"
)

// openPath reports whether a path needs no token wherever the server listens.
func openPath(path string) bool {
	return path == "/healthz" || path == "/readyz" || path == "/openapi.json"
}

// httpHandler assembles the HTTP side around the REST gateway, which brings
// /openapi.json. Who has no token is refused here, before a byte of the body is
// read.
func httpHandler(c Config, rest http.Handler, probes []probe, tokens *auth.Tokens, watch *watcher) http.Handler {
	var numbers http.Handler = promhttp.HandlerFor(watch.metrics.registry, promhttp.HandlerOpts{})
	if !loopback(c.Listen) {
		numbers = withToken(tokens, numbers)
	}
	private := withToken(tokens, rest)
	pages := map[string]http.Handler{"/metrics": numbers, "/healthz": http.HandlerFunc(healthz), "/readyz": readyz(probes)}
	return watch.http(safeHeaders(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		page := pages[req.URL.Path]
		switch {
		case page != nil && (req.Method == http.MethodGet || req.Method == http.MethodHead):
			if routed, ok := w.(api.Routed); ok {
				routed.Route("GET " + req.URL.Path)
			}
			page.ServeHTTP(w, req)
		case page != nil:
			api.MethodNotAllowed(w, req, "GET, HEAD")
		case openPath(req.URL.Path):
			rest.ServeHTTP(w, req)
		default:
			private.ServeHTTP(w, req)
		}
	})))
}

func healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]bool{"ok": true})
}

func readyz(probes []probe) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		state := ready(req.Context(), probes)
		status := http.StatusOK
		if !state.Ready {
			status = http.StatusServiceUnavailable
		}
		writeJSON(w, status, state)
	}
}

func withToken(tokens *auth.Tokens, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, err := tokens.Actor(req.Header.Get("Authorization")); err != nil {
			w.Header().Set("Connection", "close") // instead of reading the rest of a stranger's body
			api.WriteError(w, err)
			return
		}
		next.ServeHTTP(w, req)
	})
}

// safeHeaders keeps browsers and caches from guessing and keeping answers.
func safeHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, req)
	})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client may be gone; there is nobody to tell.
	_ = json.NewEncoder(w).Encode(value)
}
