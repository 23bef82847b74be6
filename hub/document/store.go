package document

import (
	"context"

	"eblagh/hub"
)

// Stored is a document as the store has it.
type Stored struct {
	hub.Document        // FileName is empty where Name is not opened yet
	Name         []byte // the file name, sealed
}

// Store keeps what is known of documents.
type Store interface {
	Erasures
	// AddDocument keeps a document, or gives the one that the submitter has with these bytes. It is atomic: of several
	// at once, one is kept and all are given that one.
	AddDocument(ctx context.Context, d hub.Document, name []byte) (Stored, error)
}

// Blobs keeps sealed bytes by the document's id. All methods are safe for concurrent use.
type Blobs interface {
	HasBytes(ctx context.Context, document hub.ID) (bool, error)
	// PutBytes MUST have the bytes durable before it returns, and leaves bytes alone that are there already.
	PutBytes(ctx context.Context, document hub.ID, sealed []byte) error
	// GetBytes errors: not-found.
	GetBytes(ctx context.Context, document hub.ID) ([]byte, error)
}
