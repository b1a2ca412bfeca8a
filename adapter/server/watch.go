package server

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

// watcher counts and logs requests: their method, outcome and duration, never
// what they carry.
type watcher struct {
	logger  *slog.Logger
	metrics *metrics
}

func (w *watcher) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	began := time.Now()
	answer, err := next(ctx, req)
	took := time.Since(began)
	outcome := code.Code_name[int32(status.Code(err))]
	w.metrics.observe(info.FullMethod, outcome, took)
	w.metrics.count(info.FullMethod, answer)
	if from, ok := peer.FromContext(ctx); ok && from.Addr.Network() != gatewayNetwork {
		w.log(ctx, levelOf(openMethod(info.FullMethod)), "grpc request", began.Add(took),
			slog.String("method", info.FullMethod), slog.String("code", outcome), slog.Float64("ms", milliseconds(took)))
	}
	return answer, err
}

// log writes a line about a request, which there is for each. The methods of a
// slog.Logger would look for the line of code that called them, whether or not
// somebody wants to know.
func (w *watcher) log(ctx context.Context, level slog.Level, message string, at time.Time, attributes ...slog.Attr) {
	handler := w.logger.Handler()
	if !handler.Enabled(ctx, level) {
		return
	}
	record := slog.NewRecord(at, level, message, 0)
	record.AddAttrs(attributes...)
	_ = handler.Handle(ctx, record) // a log that cannot be written has nowhere to say so
}

// refused counts and logs a gRPC call that had no token. Its method is not
// counted apart: a stranger may name as many as he likes.
func (w *watcher) refused(ctx context.Context, reason codes.Code) {
	outcome := code.Code_name[int32(reason)]
	w.metrics.observe("refused", outcome, 0)
	if from, ok := peer.FromContext(ctx); ok && from.Addr.Network() != gatewayNetwork {
		w.logger.Info("grpc request refused", "code", outcome)
	}
}

// http logs REST requests; the gRPC call behind one is counted, not logged.
func (w *watcher) http(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		began := time.Now()
		seen := &statusWriter{ResponseWriter: rw, status: http.StatusOK}
		next.ServeHTTP(seen, req)
		w.metrics.rest.WithLabelValues(cmp.Or(seen.route, "none"), strconv.Itoa(seen.status)).Inc()
		took := time.Since(began)
		w.log(req.Context(), levelOf(openPath(req.URL.Path)), "http request", began.Add(took),
			slog.String("method", req.Method), slog.String("path", req.URL.Path), slog.Int("status", seen.status), slog.Float64("ms", milliseconds(took)))
	})
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// levelOf keeps probes, which come every few seconds, out of the usual log.
func levelOf(probe bool) slog.Level {
	if probe {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// statusWriter remembers the status and the route of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
	route  string
}

// Route remembers which route takes the request, see api.Routed.
func (w *statusWriter) Route(template string) { w.route = template }

// WriteHeader remembers the status. Without a call it is 200, as in net/http.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
