// Package sms sends texts to phones. A provider is a hub.Sender; this package holds the sandbox, which is the provider
// of development and of test instances: it writes each text as a line into a file of its own instead of sending it, and
// reports it delivered a moment later, as a real provider would. Several processes may write to one file at once, so
// the file is also the receiving side on which tests count: one line per text that left, whatever the hub believes.
//
// In a test instance some numbers behave otherwise on purpose, see Simulated.
//
// Outbox reads that file back by phone, so that a person at a development instance, or a script, can read a one-time
// code. It is the only place where a code is ever written down. Segments tells what a text costs on the air.
package sms
