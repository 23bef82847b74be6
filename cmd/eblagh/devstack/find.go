package devstack

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	oldestPostgres = 15
	oldestRedis    = 7
)

// MissingError says that a server is not installed, or only too old a one.
type MissingError struct {
	Server  string   // its name for people
	Oldest  int      // the oldest major version that serves
	Found   []string // too old ones, with their versions
	Looked  []string // folders looked at besides PATH
	Package string   // what Debian and Ubuntu call it
}

// Error says what to install.
func (e *MissingError) Error() string {
	problem := "is not installed"
	if len(e.Found) > 0 {
		problem = "is too old (" + strings.Join(e.Found, ", ") + ")"
	}
	return fmt.Sprintf("%s %d or newer is needed and %s (looked on PATH and in %s).\n"+
		"Install it with `make setup`, or on Debian and Ubuntu: apt-get install --no-install-recommends %s\n"+
		"Or use servers of your own: set database.url and redis.addrs.",
		e.Server, e.Oldest, problem, strings.Join(e.Looked, ", "), e.Package)
}

// program is an installed server.
type program struct {
	path  string
	major int
}

// finder looks for programs; a test gives it other places.
type finder struct {
	lookPath func(string) (string, error)
	postgres []string // globs of folders
	redis    []string
}

func systemFinder() finder {
	return finder{
		lookPath: exec.LookPath,
		postgres: []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/lib/postgresql*/bin",
			"/usr/libexec/postgresql*", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin",
			"/usr/local/opt/postgresql*/bin"},
		redis: []string{"/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin"},
	}
}

// findPostgres gives the newest server, or the one of the major version that existing data need (0: none exist).
func (f finder) findPostgres(major int) (program, error) {
	found, err := f.find("postgres", f.postgres)
	if err != nil {
		return program{}, err
	}
	missing := &MissingError{Server: "PostgreSQL", Oldest: oldestPostgres, Looked: f.postgres, Package: "postgresql"}
	for _, p := range found {
		if real, err := filepath.EvalSymlinks(p.path); err == nil {
			p.path = real // its tools lie beside it
		}
		if !hasInitdb(p) {
			continue
		}
		if p.major < oldestPostgres {
			missing.Found = append(missing.Found, fmt.Sprintf("%s is %d", p.path, p.major))
			continue
		}
		if major == 0 || p.major == major {
			return p, nil
		}
	}
	if major != 0 {
		return program{}, fmt.Errorf("the data were made by PostgreSQL %d, which is not installed: "+
			"install it, or move the data away", major)
	}
	return program{}, missing
}

// findRedis gives the newest server.
func (f finder) findRedis() (program, error) {
	found, err := f.find("redis-server", f.redis)
	if err != nil {
		return program{}, err
	}
	missing := &MissingError{Server: "Redis", Oldest: oldestRedis, Looked: f.redis, Package: "redis-server"}
	for _, p := range found {
		if p.major >= oldestRedis {
			return p, nil
		}
		missing.Found = append(missing.Found, fmt.Sprintf("%s is %d", p.path, p.major))
	}
	return program{}, missing
}

// find lists the programs of a name, newest first.
func (f finder) find(name string, globs []string) ([]program, error) {
	var paths []string
	if path, err := f.lookPath(name); err == nil {
		paths = append(paths, path)
	} else if !errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("look for %s: %w", name, err)
	}
	for _, glob := range globs {
		more, err := filepath.Glob(filepath.Join(glob, name))
		if err != nil {
			return nil, err
		}
		paths = append(paths, more...)
	}
	var found []program
	for _, path := range paths {
		if major, err := majorOf(path); err == nil {
			found = append(found, program{path: path, major: major})
		}
	}
	// Not followed when they are links: redis-server is one of several names of one program, which heeds its name.
	slices.SortStableFunc(found, func(a, b program) int { return b.major - a.major })
	return found, nil
}

// majorOf asks the program: "postgres (PostgreSQL) 15.14 (Debian…)", "Redis server v=7.0.15 sha=…".
func majorOf(path string) (int, error) {
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return 0, err
	}
	m := regexp.MustCompile(`(?:\) |v=)(\d+)`).FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("%s does not tell its version", path)
	}
	return strconv.Atoi(string(m[1]))
}

func hasInitdb(p program) bool {
	_, err := exec.LookPath(initdbOf(p))
	return err == nil
}

func initdbOf(p program) string { return filepath.Join(filepath.Dir(p.path), "initdb") }
