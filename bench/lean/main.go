// Command lean is the least that a Go webhook can do: it reads the review, checks that it is JSON, picks out its uid and
// answers what it was told. No object is built.
package main

import (
	"encoding/json"
	"errors"
	"net/http"

	"obstat.dev/bench/webhook"
)

type review struct {
	Request struct {
		UID string `json:"uid"`
	} `json:"request"`
}

type answer struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Response   response `json:"response"`
}

type response struct {
	UID     string  `json:"uid"`
	Allowed bool    `json:"allowed"`
	Status  *status `json:"status,omitempty"`
}

type status struct {
	Code    int    `json:"code"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func main() {
	webhook.Main(func(r *http.Request, allowed bool) ([]byte, error) {
		body, err := webhook.ReadBody(r)
		if err != nil {
			return nil, err
		}
		return answerTo(body, allowed)
	})
}

func answerTo(body []byte, allowed bool) ([]byte, error) {
	var asked review
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}
	if asked.Request.UID == "" {
		return nil, errors.New("expected an AdmissionReview with a request.uid")
	}
	said := response{UID: asked.Request.UID, Allowed: allowed}
	if !allowed {
		said.Status = &status{Code: http.StatusForbidden, Reason: "Forbidden", Message: "refused"}
	}
	return json.Marshal(answer{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview", Response: said})
}
