import { expect } from 'chai'
import { Loop } from '../../src/reconcile/loop.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await turn()
}

describe('a loop', () => {
  it('works at once and then whenever it is poked, one round at a time', async () => {
    let rounds = 0
    let now = 0
    const work = async (): Promise<void> => {
      expect(++now).to.equal(1)
      await turn()
      now--
      rounds++
    }
    const loop = new Loop({ name: 'work', work, everyMs: 60_000, log: () => undefined })
    loop.start()
    await until(() => rounds === 1)
    loop.poke()
    await until(() => rounds === 2)
    await loop.stop()
  })

  it('works once more when it is poked while it works, however often', async () => {
    const gates: (() => void)[] = []
    const work = (): Promise<void> => new Promise((resolve) => gates.push(resolve))
    const loop = new Loop({ name: 'work', work, everyMs: 60_000, log: () => undefined })
    loop.start()
    await until(() => gates.length === 1)
    for (let i = 0; i < 3; i++) loop.poke()
    gates[0]?.()
    await until(() => gates.length === 2)
    gates[1]?.()
    for (let i = 0; i < 20; i++) await turn()
    expect(gates).to.have.length(2)
    await loop.stop()
  })

  it('tries again after a failure, says each cause once and when it is over', async () => {
    const outcomes = ['a', 'a', 'b', '']
    const log: string[] = []
    const work = (): Promise<void> => {
      const outcome = outcomes.shift() ?? ''
      return outcome === '' ? Promise.resolve() : Promise.reject(new Error(outcome))
    }
    const loop = new Loop({ name: 'work', work, everyMs: 60_000, log: (line) => log.push(line) })
    loop.start()
    await until(() => log.length === 2)
    expect(loop.problem).to.equal('b')
    await until(() => log.length === 3)
    expect(log).to.deep.equal(['work: a', 'work: b', 'work: good again'])
    expect(loop.problem).to.equal(null)
    await loop.stop()
  })

  it('ends the round that runs when it is stopped', async () => {
    const begun = Promise.withResolvers<undefined>()
    const log: string[] = []
    const work = (signal: AbortSignal): Promise<void> => {
      begun.resolve(undefined)
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('stopped'))
        })
      })
    }
    const loop = new Loop({ name: 'work', work, everyMs: 60_000, log: (line) => log.push(line) })
    loop.start()
    await begun.promise
    await loop.stop()
    expect(log).to.deep.equal([])
  })
})
