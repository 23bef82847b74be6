package hub

import "time"

// Document is immutable bytes, known by their SHA-256 and kept once per submitter.
type Document struct {
	ID        ID
	Submitter ID
	SHA256    [32]byte
	Size      int64
	MediaType string // application/pdf, image/jpeg, image/png
	FileName  string
	CreatedAt time.Time
}
