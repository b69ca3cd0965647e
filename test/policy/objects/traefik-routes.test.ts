import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import { TRAEFIK_ROUTES, takenByTraefik } from '../../../src/policy/objects/traefik-routes.ts'
import { Answers, keyOf } from '../../../src/policy/read.ts'
import { request } from '../given.ts'

const routed = (name: string, rules: number): Json => ({
  metadata: { name, namespace: 'shop' },
  spec: { routes: Array.from({ length: rules }, (_, at) => ({ match: `Host(\`${name}-${at}.example\`)` })) },
})

const taken = (mine: number, theirs: number): string => {
  const answers = TRAEFIK_ROUTES.map((read, at): [string, Json] => [
    keyOf(read),
    at === 0 ? [routed('web', theirs)] : [],
  ])
  const asked = request({
    operation: 'CREATE',
    group: 'traefik.io',
    resource: 'ingressroutes',
    namespace: 'shop',
    name: 'mine',
    object: routed('mine', mine),
    oldObject: null,
  })
  return takenByTraefik(asked, new Answers(new Map(answers)))
}

describe('routes of Traefik', () => {
  it('with hosts of their own take nothing', () => {
    expect(taken(20, 50)).to.equal('')
  })

  it('that are more than can be compared count as taking', () => {
    expect(taken(2001, 2000)).to.equal('Host(`mine-0.example`)')
  })
})
