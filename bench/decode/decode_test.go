package main

import (
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
)

func TestDecodesReviewAndObjects(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := admissionv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	decoder := serializer.NewCodecFactory(scheme).UniversalDeserializer()
	const head = `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","object":`
	got, err := answerTo(decoder, []byte(head+`{"kind":"ConfigMap","apiVersion":"v1"},"oldObject":null}}`), true)
	const want = `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"u","allowed":true,"status":{"metadata":{},"code":200}}}`
	if err != nil || string(got) != want {
		t.Errorf("expected %s, got %s %v", want, got, err)
	}
	if _, err := answerTo(decoder, []byte(head+`{"data":{}}}}`), true); err == nil {
		t.Error("expected an error: an object without kind is none")
	}
}
