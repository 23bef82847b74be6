package devstack

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

const capDACOverride = 1 // capabilities(7)

// bind makes the kernel send the signal when the thread that starts the process is gone.
func bind(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }

// bindThread binds a process that is started and awaited on this thread; the answer frees the thread.
func bindThread(attr *syscall.SysProcAttr, sig syscall.Signal) (unlock func()) {
	runtime.LockOSThread()
	bind(attr, sig)
	return runtime.UnlockOSThread
}

// allowEntry lets the unprivileged user pass folders that are closed to it, such as root's home, without changing them.
func allowEntry(attr *syscall.SysProcAttr) { attr.AmbientCaps = []uintptr{capDACOverride} }

// worksIn reports whether the process runs with dir as its working folder, as a postmaster does in its data folder.
func worksIn(pid int, dir string) bool {
	cwd, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd")
	return err == nil && cwd == dir
}

// childrenOf lists the processes that a process has started and that still run.
func childrenOf(parent int) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue // ended meanwhile
		}
		fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:]) // proc(5): state, ppid …
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && string(fields[1]) == strconv.Itoa(parent) {
			pids = append(pids, pid)
		}
	}
	return pids
}
