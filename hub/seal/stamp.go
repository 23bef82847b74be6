package seal

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"time"

	"github.com/digitorus/timestamp"

	"eblagh/hub"
)

// Stamps keeps timestamps of checkpoints.
type Stamps interface {
	// Unstamped gives the newest signed checkpoint that this authority has not stamped, if its last stamp is older than
	// every; size zero when there is nothing to do.
	Unstamped(ctx context.Context, authority string, every time.Duration) (size int64, note string, err error)
	// KeepStamp stores a token that was verified. One that is there already stays.
	KeepStamp(ctx context.Context, s Stamp) error
}

// Stamp is a token of an authority over a signed checkpoint.
type Stamp struct {
	Size      int64
	Authority string // its address
	Token     []byte
	At        time.Time // what it attests
}

// StamperOptions are what a Stamper works with. Store, URLs, Clock and Logger are needed.
type StamperOptions struct {
	Store       Stamps
	URLs        []string     // of authorities, RFC 3161 §3.4
	Authorities *Authorities // nil: tokens need not lead to a trusted root to be stored
	Every       time.Duration
	Look        time.Duration // how often to look, and to try again what failed; 0: a tenth of Every, at least a second
	Client      *http.Client  // nil: one with a limit of 20 s
	Clock       hub.Clock
	Logger      *slog.Logger
}

const (
	stampTimeout = 20 * time.Second
	maxToken     = 64 << 10        // bytes of an answer
	maxSkew      = 5 * time.Minute // between the authority's clock and ours
)

// Stamper has checkpoints stamped, so that not even who holds the log's key can date it back.
type Stamper struct {
	o       StamperOptions
	failing map[string]bool
}

// NewStamper makes a Stamper.
func NewStamper(o StamperOptions) *Stamper {
	o.Look = cmp.Or(o.Look, max(o.Every/10, time.Second))
	if o.Client == nil {
		o.Client = &http.Client{Timeout: stampTimeout}
	}
	return &Stamper{o, map[string]bool{}}
}

// Run stamps until ctx ends. A failure is told once and tried again.
func (s *Stamper) Run(ctx context.Context) error {
	tick := time.NewTicker(s.o.Look)
	defer tick.Stop()
	for {
		for _, url := range s.o.URLs {
			err := s.stamp(ctx, url)
			if err != nil && !s.failing[url] && ctx.Err() == nil {
				s.o.Logger.Error("a checkpoint could not be stamped; it is tried again", "authority", url, "error", err)
			}
			s.failing[url] = err != nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// stamp asks one authority, if it is time.
func (s *Stamper) stamp(ctx context.Context, url string) error {
	size, note, err := s.o.Store.Unstamped(ctx, url, s.o.Every)
	if err != nil || size == 0 {
		return err
	}
	digest := sha256.Sum256([]byte(note))
	token, at, err := s.ask(ctx, url, digest)
	if err != nil {
		return err
	}
	return s.o.Store.KeepStamp(ctx, Stamp{size, url, token, at})
}

// ask gets a token and verifies it: what is stored must hold.
func (s *Stamper) ask(ctx context.Context, url string, digest [32]byte) ([]byte, time.Time, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, time.Time{}, err
	}
	query, err := (&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: digest[:], Certificates: true, Nonce: nonce}).Marshal()
	if err != nil {
		return nil, time.Time{}, err
	}
	reply, err := s.post(ctx, url, query)
	if err != nil {
		return nil, time.Time{}, err
	}
	answer, err := timestamp.ParseResponse(reply)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("the authority's answer: %w", err)
	}
	if answer.Nonce == nil || answer.Nonce.Cmp(nonce) != 0 {
		return nil, time.Time{}, errors.New("the authority's answer is to another question")
	}
	if s.o.Authorities != nil {
		_, _, err = s.o.Authorities.VerifyTimestamp(answer.RawToken, digest)
	} else {
		_, _, err = readToken(answer.RawToken, digest)
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("the authority's token: %w", err)
	}
	if skew := answer.Time.Sub(s.o.Clock()).Abs(); skew > maxSkew {
		return nil, time.Time{}, fmt.Errorf("the authority's clock differs from ours by %s", skew)
	}
	return answer.RawToken, answer.Time.UTC(), nil
}

func (s *Stamper) post(ctx context.Context, url string, query []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	res, err := s.o.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the authority answers %d", res.StatusCode)
	}
	reply, err := io.ReadAll(io.LimitReader(res.Body, maxToken+1))
	if err == nil && len(reply) > maxToken {
		err = errors.New("the authority's answer is too long")
	}
	return reply, err
}
