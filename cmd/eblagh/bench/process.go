package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// rss is the memory that a process holds, in bytes.
func rss(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseFloat(strings.Fields(string(b))[1], 64)
	return pages * float64(os.Getpagesize()), err
}

// steadyRSS waits until a process's memory has not grown for a second, and gives it.
func steadyRSS(ctx context.Context, pid int) (float64, error) {
	last, err := rss(pid)
	for range 30 {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(time.Second):
		}
		now, err := rss(pid)
		if err != nil {
			return 0, err
		}
		if now <= last*1.001 {
			return now, nil
		}
		last = now
	}
	return last, err
}

// cpu is the processor time that a process has used, without its children.
func cpu(pid int) (time.Duration, error) {
	fields, err := stat(pid)
	if err != nil {
		return 0, err
	}
	return ticks(fields[11], fields[12])
}

// treeCPU is the processor time of a process and all below it, those that ended and were waited for included.
func treeCPU(root int) (total time.Duration, err error) {
	parents, err := parents()
	if err != nil {
		return 0, err
	}
	for pid := range parents {
		for p := pid; p > 1; p = parents[p] {
			if p != root {
				continue
			}
			if fields, err := stat(pid); err == nil { // else it ended meanwhile, and is its parent's
				spent, err := ticks(fields[11:15]...)
				if err != nil {
					return 0, err
				}
				total += spent
			}
			break
		}
	}
	return total, nil
}

func parents() (map[int]int, error) {
	files, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	out := map[int]int{}
	for _, file := range files {
		pid, err := strconv.Atoi(filepath.Base(file))
		if err != nil {
			continue
		}
		if fields, err := stat(pid); err == nil {
			out[pid], _ = strconv.Atoi(fields[1])
		}
	}
	return out, nil
}

// stat gives the fields of proc(5) from the state, the third, on.
func stat(pid int) ([]string, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])), nil
}

// ticks adds up times of proc(5), 100 to the second.
func ticks(fields ...string) (sum time.Duration, err error) {
	for _, field := range fields {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n) * 10 * time.Millisecond
	}
	return sum, nil
}

// ownCPU is the processor time of this process and of those below it that have ended.
func ownCPU() (time.Duration, error) {
	fields, err := stat(os.Getpid())
	if err != nil {
		return 0, err
	}
	return ticks(fields[11:15]...)
}
