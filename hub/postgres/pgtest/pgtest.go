package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"eblagh/hub/postgres"
)

// templateLock is the advisory lock under which test binaries make the template.
const templateLock = 0x65626c61

// What the tests of one binary have in common. These are package variables because a test binary has no main of ours to
// hold them; the cluster ends with the process.
var (
	sharedCluster  = sync.OnceValues(findCluster)
	sharedTemplate = sync.OnceValues(makeTemplate)
	clones         = struct {
		sync.Mutex
		url map[testing.TB]string
	}{url: map[testing.TB]string{}}
)

// New opens a database of this test's own: migrated, empty, mode test.
func New(t testing.TB) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Options{URL: URL(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// URL is the superuser's way into the database of this test, the same one that New opens.
func URL(t testing.TB) string {
	t.Helper()
	clones.Lock()
	defer clones.Unlock()
	if clone, ok := clones.url[t]; ok {
		return clone
	}
	template, err := sharedTemplate()
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := sharedCluster()
	if err != nil {
		t.Fatal(err)
	}
	name := "eblagh_clone_" + strings.ToLower(rand.Text()[:16])
	if err := execute(t.Context(), cluster, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	clones.url[t] = withDatabase(cluster, name)
	t.Cleanup(func() {
		clones.Lock()
		delete(clones.url, t)
		clones.Unlock()
		report(t, "drop the clone", execute(context.Background(), cluster, "DROP DATABASE "+name+" WITH (FORCE)"))
	})
	return clones.url[t]
}

func findCluster() (string, error) {
	if given := os.Getenv(URLVariable); given != "" {
		return given, nil
	}
	url, _, err := StartCluster(context.Background()) // ends with the process; the next run clears its folder
	return url, err
}

// makeTemplate gives the name of the template for this schema, made by whoever comes first. A template counts as made
// once it is marked as one.
func makeTemplate() (string, error) {
	ctx := context.Background()
	cluster, err := sharedCluster()
	if err != nil {
		return "", err
	}
	name, err := templateName()
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, cluster)
	if err != nil {
		return "", fmt.Errorf("the cluster of the tests: %w", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
		return "", err
	}
	var made bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate)", name).Scan(&made)
	if err != nil || made {
		return name, err
	}
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return "", err
		}
	}
	if err := postgres.Migrate(ctx, withDatabase(cluster, name), "test"); err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+name+" IS_TEMPLATE true")
	return name, err
}

// templateName carries the fingerprint of the migrations.
func templateName() (string, error) {
	files := postgres.MigrationFiles()
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		_, err = io.WriteString(sum, path+"\x00"+string(text)+"\x00")
		return err
	})
	return "eblagh_template_" + hex.EncodeToString(sum.Sum(nil)[:8]), err
}

func migrate(t testing.TB, url string) {
	t.Helper()
	if err := postgres.Migrate(t.Context(), url, "test"); err != nil {
		t.Fatal(err)
	}
}

func execute(ctx context.Context, url, statement string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// withDatabase is the same cluster's URL with another database. The cluster's was parsed by pgx before.
func withDatabase(cluster, name string) string {
	u, err := url.Parse(cluster)
	if err != nil {
		return cluster
	}
	u.Path = "/" + name
	return u.String()
}
