package devstack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the unprivileged user whom servers run as when we are root.
type account struct {
	name     string
	uid, gid uint32
}

// accountFor chooses whom a server on the data folder runs as: nil (ourselves) unless we are root; then the owner of data
// that exist, else postgres, else nobody.
func accountFor(data string) (*account, error) {
	info, err := os.Stat(data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("server folder: %w (made by another user? choose another folder)", err)
	}
	var owner uint32
	if err == nil {
		owner = info.Sys().(*syscall.Stat_t).Uid
	}
	if me := uint32(os.Geteuid()); me != 0 {
		if err == nil && owner != me {
			return nil, fmt.Errorf("%s belongs to another user: run as that user, or choose another folder", data)
		}
		return nil, nil
	}
	if owner != 0 {
		return lookUp(user.LookupId, strconv.Itoa(int(owner)))
	}
	for _, name := range []string{"postgres", "nobody"} {
		if a, err := lookUp(user.Lookup, name); err == nil {
			return a, nil
		}
	}
	return nil, errors.New("running as root, and there is neither a user postgres nor a user nobody for the servers")
}

func lookUp(by func(string) (*user.User, error), key string) (*account, error) {
	u, err := by(key)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &account{name: u.Username, uid: uint32(uid), gid: uint32(gid)}, nil
}

// canEnter reports whether the account may pass through every folder down to dir.
func (a *account) canEnter(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil {
			return false
		}
		owner := info.Sys().(*syscall.Stat_t)
		need := fs.FileMode(0o001)
		switch {
		case owner.Uid == a.uid:
			need = 0o100
		case owner.Gid == a.gid:
			need = 0o010
		}
		if info.Mode().Perm()&need == 0 {
			return false
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return true
		}
		dir = parent
	}
}

// explainStart adds what to do to the refusals that a container's limits cause.
func explainStart(err error) error {
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		return fmt.Errorf("%w (the servers' user may not enter the folder, or root may not change users here: "+
			"choose a folder that everybody may enter, or run as an ordinary user)", err)
	}
	return err
}
