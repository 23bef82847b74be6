package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub/ledger"
	"eblagh/hub/seal"
	"eblagh/hub/verdict"
)

// verifyCommand checks a bundle offline. It reads files and nothing else: no settings, no database, no network.
type verifyCommand struct {
	Bundle         string   `arg:"" help:"The evidence bundle; - is standard input." placeholder:"BUNDLE"`
	Key            []string `required:"" help:"The log's public key: NAME+HASH+BASE64, or a file that holds it." placeholder:"PUBKEY"`
	Document       []string `help:"A document that should be one of those served." sep:"none" type:"existingfile" placeholder:"FILE"`
	Certificate    string   `help:"A certificate that should be one of those issued." type:"existingfile" placeholder:"FILE"`
	Checkpoint     string   `help:"An earlier checkpoint of the log that you have kept." type:"existingfile" placeholder:"FILE"`
	Consistency    string   `help:"The proof between that checkpoint and the bundle's, as JSON; default: the bundle's own." type:"existingfile" placeholder:"FILE"`
	TimestampRoots string   `help:"Certificates of the timestamp authorities that you trust, in PEM." type:"existingfile" placeholder:"FILE"`
	Language       string   `help:"en or fa." enum:"en,fa" default:"en"`
	JSON           bool     `name:"json" help:"Print the report as JSON."`
}

// The exit codes of verify beside 0: everything that was given holds.
const (
	exitFailed     exitCode = 1 // something was tampered with, or is not what it claims to be
	exitUnreadable exitCode = 2 // the command line is wrong, or a file cannot be read
	exitIncomplete exitCode = 3 // nothing failed, but something asked for could not be checked
)

// Run prints a line per check and the conclusion.
func (c verifyCommand) Run() error {
	q, err := c.request()
	if err != nil {
		fmt.Fprintln(os.Stderr, "eblagh:", err)
		return exitUnreadable
	}
	words, err := verdict.ReadWords(c.Language)
	if err != nil {
		return err
	}
	report := verdict.Of(q)
	if err := c.write(os.Stdout, words, report, q); err != nil {
		return err
	}
	switch report.Result {
	case verdict.Failed:
		return exitFailed
	case verdict.Incomplete:
		return exitIncomplete
	}
	return nil
}

func (c verifyCommand) write(out io.Writer, words verdict.Words, r verdict.Report, q verdict.Request) error {
	if !c.JSON {
		return words.WriteText(out, r, q)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Result     verdict.Result `json:"result"`
		Checks     []ledger.Check `json:"checks"`
		Conclusion []string       `json:"conclusion"`
	}{r.Result, r.Checks, words.Conclusion(r, q)})
}

// request reads everything that the command line names.
func (c verifyCommand) request() (q verdict.Request, err error) {
	if q.Bundle, err = readInput(c.Bundle, ledger.MaxBundle); err != nil {
		return q, err
	}
	if q.Keys, err = readKeys(c.Key); err != nil {
		return q, err
	}
	for _, path := range c.Document {
		content, err := os.ReadFile(path)
		if err != nil {
			return q, err
		}
		q.Documents = append(q.Documents, ledger.Given{Name: filepath.Base(path), SHA256: sha256.Sum256(content)})
	}
	if c.Certificate != "" {
		if q.Certificate, err = os.ReadFile(c.Certificate); err != nil {
			return q, err
		}
	}
	return q, errors.Join(c.earlier(&q), c.authorities(&q))
}

func (c verifyCommand) earlier(q *verdict.Request) error {
	if c.Checkpoint == "" {
		if c.Consistency != "" {
			return errors.New("--consistency needs --checkpoint: what is to be consistent with the bundle?")
		}
		return nil
	}
	text, err := os.ReadFile(c.Checkpoint)
	if err != nil {
		return err
	}
	q.Checkpoint = string(text)
	if c.Consistency == "" {
		return nil
	}
	if text, err = os.ReadFile(c.Consistency); err != nil {
		return err
	}
	q.Consistency = tlog.TreeProof{}
	if err := json.Unmarshal(text, &q.Consistency); err != nil {
		return fmt.Errorf("--consistency: a proof is a JSON list of hashes in base64: %w", err)
	}
	return nil
}

func (c verifyCommand) authorities(q *verdict.Request) error {
	if c.TimestampRoots == "" {
		return nil
	}
	text, err := os.ReadFile(c.TimestampRoots)
	if err != nil {
		return err
	}
	authorities, err := seal.NewAuthorities(text)
	if err != nil {
		return fmt.Errorf("--timestamp-roots: %w", err)
	}
	q.Timestamps = authorities
	return nil
}

// readKeys takes each key as it is, or out of the file that has its name.
func readKeys(given []string) (ledger.Keys, error) {
	texts := make([]string, len(given))
	for i, text := range given {
		if content, err := os.ReadFile(text); err == nil && len(content) < 4096 {
			text = string(content)
		}
		texts[i] = strings.TrimSpace(text)
	}
	keys, err := ledger.ParseKeys(texts...)
	if err != nil {
		return keys, fmt.Errorf("--key: %w", err)
	}
	return keys, nil
}

// readInput reads a file, or standard input for "-", up to a limit.
func readInput(path string, limit int64) ([]byte, error) {
	in := os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, limit+1))
}
