//go:build !linux

package devstack

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// bind has no means here: a server that outlives a killed parent is ended by the next start.
func bind(*syscall.SysProcAttr, syscall.Signal) {}

func bindThread(*syscall.SysProcAttr, syscall.Signal) (unlock func()) { return func() {} }

// allowEntry has no means here.
func allowEntry(*syscall.SysProcAttr) {}

// worksIn reports whether the process is a server started on dir.
func worksIn(pid int, dir string) bool {
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(out), dir)
}

// workingIn has no means here: sessions end when they notice.
func workingIn(string) []int { return nil }
