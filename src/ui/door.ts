import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** What one start of the page goes by. All but the origin is drawn anew at every start. */
export interface Door {
  /** `http://localhost:PORT`: what passkeys are made for. */
  readonly origin: string
  /** What the link on the terminal ends with: whoever has it has the person's rights here. */
  readonly token: string
  /** What the cookie holds that the link is exchanged for. */
  readonly session: string
  /**
   * The path that everything is under, without slashes. A cookie is sent to every port of a host, so to whatever else
   * listens on localhost; but only below its path, which nobody else knows.
   */
  readonly place: string
  /** What the page's own script sends with every POST. */
  readonly stamp: string
}

const secret = (): string => randomBytes(32).toString('base64url')

export const newDoor = (port: number): Door => ({
  origin: `http://localhost:${port}`,
  token: secret(),
  session: secret(),
  place: secret(),
  stamp: secret(),
})

export const COOKIE = 'obstat'
export const STAMP_HEADER = 'obstat-stamp'

/** Why somebody is not let in. */
export interface TurnedAway {
  readonly status: 403 | 421
  readonly words: string
}

const away = (words: string, status: TurnedAway['status'] = 403): TurnedAway => ({ status, words })

type Head = Pick<IncomingMessage, 'headers'>

/** For every request. A name that resolves to this machine, but is not ours, is DNS rebinding. */
export const checkHost = (door: Door, { headers }: Head): TurnedAway | null =>
  headers.host === new URL(door.origin).host ? null : away(`This page is at ${door.origin} and nowhere else.`, 421)

/**
 * For the link on the terminal: from there, from a bookmark, from anywhere, as long as it is a person's browser that
 * goes.
 */
export const checkLink = (door: Door, token: string): TurnedAway | null =>
  isEqual(token, door.token) ? null : away(STALE)

const STALE =
  'This page opens with the link that obstat ui printed when it started. An older link, or one that was cut off, ' +
  'does not open it.'

/**
 * For all pages. Other ports of localhost are another origin but the same site, so a SameSite cookie does not keep them
 * out. A browser that sends no Sec-Fetch-Site is held to the cookie alone.
 */
export function checkVisit(door: Door, { headers }: Head): TurnedAway | null {
  if (!isEqual(cookieIn(headers.cookie), door.session)) return away(STALE)
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
    ? null
    : away('Another site led here, so nothing is shown. Use the link that obstat ui printed.')
}

/** For what changes something, beside checkVisit: the page's own script sent it. */
export function checkPost(door: Door, { headers }: Head): TurnedAway | null {
  const site = headers['sec-fetch-site']
  const isOurs =
    headers.origin === door.origin &&
    (site === undefined || site === 'same-origin') &&
    headers['content-type'] === 'application/json' &&
    isEqual(headerOf(headers[STAMP_HEADER]), door.stamp)
  return isOurs ? null : away('This was not sent by the page itself. Load the page again.')
}

const headerOf = (value: string | string[] | undefined): string => (typeof value === 'string' ? value : '')

/** Digests have one length, so the comparison takes one time. */
const isEqual = (given: string, held: string): boolean => timingSafeEqual(digest(given), digest(held))
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The value of our cookie; '' when there is none. */
function cookieIn(header: string | undefined): string {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? ''
}

export const setCookie = ({ session, place }: Door): string =>
  `${COOKIE}=${session}; Path=/${place}/; HttpOnly; SameSite=Strict`
