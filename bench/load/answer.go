package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// answer is what is checked of an AdmissionReview that comes back.
type answer struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Response   *struct {
		UID     string `json:"uid"`
		Allowed bool   `json:"allowed"`
		Status  struct {
			Reason  string `json:"reason"`
			Message string `json:"message"`
		} `json:"status"`
	} `json:"response"`
}

// expectation says which answers are good ones.
type expectation struct {
	// isWrite: the call is a write to the API server, and not a review.
	isWrite bool
	allowed bool
	// reasons of a refusal that are good; any when there is none.
	reasons []string
}

func expectationOf(word, reasons string) (expectation, error) {
	var e expectation
	switch word {
	case "allowed":
		e.allowed = true
	case "denied":
		if reasons != "" {
			e.reasons = strings.Split(reasons, ",")
		}
	case "written":
		e.isWrite = true
	default:
		return e, fmt.Errorf("-expect: expected allowed, denied or written, got %q", word)
	}
	return e, nil
}

// check says what is wrong with an answer to the call with this uid, or "".
func (e expectation) check(status int, body []byte, uid string) string {
	if e.isWrite {
		if status/100 != 2 {
			return fmt.Sprintf("status %d: %s", status, shortened(body))
		}
		if !bytes.Contains(body, []byte(uid)) {
			return "the object that came back does not hold what was written"
		}
		return ""
	}
	if status != 200 {
		return fmt.Sprintf("status %d: %s", status, shortened(body))
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return err.Error()
	}
	switch {
	case a.APIVersion != "admission.k8s.io/v1" || a.Kind != "AdmissionReview" || a.Response == nil:
		return "not an AdmissionReview with a response"
	case a.Response.UID != uid:
		return fmt.Sprintf("uid %q in the answer to %q", a.Response.UID, uid)
	case a.Response.Allowed != e.allowed:
		return fmt.Sprintf("allowed is %t: %s %s", a.Response.Allowed, a.Response.Status.Reason, shortened([]byte(a.Response.Status.Message)))
	case len(e.reasons) > 0 && !slices.Contains(e.reasons, a.Response.Status.Reason):
		return fmt.Sprintf("refused for %q: %s", a.Response.Status.Reason, shortened([]byte(a.Response.Status.Message)))
	}
	return ""
}

func shortened(text []byte) string {
	const most = 300
	one := strings.Join(strings.Fields(string(text)), " ")
	if len(one) > most {
		return one[:most] + "..."
	}
	return one
}
