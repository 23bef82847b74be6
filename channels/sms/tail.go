package sms

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// longest is the longest line that a tail takes; longer ones are passed over.
const longest = 1 << 20

// tail follows a journal from its beginning, over turns of the file. It is not safe for concurrent use.
type tail struct {
	path    string
	file    *os.File
	started bool
	rest    []byte // a line without its end
	skip    bool   // until the end of a line that is too long
}

// next gives every line that was added since the last call. The bytes are good until take returns.
func (t *tail) next(take func(line []byte)) error {
	for {
		if t.file == nil {
			file, err := os.Open(t.path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("read the sandbox's file: %w", err)
			}
			t.file = file
		}
		read, err := t.file.Stat()
		if err != nil {
			return fmt.Errorf("look at the sandbox's file: %w", err)
		}
		if !t.started {
			if err := t.former(read, take); err != nil {
				return err
			}
			t.started = true
		}
		if err := t.drain(t.file, take); err != nil {
			return err
		}
		if named, err := os.Stat(t.path); err == nil && os.SameFile(named, read) {
			return nil
		}
		// Turned over: nobody adds to what is open, though lines may have come since it was drained.
		if err := errors.Join(t.drain(t.file, take), t.former(read, take)); err != nil {
			return err
		}
		t.close()
	}
}

// former reads the file that was turned over last, unless it is the one that was read already.
func (t *tail) former(read os.FileInfo, take func([]byte)) error {
	file, err := os.Open(turned(t.path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the sandbox's former file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || os.SameFile(info, read) {
		return err
	}
	t.rest, t.skip = nil, false
	err = t.drain(file, take)
	t.rest, t.skip = nil, false
	return err
}

func (t *tail) drain(file *os.File, take func([]byte)) error {
	buffer := make([]byte, 64<<10)
	for {
		n, err := file.Read(buffer)
		t.feed(buffer[:n], take)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read the sandbox's file: %w", err)
		}
	}
}

func (t *tail) feed(b []byte, take func([]byte)) {
	for {
		line, rest, ended := bytes.Cut(b, []byte("\n"))
		switch {
		case t.skip:
		case len(t.rest)+len(line) > longest:
			t.rest, t.skip = nil, true
		case !ended:
			t.rest = append(t.rest, line...)
		case len(t.rest) > 0:
			take(append(t.rest, line...))
			t.rest = t.rest[:0]
		case len(line) > 0:
			take(line)
		}
		if !ended {
			return
		}
		t.skip, b = false, rest
	}
}

func (t *tail) close() {
	if t.file != nil {
		_ = t.file.Close()
	}
	t.file, t.rest, t.skip = nil, nil, false
}
