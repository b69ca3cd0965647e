import type { Agent } from '../policy/agents.ts'
import type { Decision } from '../policy/decision.ts'
import type { Impact } from '../policy/impact/impact.ts'
import type { Request } from '../policy/request.ts'
import { groupedResource } from '../policy/request.ts'
import { plain, plainName, shortened } from './text.ts'
import type { Line, Section } from './view.ts'
import { findingsOf, impactOf } from './view.ts'

interface Explained {
  readonly request: Request
  readonly decision: Decision
  readonly impact: Impact | null
}

/** Why a request would be refused or let through, as sections of lines fit to be shown. */
export function explanationOf({ request, decision, impact }: Explained): readonly Section[] {
  const { classification, agent } = decision
  const answer: readonly Line[] = [
    verdictLine(decision),
    { label: 'class', text: classification.class, mark: 'plain' },
    { label: 'agent', text: agentText(agent), mark: 'plain' },
    ...(decision.verdict === 'Deny'
      ? [{ label: 'because', text: plain(decision.detail), mark: 'plain' } as const]
      : []),
    ...(classification.harmless === ''
      ? []
      : [{ label: 'harmless', text: plainName(classification.harmless), mark: 'plain' } as const]),
    ...(classification.remedy === '' || decision.verdict === 'Allow'
      ? []
      : [{ label: 'instead', text: plain(classification.remedy), mark: 'plain' } as const]),
  ]
  const sections: readonly Section[] = [
    { id: 'act', title: titleOf(request), lines: answer },
    { id: 'why', title: 'What was found', lines: findingsOf(classification) },
    { id: 'impact', title: 'What hangs on it', lines: impact === null ? [] : impactOf(impact) },
  ]
  return sections.filter(({ lines }) => lines.length > 0)
}

function verdictLine(decision: Decision): Line {
  if (decision.verdict === 'Allow')
    return { label: 'answer', text: `would go through: ${decision.reason}`, mark: 'good' }
  const how = decision.filing === 'open' ? 'would wait for a person' : 'would be refused'
  const filed = decision.filing === 'recommend' ? ', filed as a recommendation' : ''
  return { label: 'answer', text: `${how}: ${decision.reason}${filed}`, mark: 'warning' }
}

const agentText = ({ name, phase, isAudit, suspended }: Agent): string =>
  name === ''
    ? 'no GovernedAgent: a phase of Shadow where its Namespace makes it an agent, else not asked about at all'
    : plain(`${name}, phase ${phase}${isAudit ? ', only audited' : ''}${suspended === null ? '' : ', suspended'}`)

const titleOf = (request: Request): string => {
  const where = request.namespace === '' ? '' : `${request.namespace}/`
  return plainName(`${request.operation} ${groupedResource(request)} ${where}${shortened(request.name, 253)}`)
}
