// Command load asks a webhook as kube-apiserver does and measures how fast it answers: a closed loop over a fixed number
// of kept-alive HTTP/1.1 connections, TLS 1.3, a fresh uid in every review, every answer checked. Prints one JSON object.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// placeholder stands in a body where every call gets a uid of its own.
const placeholder = "00000000-0000-4000-8000-000000000000"

type options struct {
	target      string
	method      string
	contentType string
	token       string
	userAgent   string
	body        []byte
	connections int
	warmUp      time.Duration
	duration    time.Duration
	timeout     time.Duration
	certificate []byte
	expect      expectation
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run() error {
	var o options
	flag.StringVar(&o.target, "url", "", "`URL` to call; {connection} stands for the number of the connection")
	flag.StringVar(&o.method, "method", "POST", "HTTP method")
	flag.StringVar(&o.contentType, "content-type", "application/json", "of the body")
	flag.StringVar(&o.userAgent, "user-agent", "kube-apiserver-admission", "as the API server says it")
	flag.IntVar(&o.connections, "connections", 1, "how many connections are busy at once")
	flag.DurationVar(&o.warmUp, "warm-up", time.Second, "calls before the measuring begins")
	flag.DurationVar(&o.duration, "duration", 5*time.Second, "how long calls are begun and measured")
	flag.DurationVar(&o.timeout, "timeout", 30*time.Second, "for one call")
	body := flag.String("body", "", "`file` with the body; "+placeholder+" in it is replaced in every call")
	ca := flag.String("ca", "", "PEM `file` of what the server's certificate is checked with")
	token := flag.String("token", "", "`file` with a bearer token")
	expect := flag.String("expect", "allowed", "what is a good answer: allowed, denied, or written (2xx from the API server)")
	reasons := flag.String("reasons", "", "with denied: the status reasons that are good ones, with commas")
	tied := flag.Bool("tied", false, "end as soon as standard input does")
	flag.Parse()

	var err error
	if o.expect, err = expectationOf(*expect, *reasons); err != nil {
		return err
	}
	if o.body, err = os.ReadFile(*body); err != nil {
		return err
	}
	if count := bytes.Count(o.body, []byte(placeholder)); count != 1 {
		return fmt.Errorf("%s: expected the placeholder %s once, found it %d times", *body, placeholder, count)
	}
	if o.certificate, err = os.ReadFile(*ca); err != nil {
		return err
	}
	if *token != "" {
		bearer, err := os.ReadFile(*token)
		if err != nil {
			return err
		}
		o.token = strings.TrimSpace(string(bearer))
	}
	if o.connections < 1 || o.duration <= 0 {
		return fmt.Errorf("expected at least one connection and a duration above zero")
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if *tied {
		go func() {
			io.Copy(io.Discard, os.Stdin)
			os.Exit(3)
		}()
	}
	measured, err := measure(ctx, o)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(measured)
}
