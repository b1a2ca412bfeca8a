package remote

import (
	"fmt"

	v1 "github.com/authzed/authzed-go/proto/authzed/api/v1"
)

// serviceConfig tells gRPC to use all servers in turn and to repeat what was
// UNAVAILABLE. See the package comment for why.
//
// The pauses between attempts, 100 ms and twice as much each time, are random by
// a fifth. Of ten tokens, each failed attempt takes one and ten calls that
// succeed give one back; below five nothing is repeated.
//
// A method with an entry of its own is not subject to the one of its service:
// an import must not be repeated, and whoever watches goes on from where he was.
func serviceConfig(retries int) string {
	policy := ""
	if retries > 0 {
		policy = fmt.Sprintf(`, "retryPolicy": {
			"maxAttempts": %d, "initialBackoff": "0.1s", "maxBackoff": "2s", "backoffMultiplier": 2,
			"retryableStatusCodes": ["UNAVAILABLE"]
		}`, retries+1)
	}
	return fmt.Sprintf(`{
		"loadBalancingConfig": [{"round_robin": {}}],
		"retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
		"methodConfig": [
			{"name": [{"service": %q}, {"service": %q}]%s},
			{"name": [{"service": %q, "method": "ImportBulkRelationships"}]}
		]
	}`, v1.PermissionsService_ServiceDesc.ServiceName, v1.SchemaService_ServiceDesc.ServiceName, policy,
		v1.PermissionsService_ServiceDesc.ServiceName)
}
