package devstack

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const longestSocket = 90 // sockaddr_un holds 108 bytes, with the socket's own name

// prepareCluster finds the server that fits the data and makes the cluster when there is none. A cluster counts as made
// once its password file lies there: an initdb that was cut short is begun anew.
func (p *Postgres) prepareCluster(ctx context.Context) error {
	h := p.server.home
	p.data = filepath.Join(h.dir, "data")
	secret, err := os.ReadFile(filepath.Join(h.dir, "password"))
	switch {
	case err == nil:
		p.password = strings.TrimSpace(string(secret))
		major, err := dataMajor(p.data)
		if err != nil {
			return err
		}
		p.program, err = systemFinder().findPostgres(major)
		return err
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if p.program, err = systemFinder().findPostgres(0); err != nil {
		return err
	}
	if err := os.RemoveAll(p.data); err != nil {
		return err
	}
	return p.makeCluster(ctx)
}

func (p *Postgres) makeCluster(ctx context.Context) error {
	h := p.server.home
	if _, err := h.folder("data"); err != nil {
		return err
	}
	p.password = rand.Text()
	draft := filepath.Join(h.dir, "password.draft")
	if err := os.WriteFile(draft, []byte(p.password+"\n"), 0o600); err != nil {
		return err
	}
	if h.account != nil {
		if err := os.Chown(draft, int(h.account.uid), int(h.account.gid)); err != nil {
			return err
		}
	}
	args := []string{"-D", p.data, "-U", superuser, "--pwfile", draft, "--auth-local", "trust",
		"--auth-host", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"}
	if p.setting["fsync"] == "off" {
		args = append(args, "--no-sync")
	}
	if err := p.runOnce(ctx, h.command(initdbOf(p.program), args...)); err != nil {
		return fmt.Errorf("make a Postgres cluster: %w%s", err, h.logTail())
	}
	single := h.command(p.program.path, "--single", "-D", p.data, "postgres")
	single.Stdin = bytes.NewBufferString("CREATE DATABASE " + database + ";\n")
	if err := p.runOnce(ctx, single); err != nil {
		return fmt.Errorf("make the database: %w%s", err, h.logTail())
	}
	return os.Rename(draft, filepath.Join(h.dir, "password"))
}

// runOnce runs a command to its end; it ends with us.
func (p *Postgres) runOnce(ctx context.Context, cmd *exec.Cmd) error {
	unlock := bindThread(cmd.SysProcAttr, syscall.SIGKILL)
	defer unlock()
	if err := cmd.Start(); err != nil {
		return explainStart(err)
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	return errors.Join(cmd.Wait(), ctx.Err())
}

// placeSocket puts the socket beside the data, or under /tmp where that path is too long for a socket.
func (p *Postgres) placeSocket() error {
	h := p.server.home
	var err error
	if len(h.dir)+len("/socket") <= longestSocket {
		p.socket, err = h.folder("socket")
		return err
	}
	if p.socket, err = os.MkdirTemp("/tmp", "eblagh-"); err != nil {
		return err
	}
	if h.account != nil {
		return os.Chown(p.socket, int(h.account.uid), int(h.account.gid))
	}
	return nil
}

func dataMajor(data string) (int, error) {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err != nil {
		return 0, fmt.Errorf("the data in %s are not whole: %w", data, err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("%s/PG_VERSION: %w", data, err)
	}
	return major, nil
}
