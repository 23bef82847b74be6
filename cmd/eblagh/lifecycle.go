package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"eblagh/hub"
)

// fall ends a process in which a part panicked.
func fall(name string, err error) {
	fmt.Fprintln(os.Stderr, "eblagh:", name, err)
	os.Exit(3)
}

// cleanups are undone in the reverse order in which they were added. A partial start is undone by the same run as a
// whole one.
type cleanups struct {
	mu    sync.Mutex
	items []cleanup
	fell  func(name string, err error) // what becomes of a process in which a part panicked; nil: it ends
}

type cleanup struct {
	name string
	fn   func(context.Context) error
}

func (c *cleanups) add(name string, fn func(context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items = append(c.items, cleanup{name, fn})
}

// run undoes everything once, each within what is left of ctx, and joins the errors. Later calls do nothing.
func (c *cleanups) run(ctx context.Context) error {
	c.mu.Lock()
	items := c.items
	c.items = nil
	c.mu.Unlock()
	var errs []error
	for i := len(items) - 1; i >= 0; i-- {
		if err := items[i].bounded(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", items[i].name, err))
		}
	}
	return errors.Join(errs...)
}

// bounded gives up waiting when ctx ends; what then still runs is cut off by the end of the process.
func (c cleanup) bounded(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- c.fn(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		select {
		case err := <-done:
			return err
		default:
			return ctx.Err()
		}
	}
}

// loop runs fn in the background until the cleanup with the same name is run. The process ends when fn panics, without
// the words of it: they may hold what somebody sent. A new one goes on where this one was.
func (c *cleanups) loop(name string, fn func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	fell := c.fell
	if fell == nil {
		fell = fall
	}
	go func() {
		defer func() {
			if fault := recover(); fault != nil {
				fell(name, hub.Fault(fault))
			}
		}()
		done <- fn(ctx)
	}()
	c.add(name, func(context.Context) error {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	})
}
