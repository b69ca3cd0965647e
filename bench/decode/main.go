// Command decode is a webhook in the usual way of Go: the review goes through the scheme's codec, as controller-runtime
// does it (pkg/webhook/admission/http.go), and both objects become unstructured ones. Then it answers what it was told.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"

	"obstat.dev/bench/webhook"
)

func main() {
	scheme := runtime.NewScheme()
	if err := admissionv1.AddToScheme(scheme); err != nil {
		panic(err)
	}
	decoder := serializer.NewCodecFactory(scheme).UniversalDeserializer()
	webhook.Main(func(r *http.Request, allowed bool) ([]byte, error) {
		// The body grows as it is read, as there; only the limit is ours, theirs of 7 MiB refuses the largest reviews.
		body, err := io.ReadAll(io.LimitReader(r.Body, webhook.MaxBodyBytes))
		if err != nil {
			return nil, err
		}
		return answerTo(decoder, body, allowed)
	})
}

func answerTo(decoder runtime.Decoder, body []byte, allowed bool) ([]byte, error) {
	var review admissionv1.AdmissionReview
	if _, _, err := decoder.Decode(body, nil, &review); err != nil {
		return nil, err
	}
	if review.Request == nil || review.Request.UID == "" {
		return nil, errors.New("expected an AdmissionReview with a request.uid")
	}
	for _, raw := range [][]byte{review.Request.Object.Raw, review.Request.OldObject.Raw} {
		if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
			continue
		}
		var object unstructured.Unstructured
		if err := object.UnmarshalJSON(raw); err != nil {
			return nil, err
		}
	}
	said := &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: allowed, Result: &metav1.Status{Code: http.StatusOK}}
	if !allowed {
		said.Result = &metav1.Status{Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden, Message: "refused"}
	}
	answer := admissionv1.AdmissionReview{Response: said}
	answer.SetGroupVersionKind(admissionv1.SchemeGroupVersion.WithKind("AdmissionReview"))
	return json.Marshal(answer)
}
