package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Memory is where a writer keeps its last checkpoint, apart from the database.
type Memory interface {
	// Last gives the checkpoint kept last, "" when there is none.
	Last(ctx context.Context) (string, error)
	// Keep replaces it. When it returns nil the checkpoint survives a crash; after an error either may be kept.
	Keep(ctx context.Context, note string) error
}

// File is a Memory in a file.
type File struct {
	path string
	turn chan struct{} // a write that hangs must not come after a later one
}

// NewFile keeps checkpoints in the file at path.
func NewFile(path string) *File { return &File{path, make(chan struct{}, 1)} }

// Last implements Memory.
func (f *File) Last(ctx context.Context) (note string, err error) {
	err = f.do(ctx, func() error {
		text, err := os.ReadFile(f.path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		note = string(text)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the last checkpoint: %w", err)
	}
	return note, nil
}

// Keep implements Memory.
func (f *File) Keep(ctx context.Context, note string) error {
	if err := f.do(ctx, func() error { return replaceFile(f.path, []byte(note)) }); err != nil {
		return fmt.Errorf("keep the checkpoint: %w", err)
	}
	return nil
}

// do gives up waiting when ctx ends. Files cannot be cancelled: what hangs keeps its turn, and all later ones out.
func (f *File) do(ctx context.Context, fn func() error) error {
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-f.turn }()
		done <- fn()
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// replaceFile writes beside the path, syncs, and renames: a reader finds the old content or the new one, whole.
func replaceFile(path string, content []byte) error {
	name, err := besideFile(path, content)
	if err != nil {
		return err
	}
	if err := os.Rename(name, path); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return syncDir(filepath.Dir(path))
}

// besideFile writes a synced file with mode 0600 into the folder of path.
func besideFile(path string, content []byte) (name string, err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".seal-*")
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
