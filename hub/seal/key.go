package seal

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"eblagh/hub/ledger"
)

// maxKeyFile bounds what is read as a key file; hundreds of keys stay below.
const maxKeyFile = 1 << 18

// What can be wrong with a key file.
var (
	ErrBadKeyFile  = errors.New("not a file of Ed25519 keys in PEM")
	ErrKeyFileOpen = errors.New("the key file can be read by others; it must be mode 0600")
	ErrOneKey      = errors.New("this is the only key in force: rotate first, and let the new one be known")
)

// Keys are the log's keys: those in force, oldest first, and those that were retired. In the file a key in force is a
// PKCS #8 private key, one that was retired its public key alone.
type Keys struct {
	Private []ed25519.PrivateKey
	Retired []ed25519.PublicKey
}

// OpenOrCreateKeys opens the key file, and makes it with one key at the first start. Processes that start at once end
// with the same key. Errors: ErrKeyFileOpen, ErrBadKeyFile, and those of files.
func OpenOrCreateKeys(path string) (Keys, error) {
	k, err := OpenKeys(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	fresh := Keys{}
	fresh.add()
	name, err := fresh.beside(path)
	if err != nil {
		return Keys{}, fmt.Errorf("create the log's key: %w", err)
	}
	defer os.Remove(name)
	if err := os.Link(name, path); err != nil && !errors.Is(err, fs.ErrExist) { // the first one stays
		return Keys{}, fmt.Errorf("create the log's key: %w", err)
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return Keys{}, err
	}
	return OpenKeys(path)
}

// OpenKeys reads a key file. Errors: fs.ErrNotExist, ErrKeyFileOpen, ErrBadKeyFile.
func OpenKeys(path string) (Keys, error) {
	f, err := os.Open(path)
	if err != nil {
		return Keys{}, fmt.Errorf("open the log's key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Keys{}, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Keys{}, fmt.Errorf("%s: %w", path, ErrKeyFileOpen)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return Keys{}, err
	}
	k, err := parseKeys(text)
	if err != nil {
		return Keys{}, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

func parseKeys(text []byte) (Keys, error) {
	var k Keys
	for len(text) > 0 {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		text = rest
		switch block.Type {
		case "PRIVATE KEY":
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			private, ok := key.(ed25519.PrivateKey)
			if err != nil || !ok {
				return Keys{}, ErrBadKeyFile
			}
			k.Private = append(k.Private, private)
		case "PUBLIC KEY":
			key, err := x509.ParsePKIXPublicKey(block.Bytes)
			public, ok := key.(ed25519.PublicKey)
			if err != nil || !ok {
				return Keys{}, ErrBadKeyFile
			}
			k.Retired = append(k.Retired, public)
		default:
			return Keys{}, ErrBadKeyFile
		}
	}
	if len(k.Private) == 0 {
		return Keys{}, ErrBadKeyFile
	}
	return k, nil
}

// Signers gives a signer for each key in force, newest first, and the verifier keys of those that were retired.
func (k Keys) Signers(origin string) (signers []*ledger.Signer, retired []string, err error) {
	for _, key := range slices.Backward(k.Private) {
		s, err := ledger.NewSigner(origin, crypto.Signer(key))
		if err != nil {
			return nil, nil, err
		}
		signers = append(signers, s)
	}
	for _, key := range k.Retired {
		text, err := ledger.VerifierKey(origin, key)
		if err != nil {
			return nil, nil, err
		}
		retired = append(retired, text)
	}
	return signers, retired, nil
}

// Rotate adds a new key to the file. From the next start on it signs beside the old ones. Errors: those of OpenKeys.
func Rotate(path string) error {
	return changeKeys(path, func(k *Keys) error { k.add(); return nil })
}

// Retire takes the oldest key in force out of the file, all but its public half. Errors: ErrOneKey, those of OpenKeys.
func Retire(path string) error {
	return changeKeys(path, func(k *Keys) error {
		if len(k.Private) < 2 {
			return ErrOneKey
		}
		k.Retired = append(k.Retired, k.Private[0].Public().(ed25519.PublicKey))
		k.Private = k.Private[1:]
		return nil
	})
}

func changeKeys(path string, change func(*Keys) error) error {
	k, err := OpenKeys(path)
	if err != nil {
		return err
	}
	if err := change(&k); err != nil {
		return err
	}
	text, err := k.marshal()
	if err != nil {
		return err
	}
	return replaceFile(path, text)
}

func (k *Keys) add() {
	_, key, _ := ed25519.GenerateKey(rand.Reader) // crypto/rand never fails
	k.Private = append(k.Private, key)
}

func (k *Keys) beside(path string) (string, error) {
	text, err := k.marshal()
	if err != nil {
		return "", err
	}
	return besideFile(path, text)
}

func (k *Keys) marshal() ([]byte, error) {
	var out []byte
	for _, key := range k.Retired {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			return nil, err
		}
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})...)
	}
	for _, key := range k.Private {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, err
		}
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
	}
	return out, nil
}
