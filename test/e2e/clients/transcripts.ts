import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

/** Where the transcript of a client is kept. */
export const fileOf = (client: string): string =>
  join(import.meta.dirname, 'transcripts', `${client.replaceAll(/[^A-Za-z-]+/g, '-').replace(/^-/, '')}.txt`)

/** What is different in every run, replaced. */
export const settled = (text: string, name: string): string =>
  text
    .replaceAll(name, 'db')
    .replaceAll(/\bar-[a-z2-7]{8}\b/g, 'ar-7f3k2m9q')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '00000000-0000-0000-0000-000000000000')
    .replaceAll(/[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT/g, 'Fri, 20 Nov 2026 02:00:00 GMT')
    .replaceAll(/(content-length["']?: ?["']?)\d+/gi, '$1999')
    .trimEnd()

/** The recorded transcript of a client; OBSTAT_RECORD=1 records this one first. */
export function transcript(client: string, text: string): string {
  if (process.env['OBSTAT_RECORD'] === '1') writeFileSync(fileOf(client), `${text}\n`)
  return existsSync(fileOf(client)) ? readFileSync(fileOf(client), 'utf8').trimEnd() : ''
}
