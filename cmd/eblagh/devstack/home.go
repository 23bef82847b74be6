package devstack

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

const maxLog = 16 << 20 // a log longer than this is begun anew at the next start

// home is the folder of one server: lock, log, data, and whose process works on them.
type home struct {
	dir     string
	account *account // nil: our own
	entry   bool     // the account needs leave to enter the folders above
	lock    *os.File
	log     *os.File
}

// openHome makes the folder when missing and takes its lock.
func openHome(dir string, logger *slog.Logger) (*home, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("server folder: %w", err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	h := &home{dir: dir}
	if h.lock, err = lockFolder(dir); err != nil {
		return nil, err
	}
	if h.account, err = accountFor(filepath.Join(dir, "data")); err == nil {
		err = h.prepare()
	}
	if err != nil {
		h.close()
		return nil, err
	}
	if h.account != nil {
		logger.Debug("running as root: the server runs as an unprivileged user", "user", h.account.name)
	}
	return h, nil
}

func (h *home) prepare() error {
	if h.account != nil {
		if err := os.Chown(h.dir, int(h.account.uid), int(h.account.gid)); err != nil {
			return fmt.Errorf("give %s to %s: %w", h.dir, h.account.name, err)
		}
		h.entry = !h.account.canEnter(h.dir)
	}
	path := filepath.Join(h.dir, "log")
	mode := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		mode |= os.O_TRUNC
	}
	var err error
	h.log, err = os.OpenFile(path, mode, 0o600)
	return err
}

// folder makes a folder of the server's under home and gives its path.
func (h *home) folder(name string) (string, error) {
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", err
	}
	if h.account != nil {
		if err := os.Chown(path, int(h.account.uid), int(h.account.gid)); err != nil {
			return "", err
		}
	}
	return path, nil
}

// command prepares a process of the server: its account, its log, bound to our life, apart from our terminal's signals.
func (h *home) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = "/" // not ours, which the account may be barred from; servers enter their data folders themselves
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "HOME=" + h.dir}
	cmd.Stdout, cmd.Stderr = h.log, h.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if h.account != nil {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: h.account.uid, Gid: h.account.gid}
	}
	if h.entry {
		allowEntry(cmd.SysProcAttr)
	}
	return cmd
}

// logTail is the end of the log, to be appended to an error.
func (h *home) logTail() string {
	const keep = 2 << 10
	text, err := os.ReadFile(filepath.Join(h.dir, "log"))
	if err != nil {
		return ""
	}
	if len(text) > keep {
		text = text[len(text)-keep:]
		text = text[bytes.IndexByte(text, '\n')+1:]
	}
	return "\nthe end of " + filepath.Join(h.dir, "log") + ":\n" + strings.TrimSpace(string(text))
}

func (h *home) close() error {
	var errs []error
	for _, f := range []*os.File{h.log, h.lock} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	h.log, h.lock = nil, nil
	return errors.Join(errs...)
}

// lockFolder takes the folder's lock, which the kernel frees when the process ends in whatever way.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("server folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s is in use: another eblagh runs its servers there; stop it or choose another folder", dir)
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return f, nil
}

// freePort asks the kernel for a loopback port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
