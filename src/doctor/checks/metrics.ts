import type { Check, Finding, Level } from '../finding.ts'

/** What the API server counted since it started: calls of obstat that failed, and what went through then. */
export const metrics: Check = {
  id: 'metrics',
  asks: 'did requests go through, or fail, because obstat did not answer?',
  isForPre: false,
  run: async ({ live }) => {
    const samples = samplesIn(await live.text('/metrics'))
    return WATCHED.flatMap((watched) => findingOf(watched, samples))
  },
}

interface Sample {
  readonly metric: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

interface Watched {
  readonly id: string
  readonly metric: string
  readonly level: Level
  readonly isMeant: (labels: ReadonlyMap<string, string>) => boolean
  readonly what: string
  readonly fix: string
}

const isAgents = (labels: ReadonlyMap<string, string>): boolean =>
  /^agents(-\d+)?\.obstat\.dev$/.test(labels.get('name') ?? '')

const WATCHED: readonly Watched[] = [
  {
    id: 'failed-open',
    metric: 'apiserver_admission_webhook_fail_open_count',
    level: 'critical',
    isMeant: isAgents,
    what: 'requests of agents went through while obstat did not answer: somebody had changed failurePolicy',
    fix: 'Look for patch and update of validatingwebhookconfigurations in the audit log of the API server.',
  },
  {
    id: 'guard-failed-open',
    metric: 'apiserver_admission_webhook_fail_open_count',
    level: 'info',
    isMeant: (labels) => labels.get('name') === 'guard.obstat.dev',
    what: 'writes of people to the objects of obstat were not checked while it did not answer',
    fix: 'kubectl get gagent,approver,areq  # signatures are verified again at use',
  },
  {
    id: 'calls-failed',
    metric: 'apiserver_admission_webhook_rejection_count',
    level: 'info',
    isMeant: (labels) => isAgents(labels) && labels.get('error_type') !== 'no_error',
    what: 'requests of agents were refused because obstat did not answer',
    fix: 'Look at the log of obstat for that time; two replicas on two nodes keep agents working.',
  },
  {
    id: 'conditions-failed',
    metric: 'apiserver_admission_match_condition_evaluation_errors_total',
    level: 'warning',
    isMeant: (labels) => (labels.get('name') ?? '').endsWith('obstat.dev'),
    what: 'a match condition of obstat could not be evaluated: somebody had changed it',
    fix: 'Look for patch and update of validatingwebhookconfigurations in the audit log of the API server.',
  },
]

function findingOf({ id, metric, level, isMeant, what, fix }: Watched, samples: readonly Sample[]): readonly Finding[] {
  const meant = samples.filter((sample) => sample.metric === metric && sample.value > 0 && isMeant(sample.labels))
  if (meant.length === 0) return []
  const evidence = meant.map(({ labels, value }) => `${value} × ${[...labels].map((pair) => pair.join('=')).join(' ')}`)
  return [{ id: `metrics/${id}`, level, subject: `metric ${metric}`, what, evidence, fix: [fix] }]
}

/** The Prometheus text format, as far as counters of the API server use it. */
const samplesIn = (page: string): readonly Sample[] =>
  page.split('\n').flatMap((line) => {
    const match = /^(apiserver_admission_[a-z_]+)\{(.*)\} (\S+)/.exec(line)
    if (match === null) return []
    const [, metric = '', labels = '', value = ''] = match
    const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, key = '', text = '']) => [key, text] as const,
    )
    return [{ metric, labels: new Map(pairs), value: Number(value) }]
  })
