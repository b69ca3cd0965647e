/** A pod template for fake nodes: nothing of it is ever pulled or run. */
const template = (name: string) => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name: 'main', image: `registry.example/${name}:1` }], terminationGracePeriodSeconds: 1 },
})

const selecting = (name: string, replicas: number) => ({
  replicas,
  selector: { matchLabels: { app: name } },
  template: template(name),
})

export const deployment = (namespace: string, name: string, replicas = 3): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace, name },
  spec: selecting(name, replicas),
})

export const statefulSet = (namespace: string, name: string, replicas = 1): object => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { namespace, name },
  spec: { serviceName: name, ...selecting(name, replicas) },
})

/** A Job whose pods finish at once on a fake node, removed by its time to live. */
export const job = (namespace: string, name: string, ttlSecondsAfterFinished: number): object => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { namespace, name },
  spec: {
    ttlSecondsAfterFinished,
    template: { ...template(name), spec: { ...template(name).spec, restartPolicy: 'Never' } },
  },
})

/** A pod of no controller, on this node: nothing replaces it. */
export const barePod = (namespace: string, name: string, nodeName: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name, labels: { app: name } },
  spec: { ...template(name).spec, nodeName },
})
