import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as prettier from 'prettier'
import { SECTIONS } from '../src/cli/index.ts'
import { renderClients } from './generate/clients.ts'
import { renderCoverage } from './generate/coverage.ts'
import { loadCrds } from './generate/crds.ts'
import { renderCommands } from './generate/commands.ts'
import { renderDashboard } from './generate/dashboard.ts'
import { renderMetrics } from './generate/metrics.ts'
import { renderPolicyTests, renderPolicyTestSchema } from './generate/policy-tests.ts'
import { renderPrometheusRule } from './generate/prometheus-rule.ts'
import { renderReference } from './generate/reference.ts'
import { renderReliability } from './generate/reliability.ts'
import { renderRules } from './generate/rules.ts'
import { renderSchemas } from './generate/schemas.ts'
import { renderTypes } from './generate/types.ts'

/** Every generated file of the repo: its path from the root, and what it should hold. */
export async function renderAll(root: string): Promise<ReadonlyMap<string, string>> {
  const crds = loadCrds(join(root, 'manifests/crds'))
  const files = new Map([
    ['src/api/objects.ts', await renderTypes(crds)],
    ['src/api/schemas.json', renderSchemas(crds)],
    ['docs/reference/api.md', renderReference(crds)],
    ['docs/rules.md', renderRules(root)],
    ['docs/coverage.md', renderCoverage(root)],
    ['docs/reliability.md', renderReliability(root)],
    ['docs/reference/cli.md', renderCommands(SECTIONS)],
    ['docs/what-agents-read.md', renderClients()],
    ['docs/reference/metrics.md', renderMetrics()],
    ['docs/reference/policy-tests.md', renderPolicyTests()],
    ['docs/reference/policy-test.schema.json', renderPolicyTestSchema()],
    ['examples/monitoring/dashboard.json', renderDashboard()],
    ['examples/monitoring/prometheusrule.yaml', renderPrometheusRule(root)],
  ])
  const formatted = [...files].map(async ([path, text]): Promise<[string, string]> => [
    path,
    await prettier.format(text, { ...(await prettier.resolveConfig(join(root, path))), filepath: path }),
  ])
  return new Map(await Promise.all(formatted))
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  for (const [path, text] of await renderAll(root)) writeFileSync(join(root, path), text)
}
