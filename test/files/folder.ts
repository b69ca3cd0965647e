import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs `work` in a fresh folder with these files, and removes it. */
export async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  work: (directory: string) => T | Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'obstat-files-'))
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content)
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

export const BASE = {
  'cluster.yaml': `apiVersion: v1
kind: Namespace
metadata: { name: kube-system, uid: cluster-uid }
---
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { obstat.dev/protected: 'true' } }
`,
  'agents.yml': `apiVersion: obstat.dev/v1alpha1
kind: GovernedAgent
metadata: { name: z-bot }
spec: { subjects: [{ kind: User, name: z }], trustPhase: Shadow }
---
apiVersion: obstat.dev/v1alpha1
kind: GovernedAgent
metadata: { name: a-bot }
spec: { subjects: [{ kind: User, name: a }], trustPhase: AutonomousL1 }
`,
  'notes.txt': 'not: [yaml',
}
