package devstack

import (
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

// workingIn lists the processes that run with dir as their working folder, as all of a Postgres do in its data folder.
func workingIn(dir string) (pids []int) {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // the pattern is right
	for _, link := range links {
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link))); err == nil && worksIn(pid, dir) {
			pids = append(pids, pid)
		}
	}
	return pids
}
