/** What a PromQL query asks for: enough to see whether it can ever have an answer. */
export interface Query {
  readonly selectors: readonly Selector[]
  /** Labels that `by`, `without`, `on` and their like name. */
  readonly grouped: readonly string[]
}

export interface Selector {
  readonly metric: string
  readonly matchers: readonly Matcher[]
}

export interface Matcher {
  readonly label: string
  readonly operator: string
  readonly value: string
}

/** Words that take a list of labels. */
const GROUPING = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'])
/** Other words that are no metric; functions are known by what follows them. */
const WORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'sum', 'min', 'max', 'avg', 'count', 'inf', 'nan'])

const TOKEN = /"[^"]*"|[a-zA-Z_:][\w:]*|\d[\w.]*|=~|!~|!=|==|[<>]=?|\S/g

/** Reads a query, as far as the queries of this repo go. A word that it does not know counts as a metric. */
export function readQuery(text: string): Query {
  const tokens: readonly string[] = text.match(TOKEN) ?? []
  const selectors: Selector[] = []
  const grouped: string[] = []
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? ''
    const next = tokens[at + 1] ?? ''
    if (GROUPING.has(token)) {
      const end = tokens.indexOf(')', at)
      grouped.push(...tokens.slice(at + 2, end).filter((one) => one !== ','))
      at = end
    } else if (/^[a-zA-Z_:]/.test(token) && next !== '(' && !WORDS.has(token.toLowerCase())) {
      const end = next === '{' ? tokens.indexOf('}', at) : at
      selectors.push({ metric: token, matchers: matchersIn(tokens.slice(at + 2, end)) })
      at = end
    }
  }
  return { selectors, grouped }
}

function matchersIn(tokens: readonly string[]): readonly Matcher[] {
  const parts = tokens.filter((token) => token !== ',')
  return Array.from({ length: parts.length / 3 }, (_, at) => {
    const [label = '', operator = '', value = ''] = parts.slice(at * 3, at * 3 + 3)
    return { label, operator, value: value.slice(1, -1) }
  })
}
