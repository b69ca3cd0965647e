import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { isContinuousIntegration } from '../harness/programs.ts'

/** Where distributions put it. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser is missing: what to install, and never a test that passes without it. */
export class BrowserMissing extends Error {
  override readonly name = 'BrowserMissing'
}

/** The path of the browser. Throws BrowserMissing. */
export function findBrowser(): string {
  const wanted = process.env['CHROMIUM']
  const found = wanted ?? PLACES.find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new BrowserMissing(
    `the review page is tested in a real browser, and there is none at ${PLACES.join(', ')}: ` +
      `${isContinuousIntegration() ? '' : 'at a Debian desk, '}apt-get install chromium, or set CHROMIUM to its path`,
  )
}

/** Nothing but the page: no component updates, no field trials, no first run. */
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const WIDE = { width: 1100, height: 800 } as const
/** The narrowest phones that are still sold. */
export const PHONE = { width: 360, height: 640 } as const

/** One person's browser: one tab, one passkey, and a record of everything that a page must not do. */
export interface Visitor {
  readonly page: Page
  /** Dialogs, requests to anywhere else, violations of the Content-Security-Policy, faults in the page's script. */
  readonly misdeeds: readonly string[]
  /** Whether the person touches the passkey when asked; they do unless told. */
  readonly setTouching: (isTouching: boolean) => Promise<void>
  readonly close: () => Promise<void>
}

/** A fresh browser of its own; `origin` is the only place that it may talk to. */
export async function visitor(origin: string): Promise<Visitor> {
  const folder = await mkdtemp(join(tmpdir(), 'obstat-browser-'))
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: findBrowser(),
    args: ARGUMENTS,
    viewport: WIDE,
    colorScheme: 'light',
    locale: 'en-GB',
  })
  const page = context.pages()[0] ?? (await context.newPage())
  const misdeeds: string[] = []
  await watch(context, page, origin, misdeeds)
  const devtools = await context.newCDPSession(page)
  const authenticatorId = await passkey(devtools)
  return {
    page,
    misdeeds,
    setTouching: async (isTouching) => {
      await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: isTouching })
    },
    close: async () => {
      await context.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function watch(context: BrowserContext, page: Page, origin: string, misdeeds: string[]): Promise<void> {
  page.on('dialog', (dialog) => {
    misdeeds.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('pageerror', (error) => misdeeds.push(`fault ${error.message}`))
  page.on('console', (message) => {
    if (/Content.Security.Policy|violat/i.test(message.text())) misdeeds.push(`console ${message.text()}`)
  })
  context.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) misdeeds.push(`request ${request.url()}`)
  })
  context.on('page', (other) => {
    if (other !== page) misdeeds.push(`window ${other.url()}`)
  })
  await page.exposeFunction('reportViolation', (what: string) => misdeeds.push(`violation ${what}`))
  await page.addInitScript({
    content: `document.addEventListener('securitypolicyviolation', (event) => {
      reportViolation(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample)
    })`,
  })
}

/** A virtual authenticator in this machine, with a fingerprint that always fits. */
async function passkey(devtools: CDPSession): Promise<string> {
  await devtools.send('WebAuthn.enable')
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return authenticatorId
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe-core finds wrong with the page as it stands, one line each. */
export async function barriers(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger, so the page's own policy stays as it is.
  await page.evaluate(await readFile(axe, 'utf8'))
  return page.evaluate<readonly string[]>(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`,
  )
}
