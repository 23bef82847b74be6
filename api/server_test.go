package api_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"eblagh/api"
)

// What panics behind no other door is logged by its kind and place; its words, and the address of the caller, are not.
func TestAPanicBehindNoDoorTellsNoWords(t *testing.T) {
	logs := &safeBuffer{}
	server := httptest.NewUnstartedServer(nil)
	server.Config = api.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("0076229645 سارا") }),
		slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})))
	server.Start()
	if answer, err := http.Get(server.URL); err == nil {
		answer.Body.Close()
		t.Errorf("it was answered: %d", answer.StatusCode)
	}
	server.Close() // waits for the connection to end
	if text := logs.String(); !strings.Contains(text, "panic: string at") || strings.Contains(text, "0076229645") || strings.Contains(text, "سارا") ||
		strings.Contains(text, "127.0.0.1") {
		t.Error(text)
	}
}
