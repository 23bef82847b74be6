package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

const (
	keyFileForm = 1
	macKeySize  = 32
	maxKeyFile  = 1 << 20 // bytes; a keyset of hundreds of keys stays below
)

// What can be wrong with a key file.
var (
	ErrBadKeyFile  = errors.New("not a key file of this program")
	ErrKeyFileOpen = errors.New("the key file can be read by others; it must be mode 0600")
)

// keyFile is the JSON of a key file. Seal is a Tink keyset in cleartext: the file's mode is what guards it.
type keyFile struct {
	Form   int             `json:"form"`
	Seal   json.RawMessage `json:"seal"`
	Index  []byte          `json:"index"`
	Code   []byte          `json:"code"`
	Pepper []byte          `json:"pepper"`
}

// Create makes a new key file with mode 0600. It appears whole or not at all, and never replaces one that is there.
// Errors: fs.ErrExist, and those of writing.
func Create(path string) (*Vault, error) {
	content, err := newKeyFile()
	if err != nil {
		return nil, err
	}
	if err := writeOnce(path, content); err != nil {
		return nil, fmt.Errorf("create key file: %w", err)
	}
	return parse(content)
}

// Open reads a key file. Errors: fs.ErrNotExist, ErrKeyFileOpen, ErrBadKeyFile.
func Open(path string) (*Vault, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: %w", path, ErrKeyFileOpen)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	v, err := parse(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

// OpenOrCreate opens the key file and makes it at the first start. Processes that start at once end with the same keys:
// the loser of the race opens what the winner made. Errors: those of Open and Create.
func OpenOrCreate(path string) (*Vault, error) {
	v, err := Open(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return v, err
	}
	v, err = Create(path)
	if errors.Is(err, fs.ErrExist) {
		return Open(path)
	}
	return v, err
}

func newKeyFile() ([]byte, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make sealing key: %w", err)
	}
	var seal bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&seal)); err != nil {
		return nil, fmt.Errorf("write sealing key: %w", err)
	}
	f := keyFile{Form: keyFileForm, Seal: seal.Bytes(), Index: newMACKey(), Code: newMACKey(), Pepper: newMACKey()}
	content, err := json.MarshalIndent(f, "", "  ")
	return append(content, '\n'), err
}

func newMACKey() []byte {
	key := make([]byte, macKeySize)
	_, _ = rand.Read(key) // crypto/rand.Read never fails
	return key
}

func parse(content []byte) (*Vault, error) {
	var f keyFile
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields() // a newer form must not be half understood
	if err := decoder.Decode(&f); err != nil {
		return nil, ErrBadKeyFile // the decoder's own words could quote a key
	}
	if f.Form != keyFileForm || len(f.Index) != macKeySize || len(f.Code) != macKeySize || len(f.Pepper) != macKeySize {
		return nil, ErrBadKeyFile
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Seal)))
	if err != nil {
		return nil, ErrBadKeyFile
	}
	v, err := newVault(keys{seal: handle, index: f.Index, code: f.Code, pepper: f.Pepper})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadKeyFile, err)
	}
	return v, nil
}

// writeOnce writes beside the path, syncs, and links the finished file into place: like O_EXCL the link fails when the
// name is taken, and unlike it nobody can ever read half a file.
func writeOnce(path string, content []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
