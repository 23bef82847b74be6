package seal_test

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"eblagh/hub/hubtest"
	"eblagh/hub/ledger"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
	"eblagh/hub/seal"
)

// childVariable makes the test binary a writer that kills itself.
const childVariable = "EBLAGH_TEST_SEAL_CHILD"

func TestMain(m *testing.M) {
	if job := os.Getenv(childVariable); job != "" {
		os.Exit(child(strings.Split(job, "\x01")))
	}
	os.Exit(m.Run())
}

// child seals until the step that kills it.
func child(job []string) int {
	step, when := job[0], job[1]
	db, err := postgres.Open(context.Background(), postgres.Options{URL: job[2]})
	if err != nil {
		return 1
	}
	block, _ := pem.Decode([]byte(job[4]))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return 1
	}
	at := func(now string) hubtest.Fault {
		if now == step && when == "before" {
			die()
		}
		if now == step {
			return hubtest.TookHold // and then the writer begins anew, which it shall not live to see
		}
		return hubtest.NoFault
	}
	s, err := ledger.NewSigner(origin, &hubtest.SealKey{Signer: key.(ed25519.PrivateKey), At: at, Done: context.Background()})
	if err != nil {
		return 1
	}
	w, err := seal.New(seal.Options{Store: &hubtest.Sealing{Store: db.Sealing(), At: at}, Origin: origin, Signers: []*ledger.Signer{s},
		Memory: &hubtest.SealMemory{Memory: seal.NewFile(job[3]), At: at}, Logger: slog.New(slog.DiscardHandler), Batch: 7,
		Meter: killer{}})
	if err != nil {
		return 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_ = w.Run(ctx)
	return 1
}

// killer dies as soon as the writer gives up: nothing after the step that took effect was done.
type killer struct{}

func (killer) Sealed(int, time.Duration, int64) {}
func (killer) Failed()                          { die() }

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func (w *world) pem() []byte {
	w.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(w.key)
	if err != nil {
		w.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func (w *world) database() string { return pgtest.URL(w.T) }

// reopen is another process's view of the database, with connections of its own.
func (w *world) reopen() *postgres.DB {
	w.Helper()
	db, err := postgres.Open(context.Background(), postgres.Options{URL: pgtest.URL(w.T)})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(db.Close)
	return db
}
