package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is one line of `go test -json` (go doc test2json).
type event struct {
	Action, Package, Test, Output, ImportPath, FailedBuild string
}

// tally counts tests, and packages that failed outside any test.
type tally struct {
	passed, failed, skipped int

	outputs map[string]*strings.Builder // of tests and packages that still run
	broken  map[string]bool             // packages with a failed test
}

// String is the last line of a run.
func (c *tally) String() string {
	line := fmt.Sprintf("%d passed, %d failed", c.passed, c.failed)
	if c.skipped > 0 {
		line += fmt.Sprintf(", %d skipped", c.skipped)
	}
	return line
}

// read shows the run as it goes: a line per package, and all that failing tests said.
func (c *tally) read(events io.Reader, out io.Writer) error {
	c.outputs, c.broken = map[string]*strings.Builder{}, map[string]bool{}
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) != nil {
				fmt.Fprint(out, line) // not an event: the go command itself speaks
			} else {
				c.take(e, out)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the tests' events: %w", err)
		}
	}
}

func (c *tally) take(e event, out io.Writer) {
	key := e.Package + "\x00" + e.Test
	switch e.Action {
	case "build-output":
		fmt.Fprint(out, e.Output)
	case "output":
		if c.outputs[key] == nil {
			c.outputs[key] = &strings.Builder{}
		}
		c.outputs[key].WriteString(e.Output)
	case "pass", "fail", "skip":
		said := ""
		if b := c.outputs[key]; b != nil {
			said = b.String()
			delete(c.outputs, key)
		}
		if e.Test != "" {
			c.endTest(e, said, out)
		} else {
			c.endPackage(e, said, out)
		}
	}
}

func (c *tally) endTest(e event, said string, out io.Writer) {
	switch e.Action {
	case "pass":
		c.passed++
	case "skip":
		c.skipped++
		fmt.Fprint(out, said)
	case "fail":
		c.failed++
		c.broken[e.Package] = true
		fmt.Fprint(out, said)
	}
}

// endPackage shows the package's line; all that it said when it failed outside a test.
func (c *tally) endPackage(e event, said string, out io.Writer) {
	if e.Action == "fail" && !c.broken[e.Package] {
		c.failed++
		for key, b := range c.outputs { // tests cut short by a panic or the time limit
			if strings.HasPrefix(key, e.Package+"\x00") {
				said = b.String() + said
			}
		}
		fmt.Fprint(out, said)
		return
	}
	lines := strings.SplitAfter(strings.TrimSuffix(said, "\n"), "\n")
	if last := lines[len(lines)-1]; last != "" {
		fmt.Fprintln(out, strings.TrimSuffix(last, "\n"))
	}
}
