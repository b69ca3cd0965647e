// Package webhook is what the no-op webhooks share: HTTPS as an API server expects it, and nothing else.
package webhook

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// MaxBodyBytes is more than any legal review has: 1.5 MiB old and 3 MiB new object, every byte escaped to six.
const MaxBodyBytes = 32 << 20

// Answer makes the body of the answer to one review. An error becomes HTTP 400.
type Answer func(r *http.Request, allowed bool) ([]byte, error)

// Main parses the flags of a no-op webhook and serves until SIGTERM or SIGINT. It does not return on failure.
func Main(answer Answer) {
	listen := flag.String("listen", "127.0.0.1:0", "`address` to listen on")
	allowed := flag.Bool("allowed", true, "what every answer says")
	flag.Parse()
	if err := serve(*listen, handler(answer, *allowed)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func handler(answer Answer, allowed bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		body, err := answer(r, allowed)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if _, err := w.Write(body); err != nil {
			// The client has gone; net/http closes the connection.
			return
		}
	})
	return mux
}

func serve(address string, h http.Handler) error {
	pair, err := selfSigned()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	only1 := new(http.Protocols)
	only1.SetHTTP1(true)
	server := &http.Server{
		Handler:   h,
		Protocols: only1,
		// The API server closes idle connections after 90 s; whoever closes first loses a request that is being sent.
		IdleTimeout:       120 * time.Second,
		ReadHeaderTimeout: 10 * time.Second,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}},
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, func() { server.Close() })
	fmt.Printf("https://%s\n", listener.Addr())
	if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// selfSigned is a throw-away P-256 certificate for 127.0.0.1, as obstat's own are: a cheap handshake.
func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "bench"},
		NotBefore:    now.Add(-5 * time.Minute),
		NotAfter:     now.Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// ReadBody reads a request's body whole, in one piece of memory where its length is known.
func ReadBody(r *http.Request) ([]byte, error) {
	if r.ContentLength < 0 {
		return readUpTo(r.Body, MaxBodyBytes)
	}
	if r.ContentLength > MaxBodyBytes {
		return nil, fmt.Errorf("the body is larger than %d bytes", MaxBodyBytes)
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(r.Body, body)
	return body, err
}

func readUpTo(reader io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(reader, limit+1))
	if err == nil && int64(len(body)) > limit {
		return nil, fmt.Errorf("the body is larger than %d bytes", limit)
	}
	return body, err
}
