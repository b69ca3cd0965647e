package main

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestQuantileIsTheNearestRank(t *testing.T) {
	var ms []time.Duration
	for i := 1; i <= 100; i++ {
		ms = append(ms, time.Duration(i)*time.Millisecond)
	}
	for q, want := range map[float64]float64{0.5: 50, 0.99: 99, 1: 100} {
		if got := quantile(ms, q); got != want {
			t.Errorf("quantile %v: expected %v, got %v", q, want, got)
		}
	}
	if got := quantile(ms[:1], 0.99); got != 1 {
		t.Errorf("of one call: expected 1, got %v", got)
	}
}

func TestThroughputIsPerConnection(t *testing.T) {
	second := []time.Duration{time.Millisecond, time.Millisecond}
	sum := summary([]tally{{latencies: second, busy: time.Second}, {latencies: second, busy: 2 * time.Second}})
	if sum.PerSecond != 3 || sum.Calls != 4 {
		t.Errorf("expected 2/1 + 2/2 = 3 a second in 4 calls, got %v in %d", sum.PerSecond, sum.Calls)
	}
}

func TestAnswersThatAreNotWhatWasAsked(t *testing.T) {
	const uid = "u-1"
	denied := `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u-1","allowed":false,"status":{"reason":"ApprovalPending"}}}`
	for _, c := range []struct {
		expect, reasons string
		status          int
		body            string
		fault           string
	}{
		{"denied", "", 200, denied, ""},
		{"denied", "ApprovalRequired,ApprovalPending", 200, denied, ""},
		{"denied", "ApprovalRequired", 200, denied, "refused for"},
		{"allowed", "", 200, denied, "allowed is false"},
		{"denied", "", 200, strings.Replace(denied, "u-1", "u-2", 1), "uid"},
		{"denied", "", 500, denied, "status 500"},
		{"denied", "", 200, `{"response":{"uid":"u-1","allowed":false}}`, "not an AdmissionReview"},
		{"denied", "", 200, `{`, "unexpected end"},
		{"written", "", 200, `{"metadata":{"annotations":{"a":"u-1"}}}`, ""},
		{"written", "", 200, `{}`, "does not hold"},
		{"written", "", 403, denied, "status 403"},
	} {
		e, err := expectationOf(c.expect, c.reasons)
		if err != nil {
			t.Fatal(err)
		}
		fault := e.check(c.status, []byte(c.body), uid)
		if (c.fault == "") != (fault == "") || !strings.Contains(fault, c.fault) {
			t.Errorf("%s %s of %d %s: expected %q, got %q", c.expect, c.reasons, c.status, c.body, c.fault, fault)
		}
	}
}

func TestEveryCallHasAUidOfItsOwnOnKeptConnections(t *testing.T) {
	uids := make(chan string, 100_000)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Request struct{ UID string } }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || r.UserAgent() != "kube-apiserver-admission" || r.ProtoMajor != 1 {
			t.Errorf("unexpected request: %v %q %s", err, r.UserAgent(), r.Proto)
		}
		uids <- asked.Request.UID
		w.Write([]byte(`{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"allowed":true,"uid":"` + asked.Request.UID + `"}}`))
	}))
	defer server.Close()
	expect, _ := expectationOf("allowed", "")
	sum, err := measure(t.Context(), options{
		target: server.URL, method: "POST", contentType: "application/json", userAgent: "kube-apiserver-admission",
		body: []byte(`{"request":{"uid":"` + placeholder + `"}}`), connections: 3, warmUp: 20 * time.Millisecond,
		duration: 100 * time.Millisecond, timeout: 5 * time.Second, certificate: pemOf(server), expect: expect,
	})
	if err != nil || sum.Errors > 0 || sum.Calls == 0 || sum.AllCalls <= sum.Calls || sum.Dials != 3 {
		t.Fatalf("expected good calls over 3 connections, got %+v %v", sum, err)
	}
	seen := map[string]bool{}
	for range sum.AllCalls {
		uid := <-uids
		if seen[uid] || !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(uid) {
			t.Fatalf("uid %q is not a fresh one", uid)
		}
		seen[uid] = true
	}
}

func pemOf(server *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}
