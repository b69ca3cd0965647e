import { DEFAULT_NAMESPACE } from '../api/names.ts'
import type { Finding } from '../doctor/finding.ts'
import { LEVELS } from '../doctor/finding.ts'
import { CHECKS, examine } from '../doctor/index.ts'
import { remembering } from '../doctor/look.ts'
import { CLUSTER, OWN_NAMESPACE } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT } from './command.ts'
import { linesOf } from './findings.ts'
import { toJson, toYaml } from './printing.ts'

const FORMATS = ['table', 'json', 'yaml'] as const

export const doctor: Command = {
  name: 'doctor',
  summary: 'look for what admission cannot see, and say what mends it',
  operands: '',
  arity: [0, 0],
  flags: {
    ...CLUSTER,
    ...OWN_NAMESPACE,
    pre: { type: 'boolean', help: 'only what can be said before obstat is installed' },
    check: { type: 'string', value: 'ID', multiple: true, help: 'only this check' },
    output: { type: 'string', short: 'o', value: 'FORMAT', help: `${FORMATS.join(', ')}; default table` },
  },
  notes: `It reads with your rights and changes nothing. Secrets, roles and metrics
are read too; what you may not read is a finding. Whoever may impersonate agents
also tries each API server as one, by a dry run that obstat refuses and records.

Findings are critical (an agent can get round obstat now), warning (it may come
to that) or info. Exit code 0: none, or info only; 1: findings; 2: no cluster.

${CHECKS.map(({ id, asks }) => `  ${id.padEnd(13)} ${asks}`).join('\n')}`,
  run: async (given, world) => {
    const format = given.oneOf('output', FORMATS) ?? 'table'
    const ids = CHECKS.map(({ id }) => id)
    given.oneOf('check', ids)
    const wanted = given.texts('check')
    const checks = CHECKS.filter(
      ({ id, isForPre }) => (wanted.length === 0 || wanted.includes(id)) && (isForPre || !given.has('pre')),
    )
    const choice = given.cluster()
    const live = world.connect(choice)
    try {
      const findings = await examine(
        {
          live,
          api: remembering(live),
          by: (way) => world.connect({ ...choice, ...way }),
          namespace: given.text('namespace') ?? DEFAULT_NAMESPACE,
          now: world.now,
          pause: world.pause,
        },
        checks,
      )
      world.out(render(findings, format))
      world.say(summaryOf(findings, checks.length))
      return findings.some(({ level }) => level !== 'info') ? EXIT.refused : EXIT.ok
    } finally {
      live.close()
    }
  },
}

function render(findings: readonly Finding[], format: (typeof FORMATS)[number]): string {
  switch (format) {
    case 'json':
      return toJson({ findings })
    case 'yaml':
      return toYaml({ findings })
    case 'table':
      return findings.map((finding) => `${linesOf(finding).join('\n')}\n`).join('\n')
  }
}

function summaryOf(findings: readonly Finding[], checks: number): string {
  if (findings.length === 0) return `nothing found by ${checks} checks`
  const counts = LEVELS.map((level) => `${findings.filter((one) => one.level === level).length} ${level}`)
  return `${counts.join(', ')}, by ${checks} checks`
}
