package main

import "testing"

func TestAnswersTheUidAndWhatItWasTold(t *testing.T) {
	for allowed, want := range map[bool]string{
		true:  `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u","allowed":true}}`,
		false: `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"u","allowed":false,"status":{"code":403,"reason":"Forbidden","message":"refused"}}}`,
	} {
		got, err := answerTo([]byte(`{"request":{"object":{"uid":"other"},"uid":"u"}}`), allowed)
		if err != nil || string(got) != want {
			t.Errorf("expected %s, got %s %v", want, got, err)
		}
	}
	if _, err := answerTo([]byte(`{"request":{}}`), true); err == nil {
		t.Error("expected an error without a uid")
	}
}
