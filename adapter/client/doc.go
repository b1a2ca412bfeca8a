// Package client calls an Ambit server over gRPC.
//
//	c, err := client.Dial("127.0.0.1:8420", token)
//	if err != nil { ... }
//	defer c.Close()
//	answer, err := c.Access.Check(ctx, &ambitv1.CheckRequest{
//		Subject: "user:ann", Permission: "workspaces:read", Object: "workspace:W1",
//	})
//
// The fields of a Client are the generated clients of package ambitv1, one per
// noun. Their errors are *iam.Error, as if the use case had been called in this
// process: ask iam.CodeOf and iam.ReasonOf.
package client
