import { DEFAULT_NAMESPACE } from '../api/names.ts'
import { agentsIn, namespacesIn } from '../doctor/agents.ts'
import { staticAdmission, staticPolicies } from '../enforcement/static.ts'
import type { Arguments } from './arguments.ts'
import type { World } from './ports.ts'
import { toYaml } from './printing.ts'

export const STATIC_FILES = ['admission', 'policies'] as const

/** YAML for kube-apiserver's own folder: its configuration, or the policies that name the agents of this cluster. */
export async function staticFile(
  which: (typeof STATIC_FILES)[number],
  given: Arguments,
  world: World,
): Promise<string> {
  if (which === 'admission') return toYaml(staticAdmission())
  const ownNamespace = given.text('namespace') ?? DEFAULT_NAMESPACE
  const cluster = world.connect(given.cluster())
  try {
    const [agents, namespaces] = await Promise.all([agentsIn(cluster), namespacesIn(cluster)])
    const source = { agents, namespaces, ownNamespace, ownUsername: `system:serviceaccount:${ownNamespace}:obstat` }
    return staticPolicies(source).map(toYaml).join('---\n')
  } finally {
    cluster.close()
  }
}
