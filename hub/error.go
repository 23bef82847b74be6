package hub

import (
	"errors"
	"strings"
	"time"
)

// Code is the closed set of ways in which the hub refuses. Each is the last part of a problem type on the wire.
type Code string

// The codes, as API.md fixes them.
const (
	CodeValidation          Code = "validation"
	CodeNotFound            Code = "not-found"
	CodeUnauthorized        Code = "unauthorized"
	CodeForbidden           Code = "forbidden"
	CodeConfirmation        Code = "confirmation-required"  // prove again who you are, then repeat the call
	CodeSecondFactor        Code = "second-factor-required" // take a second factor into use first
	CodeNotEnrolled         Code = "addressee-not-enrolled"
	CodeAlreadyEnrolled     Code = "already-enrolled"
	CodeDuplicateReference  Code = "duplicate-reference"
	CodeIdempotencyMismatch Code = "idempotency-mismatch"
	CodeIdempotencyInFlight Code = "idempotency-in-flight"
	CodeTooLarge            Code = "too-large"
	CodeUnsupportedDocument Code = "unsupported-document"
	CodeWrongMode           Code = "wrong-mode"
	CodeWrongState          Code = "wrong-state"
	CodeRateLimited         Code = "rate-limited"
	CodeOverloaded          Code = "overloaded"
	CodeInternal            Code = "internal"
)

// Field is one thing wrong with one field. Pointer is a JSON pointer (RFC 6901) into what was sent; Detail never
// repeats the value.
type Field struct {
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

// Error is the one error type with which domain packages refuse. Detail and Fields are safe to show to the caller.
type Error struct {
	Code   Code
	Detail string
	Fields []Field
	Notice ID            // duplicate-reference: the notice that has the reference
	Draft  ID            // duplicate-reference: the draft that waits with it
	After  time.Duration // rate-limited: when to try again; 0: not said
	Quota  string        // rate-limited: the name of the Quota that is used up
	Cause  error
}

// Error gives code and detail, and each field's pointer.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Code))
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	for _, f := range e.Fields {
		b.WriteString("; " + f.Pointer + " " + f.Code)
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is(err, &Error{Code: c}) compare codes only.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Refuse makes an Error.
func Refuse(code Code, detail string) *Error { return &Error{Code: code, Detail: detail} }

// ErrNotFound is the answer for what does not exist and for what is not yours: the two are the same.
var ErrNotFound = Refuse(CodeNotFound, "there is no such thing here, or it is not yours")

// CodeOf gives the code of an error, or CodeInternal when it is none of ours, or "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Problems gathers field errors, so that all of them are told at once.
type Problems []Field

// Add notes one problem.
func (p *Problems) Add(pointer, code, detail string) {
	*p = append(*p, Field{Pointer: pointer, Code: code, Detail: detail})
}

// Err is nil when nothing was noted, else a validation Error.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return &Error{Code: CodeValidation, Detail: "some fields are not right", Fields: p}
}
