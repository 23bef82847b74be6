package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCleanupsRunOnceInReverseAndJoinErrors(t *testing.T) {
	var undo cleanups
	var order []string
	for _, name := range []string{"database", "queue", "listener"} {
		undo.add(name, func(context.Context) error {
			order = append(order, name)
			if name == "queue" {
				return errors.New("stuck")
			}
			return nil
		})
	}
	err := undo.run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "stop queue: stuck") {
		t.Errorf("got %v", err)
	}
	if want := []string{"listener", "queue", "database"}; !slices.Equal(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
	if err := undo.run(t.Context()); err != nil || len(order) != 3 {
		t.Errorf("a second run did something: %v, %v", err, order)
	}
}

func TestCleanupsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		ended := false
		var undo cleanups
		undo.add("quick", func(context.Context) error { ended = true; return nil })
		undo.add("endless", func(context.Context) error { <-release; return nil })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := undo.run(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "stop endless") {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		if !ended {
			t.Error("what could be undone was not")
		}
	})
}

func TestALoopEndsWithItsCleanup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var undo cleanups
		rounds := 0
		undo.loop("rounds", every(time.Second, func(context.Context) { rounds++ }))
		time.Sleep(2500 * time.Millisecond) // of the bubble's clock
		if err := undo.run(t.Context()); err != nil {
			t.Error(err)
		}
		if rounds != 3 {
			t.Errorf("got %d rounds, want 3", rounds)
		}
	})
}

func TestParts(t *testing.T) {
	for in, want := range map[string]string{
		"api,worker,live": "api worker live", "worker": "worker", "live, api": "api live", "": "error", "sms": "error",
	} {
		var p partList
		got := "error"
		if p.UnmarshalText([]byte(in)) == nil {
			got = strings.Join(p.names(), " ")
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// A part that panics ends the process, and the words of the panic are told to nobody.
func TestAPartThatPanicsTellsNoWords(t *testing.T) {
	told := make(chan string, 1)
	undo := &cleanups{fell: func(name string, err error) { told <- name + ": " + err.Error() }}
	undo.loop("rounds", func(context.Context) error { panic("0076229645") })
	if got := <-told; !strings.HasPrefix(got, "rounds: panic: string at") || strings.Contains(got, "0076229645") {
		t.Error(got)
	}
}
