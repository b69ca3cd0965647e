"""delete_stateful_set.py NAMESPACE NAME: deletes it as KUBECONFIG says, and prints what an agent's framework would see."""

import sys

from kubernetes import client, config

config.load_kube_config()
try:
    client.AppsV1Api().delete_namespaced_stateful_set(sys.argv[2], sys.argv[1])
except client.ApiException as error:
    print(error, end="")
    sys.exit(1)
print("deleted")
