/**
 * Loaded before a program (`node --import`): its clock is off by as many milliseconds as the file OFFSET_FILE says,
 * read anew at each SIGUSR2. Timers and the monotonic clock go on as before, as when somebody sets a machine's clock.
 */
import { readFileSync } from 'node:fs'
import process from 'node:process'

const RealDate = Date
let offsetMs = 0

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args: unknown[], newTarget) =>
    Reflect.construct(target, args.length === 0 ? [RealDate.now() + offsetMs] : args, newTarget) as object,
  get: (target, key, receiver): unknown =>
    key === 'now' ? () => RealDate.now() + offsetMs : Reflect.get(target, key, receiver),
})

process.on('SIGUSR2', () => {
  offsetMs = Number(readFileSync(process.env['OFFSET_FILE'] ?? '', 'utf8'))
})
