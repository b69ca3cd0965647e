import type { IncomingMessage } from 'node:http'
import express from 'express'
import type { NextFunction, Request, Response } from 'express'
import type { Json } from '../api/json.ts'
import { standingOf } from '../policy/approvals/standing.ts'
import { decodeUtf8, parseJson } from '../signing/json.ts'
import { cardPage } from './card.ts'
import type { Desk } from './desk.ts'
import { NotDone } from './desk.ts'
import type { Door, TurnedAway } from './door.ts'
import { checkHost, checkLink, checkPost, checkVisit, setCookie } from './door.ts'
import { enrolment } from './enrolment.ts'
import { historyPage } from './history.ts'
import type { Html } from './html.ts'
import { markupOf } from './html.ts'
import { layout, notice } from './layout.ts'
import type { Page, Site } from './layout.ts'
import { madePage, passkeysPage } from './passkeys.ts'
import { queuePage } from './queue.ts'
import type { Row } from './rows.ts'
import { readWanted } from './rows.ts'
import { signing } from './signing.ts'
import { STYLE } from './style.ts'

export interface UiOptions {
  readonly desk: Desk
  readonly door: Door
  /** The browser's half, as JavaScript. */
  readonly script: string
}

const MAX_BODY_BYTES = 64 * 1024

/** Nothing but our own script, style sheet and icon; nobody frames it; nothing of it leaves this origin. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'publickey-credentials-get=(self), publickey-credentials-create=(self)',
  'cache-control': 'no-store',
} as const

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="#0b57b0"/><path d="M4.5 8.2l2.4 2.5 4.6-5.2" fill="none" stroke="#fff" stroke-width="1.8"/></svg>`

/** The review page: everything is under the door's secret path, for whoever has the link of this start. */
export function createUi({ desk, door, script }: UiOptions): express.Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.disable('query parser')
  app.use((request, response, next) => {
    response.set(HEADERS)
    const away = checkHost(door, request)
    if (away === null) next()
    else turnAway(response, away)
  })
  app.get('/open/:token', (request, response) => {
    const away = checkLink(door, request.params.token)
    if (away !== null) {
      turnAway(response, away)
      return
    }
    // A redirect would still count as coming from where the link was, and a strict cookie would not be sent with it.
    response.set({ 'set-cookie': setCookie(door), refresh: `0; url=/${door.place}/` })
    sendPage(response, 200, notice('obstat', 'Opening the queue.'))
  })
  app.use(`/${door.place}`, inside(desk, door, script))
  app.use((_: Request, response: Response) => {
    turnAway(response, { status: 403, words: 'This page opens with the link that obstat ui printed when it started.' })
  })
  // A body that is too long, or cut off: what express would say has its stack in it.
  app.use((cause: unknown, _: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) next(cause)
    else response.status(400).json({ words: 'This could not be read. Load the page again.' })
  })
  return app
}

function inside(desk: Desk, door: Door, script: string): express.Router {
  const router = express.Router({ strict: true, caseSensitive: true })
  const failed = (response: Response, cause: unknown, isPage: boolean): void => {
    const { status, words } =
      cause instanceof NotDone ? { status: cause.httpStatus, words: cause.message } : desk.explain(cause)
    if (isPage) sendPage(response, status, notice('Not now', words))
    else response.status(status).json({ words })
  }
  router.use((request, response, next) => {
    const away = checkVisit(door, request) ?? (request.method === 'POST' ? checkPost(door, request) : null)
    if (away === null) next()
    else if (request.method === 'POST') response.status(away.status).json({ words: away.words })
    else turnAway(response, away)
  })
  router.use(express.raw({ type: 'application/json', limit: MAX_BODY_BYTES }))
  const page = (path: string, make: (site: Site, request: Request) => Promise<Page>): void => {
    router.get(path, async (request, response) => {
      try {
        const site = { base: `/${door.place}`, stamp: door.stamp, server: desk.server, username: desk.username }
        sendPage(response, 200, layout(site, await make(site, request)))
      } catch (cause) {
        failed(response, cause, true)
      }
    })
  }
  const post = (path: string, answer: (request: Request, body: Json) => object | Promise<object>): void => {
    router.post(path, async (request, response) => {
      try {
        response.json(await answer(request, bodyOf(request)))
      } catch (cause) {
        failed(response, cause, false)
      }
    })
  }
  pages(desk, door, page, post)
  const files = [
    ['/review.js', 'text/javascript', script],
    ['/review.css', 'text/css', STYLE],
    ['/icon.svg', 'image/svg+xml', ICON],
  ] as const
  for (const [path, type, content] of files)
    router.get(path, (_, response) => {
      response.type(type).send(content)
    })
  return router
}

