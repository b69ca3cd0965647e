import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Runs `work` in a fresh folder with these files, in folders of their own where the name has a `/`, and removes it. */
export async function inTree<T>(
  files: Readonly<Record<string, string>>,
  work: (directory: string) => T | Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'obstat-suites-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true })
      writeFileSync(join(directory, name), content)
    }
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** An agent that may do anything but what nobody may, and the Namespace it works in. */
export const AGENT = `apiVersion: obstat.dev/v1alpha1
kind: GovernedAgent
metadata: { name: bot }
spec:
  subjects: [{ kind: ServiceAccount, namespace: agents, name: bot }]
  trustPhase: AutonomousL1
  scope: [{ apiGroups: ['*'], resources: ['*', '*/*'], operations: ['*'], namespaces: ['*'] }]
---
apiVersion: v1
kind: Namespace
metadata: { name: shop }
`

export const BASE = 'request: { user: system:serviceaccount:agents:bot, namespace: shop }\n'

/** A scale that passes, and one that needs a signature. */
export const UP = `name: scales up
request: { operation: UPDATE, group: apps, resource: deployments, name: cart,
           oldObject: { spec: { replicas: 3 } }, object: { spec: { replicas: 4 } } }
expect: { verdict: Allow, reason: InScope }
`
export const ZERO = `name: asks before it scales to zero
request: { operation: UPDATE, group: apps, resource: deployments, name: cart,
           oldObject: { spec: { replicas: 3 } }, object: { spec: { replicas: 0 } } }
expect: { verdict: Deny, reason: ApprovalRequired, findings: [scale-to-zero] }
`
