package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"math"
	"slices"
	"sync"
	"syscall"
	"time"
)

// measured is what is printed. Times of calls are milliseconds from the first byte sent to the last one read.
type measured struct {
	// Calls that were begun in the measured time and answered well.
	Calls int `json:"calls"`
	// AllCalls counts the warm-up too.
	AllCalls int `json:"allCalls"`
	// Errors in all calls, and the first of them.
	Errors     int    `json:"errors"`
	FirstError string `json:"firstError,omitempty"`
	// PerSecond is the sum over connections of calls by the time that they took, the last one included.
	PerSecond float64 `json:"perSecond"`
	P50Ms     float64 `json:"p50Ms"`
	P90Ms     float64 `json:"p90Ms"`
	P99Ms     float64 `json:"p99Ms"`
	MaxMs     float64 `json:"maxMs"`
	// Dials is how many TCP connections were opened: as many as asked for, when all of them were kept alive.
	Dials int `json:"dials"`
	// CPUMs is what this client itself used.
	CPUMs float64 `json:"cpuMs"`
}

// tally is what one connection saw.
type tally struct {
	latencies  []time.Duration
	busy       time.Duration
	allCalls   int
	errors     int
	firstError string
}

func measure(ctx context.Context, o options) (measured, error) {
	c, err := newCaller(o)
	if err != nil {
		return measured{}, err
	}
	tallies := make([]tally, o.connections)
	var all sync.WaitGroup
	begin := time.Now().Add(o.warmUp)
	for i := range tallies {
		all.Go(func() { tallies[i] = c.loop(ctx, i, begin, begin.Add(o.duration)) })
	}
	all.Wait()
	c.close()
	sum := summary(tallies)
	sum.Dials = int(c.dials.Load())
	sum.CPUMs = ownCPU()
	return sum, nil
}

// loop calls one after the other until the end; what begins before `begin` is warm-up.
func (c *caller) loop(ctx context.Context, connection int, begin, end time.Time) tally {
	var t tally
	body := bytes.Clone(c.body)
	target := c.targetOf(connection)
	var since time.Time
	for {
		started := time.Now()
		if !started.Before(end) {
			return t
		}
		isMeasured := !started.Before(begin)
		if isMeasured && since.IsZero() {
			since = started
		}
		uid := freshUID()
		copy(body[c.at:], uid)
		fault := c.call(ctx, target, body, uid)
		took := time.Since(started)
		t.allCalls++
		switch {
		case fault != "":
			t.errors++
			if t.firstError == "" {
				t.firstError = fault
			}
			// After an early answer the old body may still be on its way out.
			body = bytes.Clone(c.body)
			// A server that is down is not to be hammered.
			time.Sleep(5 * time.Millisecond)
		case isMeasured:
			t.latencies = append(t.latencies, took)
		}
		if isMeasured {
			t.busy = time.Since(since)
		}
	}
}

func summary(tallies []tally) measured {
	var sum measured
	var latencies []time.Duration
	for _, t := range tallies {
		latencies = append(latencies, t.latencies...)
		sum.AllCalls += t.allCalls
		sum.Errors += t.errors
		if sum.FirstError == "" {
			sum.FirstError = t.firstError
		}
		if t.busy > 0 {
			sum.PerSecond += float64(len(t.latencies)) / t.busy.Seconds()
		}
	}
	slices.Sort(latencies)
	sum.Calls = len(latencies)
	sum.P50Ms = quantile(latencies, 0.50)
	sum.P90Ms = quantile(latencies, 0.90)
	sum.P99Ms = quantile(latencies, 0.99)
	sum.MaxMs = quantile(latencies, 1)
	return sum
}

// quantile by nearest rank, in milliseconds, of sorted latencies; 0 of none.
func quantile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := max(1, int(math.Ceil(q*float64(len(sorted)))))
	return float64(sorted[rank-1]) / float64(time.Millisecond)
}

// freshUID is a random UUID of version 4.
func freshUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func ownCPU() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}
