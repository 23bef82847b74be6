package sms

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"eblagh/hub"
)

// entry is one line of the sandbox's file: a text, or, without a delivery, the report of an earlier one.
type entry struct {
	At        time.Time   `json:"at"`
	Mobile    hub.Mobile  `json:"mobile,omitempty"`
	Text      string      `json:"text,omitempty"`
	Parts     int         `json:"parts,omitempty"` // on the air
	Delivery  hub.ID      `json:"delivery,omitzero"`
	N         int         `json:"n,omitempty"`
	MessageID string      `json:"message_id"`
	Report    hub.Outcome `json:"report"` // "pending" until the provider reported
}

// pending stands for a report that did not come yet.
const pending hub.Outcome = "pending"

// journal appends lines to a file that several processes share. Writers hold the file's lock together, whoever turns
// it over holds it alone: so no line ever lands in a file that readers have finished with.
type journal struct {
	path string
	most int64 // bytes in one file; there are two at most

	mu   sync.Mutex
	file *os.File
	torn bool // the last line has no end
}

// turned is where the former file lies: sandbox.jsonl becomes sandbox.1.jsonl.
func turned(path string) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + ".1" + ext
}

// append writes whole lines with one write. It gives the bytes that were written, also beside an error.
func (j *journal) append(lines []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	unlock, err := j.lock(int64(len(lines)))
	if err != nil {
		return 0, err
	}
	defer unlock()
	lead := 0
	if j.torn {
		lines, lead = append([]byte("\n"), lines...), 1
	}
	n, err := j.file.Write(lines)
	if n > 0 {
		j.torn = n < len(lines)
	}
	return max(0, n-lead), err
}

// lock opens the file that is in force, turns it over when it is full, and shares its lock.
func (j *journal) lock(more int64) (unlock func(), err error) {
	for {
		if j.file == nil {
			if err := j.open(); err != nil {
				return nil, err
			}
		}
		fd := int(j.file.Fd())
		if err := flock(fd, syscall.LOCK_SH); err != nil {
			return nil, fmt.Errorf("lock the sandbox's file: %w", err)
		}
		current, size, err := j.current()
		if err == nil && current && size+more > j.most && size > 0 {
			err = j.turn(fd)
			current = false
		}
		if err == nil && current {
			return func() { _ = flock(fd, syscall.LOCK_UN) }, nil
		}
		j.close() // gives the lock back as well
		if err != nil {
			return nil, err
		}
	}
}

func (j *journal) open() error {
	file, err := os.OpenFile(j.path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the sandbox's file: %w", err)
	}
	j.file, j.torn = file, false
	last := make([]byte, 1)
	if info, err := file.Stat(); err == nil && info.Size() > 0 {
		if _, err := file.ReadAt(last, info.Size()-1); err == nil || errors.Is(err, io.EOF) {
			j.torn = last[0] != '\n'
		}
	}
	return nil
}

// current reports whether the open file is still the one under the path, and its size.
func (j *journal) current() (bool, int64, error) {
	named, err := os.Stat(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, 0, nil
	}
	if err != nil {
		return false, 0, fmt.Errorf("look at the sandbox's file: %w", err)
	}
	opened, err := j.file.Stat()
	if err != nil {
		return false, 0, fmt.Errorf("look at the sandbox's file: %w", err)
	}
	return os.SameFile(named, opened), opened.Size(), nil
}

// turn renames the full file, unless another process did so while we waited to be alone.
func (j *journal) turn(fd int) error {
	if err := flock(fd, syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock the sandbox's file: %w", err)
	}
	current, _, err := j.current()
	if err != nil || !current {
		return err
	}
	if err := os.Rename(j.path, turned(j.path)); err != nil {
		return fmt.Errorf("turn the sandbox's file over: %w", err)
	}
	return nil
}

func (j *journal) close() {
	if j.file != nil {
		_ = j.file.Close()
		j.file = nil
	}
}

func flock(fd, how int) error {
	for {
		if err := syscall.Flock(fd, how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
