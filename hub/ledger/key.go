package ledger

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// Keys are the public keys that a verifier trusts, all of one log.
type Keys struct {
	origin string
	list   []note.Verifier
}

// ParseKeys reads verifier keys as C2SP signed-note writes them: NAME+HASH+BASE64. Errors: none given, one that is no
// Ed25519 verifier key, or keys of several logs.
func ParseKeys(texts ...string) (Keys, error) {
	var k Keys
	for _, text := range texts {
		v, err := note.NewVerifier(text)
		if err != nil {
			return Keys{}, fmt.Errorf("not a key of a log: %w", err)
		}
		if k.origin != "" && v.Name() != k.origin {
			return Keys{}, errors.New("these keys are of different logs")
		}
		k.origin, k.list = v.Name(), append(k.list, v)
	}
	if len(k.list) == 0 {
		return Keys{}, errors.New("no key was given")
	}
	return k, nil
}

// Origin is the log that the keys are of.
func (k Keys) Origin() string { return k.origin }

// open checks a note under the keys. It gives the keys that signed it.
func (k Keys) open(signed string) (*note.Note, error) {
	return note.Open([]byte(signed), note.VerifierList(k.list...))
}

// Signer signs checkpoints with a key that may live anywhere: it asks for signatures only.
type Signer struct {
	key      crypto.Signer
	verifier note.Verifier
	text     string
}

// NewSigner makes a signer of the log that origin names. Errors: the key is not Ed25519, or the origin cannot be the
// name of a note's key.
func NewSigner(origin string, key crypto.Signer) (*Signer, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("the log's key must be Ed25519")
	}
	text, err := VerifierKey(origin, public)
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(text)
	if err != nil {
		return nil, err
	}
	return &Signer{key, verifier, text}, nil
}

// VerifierKey writes a public key as ParseKeys reads it. Errors: the origin cannot be the name of a note's key.
func VerifierKey(origin string, key ed25519.PublicKey) (string, error) {
	text, err := note.NewEd25519VerifierKey(origin, key)
	if err == nil {
		_, err = note.NewVerifier(text)
	}
	if err != nil {
		return "", fmt.Errorf("the origin %q cannot name a key: %w", origin, err)
	}
	return text, nil
}

// VerifierKey is the public key as ParseKeys reads it.
func (s *Signer) VerifierKey() string { return s.text }

// Name implements note.Signer.
func (s *Signer) Name() string { return s.verifier.Name() }

// KeyHash implements note.Signer.
func (s *Signer) KeyHash() uint32 { return s.verifier.KeyHash() }

// Sign implements note.Signer. What the key gave is checked before it is used: a key in hardware can fail too.
func (s *Signer) Sign(msg []byte) ([]byte, error) {
	sig, err := s.key.Sign(rand.Reader, msg, crypto.Hash(0))
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if !s.verifier.Verify(msg, sig) {
		return nil, errors.New("the key gave a signature that does not verify")
	}
	return sig, nil
}
