package devstack

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

// Temporary makes a folder for servers that nobody resumes, and removes the folders of the same prefix whose program was
// killed before it could. The caller removes the folder after Close.
func Temporary(prefix string) (string, error) {
	old, err := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	if err != nil {
		return "", err
	}
	for _, dir := range old {
		if abandoned(dir) {
			if err := os.RemoveAll(dir); err != nil && !errors.Is(err, os.ErrPermission) {
				return "", err
			}
		}
	}
	return os.MkdirTemp("", prefix)
}

// abandoned reports whether no program holds a lock in a folder that is not quite new.
func abandoned(dir string) bool {
	const settled = time.Minute // a new folder's locks may be about to be taken
	info, err := os.Stat(dir)
	if err != nil || time.Since(info.ModTime()) < settled {
		return false
	}
	homes, err := filepath.Glob(filepath.Join(dir, "*", "lock"))
	if err != nil {
		return false
	}
	for _, path := range homes {
		lock, err := lockFolder(filepath.Dir(path))
		if err != nil {
			return false
		}
		defer lock.Close()
		if err := endOrphan(filepath.Join(filepath.Dir(path), "data")); err != nil {
			return false
		}
	}
	return true
}
