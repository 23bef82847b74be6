package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

const (
	keyFileForm = 2
	formerForm  = 1 // one index key, which named the file as well
	macKeySize  = 32
	maxKeyFile  = 1 << 20 // bytes; a keyset of hundreds of keys stays below
)

// What can be wrong with a key file.
var (
	ErrBadKeyFile  = errors.New("not a key file of this program")
	ErrKeyFileOpen = errors.New("the key file can be read by others; it must be mode 0600")
)

// keyFile is the JSON of a key file. Seal is a Tink keyset in cleartext: the file's mode is what guards it. Identity is the
// file's name for ever, whatever keys come and go.
type keyFile struct {
	Form     int             `json:"form"`
	Identity []byte          `json:"identity"`
	Seal     json.RawMessage `json:"seal"`
	Index    []fileIndexKey  `json:"index"`
	Code     []byte          `json:"code"`
	Pepper   []byte          `json:"pepper"`
}

type fileIndexKey struct {
	ID   uint32 `json:"id"`
	Slot int    `json:"slot"`
	Key  []byte `json:"key"`
}

// formerFile is the JSON of a key file of the first form.
type formerFile struct {
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
	c, err := parse(content)
	if err != nil {
		return nil, err
	}
	return newVault(path, c)
}

// Open reads a key file. Errors: fs.ErrNotExist, ErrKeyFileOpen, ErrBadKeyFile.
func Open(path string) (*Vault, error) {
	c, err := readFile(path)
	if err != nil {
		return nil, err
	}
	v, err := newVault(path, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrBadKeyFile, err)
	}
	return v, nil
}

func readFile(path string) (contents, error) {
	content, err := readPrivate(path)
	if err != nil {
		return contents{}, err
	}
	c, err := parse(content)
	if err != nil {
		return contents{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func readPrivate(path string) ([]byte, error) {
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
	return content, nil
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
	first := newMACKey()
	return contents{seal: handle, index: []indexKey{{id: newKeyID(), key: first}}, identity: fingerprint(first),
		code: newMACKey(), pepper: newMACKey()}.marshal()
}

func (c contents) marshal() ([]byte, error) {
	var seal bytes.Buffer
	if err := insecurecleartextkeyset.Write(c.seal, keyset.NewJSONWriter(&seal)); err != nil {
		return nil, fmt.Errorf("write sealing keys: %w", err)
	}
	f := keyFile{Form: keyFileForm, Identity: c.identity, Seal: seal.Bytes(), Code: c.code, Pepper: c.pepper}
	for _, k := range c.index {
		f.Index = append(f.Index, fileIndexKey{ID: k.id, Slot: k.slot, Key: k.key})
	}
	content, err := json.MarshalIndent(f, "", "  ")
	return append(content, '\n'), err
}

func newMACKey() []byte {
	key := make([]byte, macKeySize)
	_, _ = rand.Read(key) // crypto/rand.Read never fails
	return key
}

func newKeyID() uint32 {
	id := make([]byte, 4)
	_, _ = rand.Read(id)
	return binary.BigEndian.Uint32(id) | 1 // never zero
}

func parse(content []byte) (contents, error) {
	var f keyFile
	var any struct{ Form int }
	if err := json.Unmarshal(content, &any); err != nil {
		return contents{}, ErrBadKeyFile // the decoder's own words could quote a key
	}
	switch any.Form {
	case formerForm:
		var former formerFile
		if err := strictly(content, &former); err != nil {
			return contents{}, err
		}
		f = keyFile{Identity: fingerprint(former.Index), Seal: former.Seal, Code: former.Code, Pepper: former.Pepper,
			Index: []fileIndexKey{{ID: 1, Key: former.Index}}}
	case keyFileForm:
		if err := strictly(content, &f); err != nil {
			return contents{}, err
		}
	default:
		return contents{}, ErrBadKeyFile
	}
	return f.contents()
}

// strictly refuses unknown keys: a newer form must not be half understood.
func strictly(content []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return ErrBadKeyFile
	}
	return nil
}

func (f keyFile) contents() (contents, error) {
	if len(f.Identity) != 8 || len(f.Index) == 0 || len(f.Code) != macKeySize || len(f.Pepper) != macKeySize {
		return contents{}, ErrBadKeyFile
	}
	c := contents{identity: f.Identity, code: f.Code, pepper: f.Pepper}
	for _, k := range f.Index {
		if len(k.Key) != macKeySize || k.ID == 0 || k.Slot < 0 || k.Slot > 1 ||
			slices.ContainsFunc(c.index, func(other indexKey) bool { return other.id == k.ID }) {
			return contents{}, ErrBadKeyFile
		}
		c.index = append(c.index, indexKey{id: k.ID, slot: k.Slot, key: k.Key})
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Seal)))
	if err != nil {
		return contents{}, ErrBadKeyFile
	}
	c.seal = handle
	if _, err := newRing(c, nil); err != nil {
		return contents{}, fmt.Errorf("%w: %w", ErrBadKeyFile, err)
	}
	return c, nil
}

// writeOnce links the finished file into place: like O_EXCL the link fails when the name is taken, and unlike it nobody
// can ever read half a file.
func writeOnce(path string, content []byte) error {
	return put(path, content, os.Link)
}

// writeOver puts the finished file in the place of the one that is there.
func writeOver(path string, content []byte) error {
	return put(path, content, os.Rename)
}

// put writes beside the path, syncs, and moves into place.
func put(path string, content []byte, place func(from, to string) error) error {
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
	if err := place(f.Name(), path); err != nil {
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