type AddPage = (path: string, make: (site: Site, request: Request) => Promise<Page>) => void
type AddPost = (path: string, answer: (request: Request, body: Json) => object | Promise<object>) => void

function pages(desk: Desk, door: Door, page: AddPage, post: AddPost): void {
  const sign = signing(desk, door.origin)
  const enrol = enrolment(desk, door.origin)
  page('/', async (site, request) => queuePage(site, await rowsOf(desk), readWanted(queryOf(request)), desk.now()))
  page('/history', async (site, request) =>
    historyPage(site, await rowsOf(desk), readWanted(queryOf(request)), desk.now()),
  )
  page('/requests/:name', async (site, { params }) => {
    const [request, people] = await Promise.all([desk.request(paramOf(params['name'])), desk.people()])
    if (request === null) throw new NotDone('There is no such request. obstat removes old ones.', 404)
    const now = desk.now()
    return cardPage(site, request, { standing: standingOf(request, people, now), people, origin: door.origin, now })
  })
  page('/passkeys', async (site) => passkeysPage(site, (await desk.people()).approvers, door.origin, desk.now()))
  page('/passkeys/:id', async (site, { params }) => {
    const made = await enrol.show(paramOf(params['id']))
    if (made === null) throw new NotDone('That passkey is not known any more; make one again.', 404)
    return madePage(site, made)
  })
  post('/requests/:name/statement', ({ params }, body) => sign.ask(paramOf(params['name']), body))
  post('/requests/:name/decision', ({ params }, body) => sign.decide(paramOf(params['name']), body))
  post('/passkeys/challenge', (_, body) => enrol.ask(body))
  post('/passkeys/made', (_, body) => ({
    words: 'The passkey was made.',
    next: `/${door.place}/passkeys/${enrol.made(body).id}`,
  }))
  post('/passkeys/:id/confirm', ({ params }) => enrol.confirm(paramOf(params['id'])))
}

async function rowsOf(desk: Desk): Promise<readonly Row[]> {
  const [requests, people] = await Promise.all([desk.requests(), desk.people()])
  const now = desk.now()
  return requests.map((request) => ({ request, standing: standingOf(request, people, now) }))
}

const paramOf = (value: string | readonly string[] | undefined): string => (typeof value === 'string' ? value : '')

const queryOf = ({ url }: Pick<IncomingMessage, 'url'>): URLSearchParams =>
  new URL(url ?? '/', 'http://localhost').searchParams

/** Strict, as everywhere. Throws NotDone. */
function bodyOf(request: Request): Json {
  const bytes: unknown = request.body
  if (!Buffer.isBuffer(bytes)) throw new NotDone('expected a body of application/json', 400)
  try {
    return parseJson(decodeUtf8(bytes))
  } catch (cause) {
    throw new NotDone(`expected strict JSON: ${cause instanceof Error ? cause.message : ''}`, 400)
  }
}

function turnAway(response: Response, { status, words }: TurnedAway): void {
  sendPage(response, status, notice('Not here', words))
}

function sendPage(response: Response, status: number, page: Html): void {
  response.status(status).type('text/html').send(markupOf(page))
}
