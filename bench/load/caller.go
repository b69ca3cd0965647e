package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// caller sends the calls of all connections through one HTTP client, as an API server does.
type caller struct {
	options
	client *http.Client
	// at is where the placeholder begins in the body.
	at    int
	dials atomic.Int64
}

func newCaller(o options) (*caller, error) {
	target, err := url.Parse(o.target)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(target.Hostname()); ip == nil || !ip.IsLoopback() || target.Scheme != "https" {
		return nil, fmt.Errorf("-url: expected https:// and an address of this machine, got %q", o.target)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(o.certificate) {
		return nil, errors.New("-ca: expected a certificate in PEM")
	}
	c := &caller{options: o, at: bytes.Index(o.body, []byte(placeholder))}
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	only1 := new(http.Protocols)
	only1.SetHTTP1(true)
	c.client = &http.Client{
		Timeout: o.timeout,
		Transport: &http.Transport{
			// No proxy: nothing of this leaves the machine.
			Proxy:     nil,
			Protocols: only1,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				c.dials.Add(1)
				return dialer.DialContext(ctx, network, address)
			},
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13},
			TLSHandshakeTimeout: 10 * time.Second,
			IdleConnTimeout:     90 * time.Second,
			MaxConnsPerHost:     o.connections,
			MaxIdleConnsPerHost: o.connections,
			DisableCompression:  true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

func (c *caller) close() { c.client.CloseIdleConnections() }

func (c *caller) targetOf(connection int) string {
	return strings.ReplaceAll(c.target, "{connection}", strconv.Itoa(connection))
}

// call says what went wrong, or "".
func (c *caller) call(ctx context.Context, target string, body []byte, uid string) string {
	request, err := http.NewRequestWithContext(ctx, c.method, target, bytes.NewReader(body))
	if err != nil {
		return err.Error()
	}
	request.Header.Set("Accept", "application/json, */*")
	request.Header.Set("Content-Type", c.contentType)
	request.Header.Set("User-Agent", c.userAgent)
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return c.expect.check(response.StatusCode, answer, uid)
}
