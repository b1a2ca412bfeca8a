package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/ambit-iam/ambit/adapter/api/ambitv1"
	"github.com/ambit-iam/ambit/adapter/client"
	worldfile "github.com/ambit-iam/ambit/adapter/world"
	"github.com/ambit-iam/ambit/integration/bench/peer"
	"github.com/ambit-iam/ambit/integration/bench/world"
)

const token = "bench-bench-bench-bench-bench"

// served is "ambit serve" with its database in a folder of its own.
type served struct {
	*client.Client
	process *peer.Process
	address string
	folder  string
}

func openGRPC(ctx context.Context, w *world.World) (peer.Engine, error) {
	s, err := serve(ctx, w)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func serve(ctx context.Context, w *world.World) (*served, error) {
	s, err := launch(w)
	if err != nil {
		return nil, err
	}
	if err = s.ready(ctx); err == nil {
		err = s.load(ctx, w)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func launch(w *world.World) (*served, error) {
	address, err := peer.FreeAddress()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "bench-ambit-")
	if err != nil {
		return nil, err
	}
	model := filepath.Join(folder, "bench.yaml")
	if err := os.WriteFile(model, []byte(modelText(w.Permissions)), 0o600); err != nil {
		return nil, err
	}
	process, err := peer.Launch("ambit-server", []string{"AMBIT_TOKEN=" + token}, []string{
		"serve", "--listen", address, "--data", filepath.Join(folder, "data"), "--model", model, "--spicedb", "off", "--log-level", "error",
	})
	if err != nil {
		return nil, err
	}
	connected, err := client.Dial(address, token)
	if err != nil {
		return nil, errors.Join(err, process.Stop())
	}
	return &served{Client: connected, process: process, address: address, folder: folder}, nil
}

func (s *served) ready(ctx context.Context) error {
	return s.process.Await(ctx, func(ctx context.Context) error {
		_, err := s.Model.GetModel(ctx, &ambitv1.GetModelRequest{})
		return err
	})
}

func (s *served) load(ctx context.Context, w *world.World) error {
	for batch := range worldfile.Batches(rowsOf(w), applied) {
		text, err := worldfile.FormatJSON(batch, nil)
		if err != nil {
			return err
		}
		content := &structpb.Struct{}
		if err := protojson.Unmarshal(text, content); err != nil {
			return err
		}
		if _, err := s.World.ApplyWorld(ctx, &ambitv1.ApplyWorldRequest{World: content}); err != nil {
			return err
		}
	}
	return nil
}

// PID is the server's: its memory is what is measured.
func (s *served) PID() int { return s.process.PID() }

// Restart starts the server again on its data folder, and waits until it answers.
func (s *served) Restart(ctx context.Context) error {
	if err := errors.Join(s.process.Stop(), s.process.Again()); err != nil {
		return err
	}
	return s.ready(ctx)
}

// Close ends the server and removes its folder.
func (s *served) Close() error {
	return errors.Join(s.Client.Close(), s.process.Stop(), os.RemoveAll(s.folder))
}
