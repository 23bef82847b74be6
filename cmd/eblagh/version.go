package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set at link time; a plain go build takes it from the module's own information.
var version = ""

type versionCommand struct{}

// Run prints version, Go and platform on one line.
func (versionCommand) Run() error {
	fmt.Printf("eblagh %s %s %s/%s\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
