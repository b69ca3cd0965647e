import { expect } from 'chai'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { list, text } from '../../src/api/json.ts'
import { administrator, done, newKey, person, read, refused, serviceAccount } from './harness/actors.ts'
import type { Actor } from './harness/actors.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { plainEnvironment } from './harness/family.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import { pathOf } from './harness/programs.ts'
import { run } from './harness/run.ts'
import { until } from './harness/wait.ts'
import { statefulSet } from './harness/workloads.ts'
import { barriers, findBrowser, PHONE, visitor, WIDE } from './ui/browser.ts'
import type { Visitor } from './ui/browser.ts'
import { HOSTILE, hostileConfigMap } from './ui/hostile.ts'
import { serveUi } from './ui/stage.ts'
import type { Served } from './ui/stage.ts'

/** `make screenshots` sets it: where pictures for docs/review-page.md go. Nothing is written otherwise. */
const pictures = process.env['OBSTAT_SCREENSHOTS']

describe('the review page', () => {
  // First of all, and by itself: without a browser nothing else is worth its time.
  before(() => {
    findBrowser()
  })

  describe('in a browser', () => {
    let plane: ControlPlane
    let webhook: Obstat
    let admin: Actor
    let alice: Actor
    let bot: Actor
    let served: Served
    let browser: Visitor
    let page: Page
    let base: string

    /** A StatefulSet that the agent has tried to delete; answers the request that was filed. */
    const held = async (name: string): Promise<string> => {
      await done(admin.pipe('apply -f -', statefulSet('payments', name)))
      return (await refused(bot.kubectl(`delete statefulset ${name} -n payments`))).request
    }
    const open = async (path: string): Promise<void> => {
      await page.goto(`${base}${path}`)
    }
    const shoot = async (name: string): Promise<void> => {
      if (pictures === undefined) return
      for (const [size, viewport] of [
        ['phone', PHONE],
        ['wide', WIDE],
      ] as const) {
        await page.setViewportSize(viewport)
        await page.evaluate('window.scrollTo(0, 0)')
        await page.screenshot({ path: join(pictures, `${name}-${size}.png`) })
      }
    }
    /** Nothing in the way of anybody, at either size, on either ground; nothing to be scrolled sideways. */
    const isOpenToAll = async (what: string): Promise<void> => {
      for (const viewport of [WIDE, PHONE])
        for (const colorScheme of ['dark', 'light'] as const) {
          await page.setViewportSize(viewport)
          await page.emulateMedia({ colorScheme })
          expect(await barriers(page), `${what}, ${viewport.width} px, ${colorScheme}`).to.deep.equal([])
          const width = await page.evaluate<number>('document.documentElement.scrollWidth')
          expect(width, `${what} fits`).to.be.at.most(viewport.width)
        }
      await page.setViewportSize(WIDE)
    }
    const news = (words: RegExp): Promise<string> =>
      until(`the page to say ${words.source}`, async () => {
        const said = await page.locator('#news').innerText()
        return words.test(said) ? said : Promise.reject(new Error(`it says: ${said}`))
      })
    const standing = (words: RegExp): Promise<unknown> =>
      until(`the card to say ${words.source}`, async () => words.test(await page.locator('#decide').innerText()))
    const decisions = async (request: string): Promise<number> =>
      list(await read(admin, `areq ${request}`), 'spec', 'decisions').length

    before(async () => {
      plane = await startControlPlane()
      admin = administrator(plane)
      webhook = await startObstat(plane)
      alice = await person(plane)
      bot = await serviceAccount(plane, 'agents', 'sre-bot')
      await done(admin.kubectl('create namespace payments'))
      await done(admin.kubectl('label namespace payments obstat.dev/protected=true'))
      await done(
        admin.obstat('agent add sre-bot --serviceaccount agents/sre-bot --phase AutonomousL1 --scope *:* --apply'),
      )
      await done(admin.kubectl('wait --for=condition=Enforced governedagent/sre-bot --timeout=30s'))
      served = await serveUi(plane, alice.kubeconfig)
      browser = await visitor(served.origin)
      ;({ page } = browser)
      await page.goto(served.link)
      await page.waitForURL(/\/$/)
      base = page.url()
    })

    after(async () => {
      await browser.close()
      await served.stop()
      await webhook.stop()
      await plane.stop()
    })

    afterEach(() => {
      expect(browser.misdeeds).to.deep.equal([])
    })

    it('shows what waits, and the card without a passkey has no button that works', async () => {
      const request = await held('orders-db')
      await page.locator(`#open-${request}`).click()
      expect(await page.locator('h1').innerText()).to.match(
        /DELETE statefulsets.apps\s+orders-db\s+in namespace payments/,
      )
      expect(await page.locator('#approve').isDisabled()).to.equal(true)
      expect(await page.locator('#deny').isDisabled()).to.equal(true)
      expect(await page.locator('#decide').innerText()).to.include('No passkey of this page is confirmed yet')
    })

    it('enrols a passkey, which counts once an administrator has run what the page says', async () => {
      await open('passkeys')
      await isOpenToAll('passkeys')
      await page.locator('#approver').fill('alice')
      await page.locator('#make').click()
      await page.waitForURL(/passkeys\/.+/)
      await isOpenToAll('a new passkey')
      expect(await page.locator('#confirm').innerText()).to.include('It does not count yet')
      expect(await page.locator('#confirm-key').count()).to.equal(0)
      const plugins = join(plane.dir, 'plugins')
      mkdirSync(plugins)
      symlinkSync(join(import.meta.dirname, '../../bin/obstat'), join(plugins, 'kubectl-obstat'))
      const env = { ...plainEnvironment(plane.dir), KUBECONFIG: plane.adminKubeconfig }
      const path = `${plugins}:${join(pathOf('kubectl'), '..')}:${process.env['PATH'] ?? ''}`
      const command = await page.locator('pre').innerText()
      expect(await done(run('/bin/sh', ['-c', command], { env: { ...env, PATH: path } }))).to.equal(
        'approver.obstat.dev/alice created\n',
      )
      await until('the page to know', async () =>
        (await page.locator('#confirm').innerText()).includes('It is confirmed'),
      )
      expect(text(await read(admin, 'approver alice'), 'spec', 'usernames', '0') || 'alice').to.equal('alice')
    })

    it('approves with one touch, and the agent may do it once', async () => {
      const request = await held('orders-db')
      await open(`requests/${request}`)
      await isOpenToAll('the card')
      await shoot('card')
      await page.locator('#reason').fill('ticket 4711')
      // By keyboard: from the reason the next stops are the buttons.
      await page.keyboard.press('Tab')
      await page.keyboard.press('Tab')
      expect(await page.evaluate<string>('document.activeElement.id')).to.equal('approve')
      await page.keyboard.press('Enter')
      expect(await news(/approved by alice/)).to.include('enough have signed')
      await standing(/Approved by alice/)
      await done(bot.kubectl('delete statefulset orders-db -n payments'))
      await standing(/Used: the act was let through, once/)
      await done(admin.pipe('apply -f -', statefulSet('payments', 'orders-db')))
      const again = await refused(bot.kubectl('delete statefulset orders-db -n payments'))
      expect(again).to.include({ reason: 'ApprovalRequired' })
      expect(again.request).not.to.equal(request)
    })

    it('denies, and the agent is told', async () => {
      const request = await held('ledger')
      await open(`requests/${request}`)
      await page.locator('#reason').fill('not during the sale')
      await page.locator('#deny').click()
      await news(/denied by alice/)
      await standing(/^Denied/)
      expect((await refused(bot.kubectl('delete statefulset ledger -n payments'))).reason).to.equal('ApprovalDenied')
    })

    it('sends nothing when the person does not verify themselves', async () => {
      const request = await held('search')
      await open(`requests/${request}`)
      await browser.setTouching(false)
      await page.locator('#approve').click()
      await news(/nothing was signed and nothing was sent/)
      await browser.setTouching(true)
      expect(await decisions(request)).to.equal(0)
      expect(await page.locator('#approve').isEnabled()).to.equal(true)
    })

    it('keeps focus and what was typed while others decide, then says what became of it', async () => {
      const key = await newKey(plane, 'ed25519')
      await done(admin.obstat(`approver add bob --key ${key}.pub --role platform --username bob --apply`))
      const request = await held('mail')
      await open(`requests/${request}`)
      await page.locator('#reason').fill('half a thou')
      const other = await held('cache')
      await until('one refresh', () => page.evaluate<boolean>('performance.getEntriesByType("resource").length > 3'))
      expect(await page.locator('#reason').inputValue()).to.equal('half a thou')
      expect(await page.evaluate<string>('document.activeElement.id')).to.equal('reason')
      await done(admin.obstat(`deny ${request} --key ${key} --yes --reason no`))
      await standing(/^Denied/)
      await news(new RegExp(`${request} is denied`))
      expect(await page.locator('#approve').count()).to.equal(0)
      await open('')
      await page.locator(`#open-${other}`).focus()
      await done(admin.obstat(`deny ${await held('queue')} --key ${key} --yes --reason no`))
      const newest = await held('graph')
      await page.locator(`#row-${newest}`).waitFor()
      expect(await page.evaluate<string>('document.activeElement.id')).to.equal(`open-${other}`)
    })

    it('refuses to sign what somebody else has decided in the meantime', async () => {
      const request = await held('photos')
      await open(`requests/${request}`)
      await page.route('**/statement', async (route) => {
        await done(admin.obstat(`deny ${request} --key ${await onlyKey()} --yes --reason no`))
        await route.continue()
      })
      await page.locator('#approve').click()
      await news(/is denied by now. Nothing was sent/)
      await page.unroute('**/statement')
      expect(await decisions(request)).to.equal(1)
    })

    it('shows that a request expired', async () => {
      const ttl = (seconds: number): Promise<string> =>
        done(
          admin.kubectl(
            `patch governedagent sre-bot --type=merge -p ${JSON.stringify({ spec: { approval: { requestTtlSeconds: seconds } } })}`,
          ),
        )
      await ttl(2)
      const request = await held('mirror')
      await ttl(3600)
      await open(`requests/${request}`)
      await standing(/Expired without enough signatures/)
      expect(await page.locator('#approve').count()).to.equal(0)
    })

    it('shows hostile text as text, marked, and nothing of it runs', async () => {
      await done(admin.pipe('apply -f -', hostileConfigMap('payments', {})))
      const { request } = await refused(
        bot.pipe('apply --server-side --force-conflicts -f -', hostileConfigMap('payments', HOSTILE)),
      )
      await open(`requests/${request}`)
      await isOpenToAll('a hostile card')
      const shown = await page.locator('main').innerText()
      expect(shown).to.include('<script>').and.to.include('onerror=')
      expect(await page.locator('mark').count()).to.be.greaterThan(3)
      expect(shown).not.to.match(/[\u202a-\u202e\u2066-\u2069\u200b\u001b]/)
      expect(await page.locator('main img, main script, main iframe, main a[href^="javascript"]').count()).to.equal(0)
      await open('')
      await page.locator(`#open-${request}`).waitFor()
    })

    it('lists the queue and the history for everybody', async () => {
      await open('')
      await isOpenToAll('the queue')
      await shoot('queue')
      await open('history')
      await isOpenToAll('the history')
      expect(await page.locator('main').innerText()).to.match(/denied by alice .*: not during the sale/)
      await shoot('history')
    })

    it('lets nobody in without the link, from another name, or from another site', async () => {
      const status = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
        (await fetch(url, { headers, redirect: 'manual' })).status
      expect(await status(base)).to.equal(403)
      expect(await status(`${served.origin}/`)).to.equal(403)
      expect(await status(`${served.origin}/open/${'x'.repeat(43)}`)).to.equal(403)
      expect(await status(served.link.replace('localhost', '127.0.0.1'))).to.equal(421)
      const cookie = (await page.context().cookies(base)).map(({ name, value }) => `${name}=${value}`).join('; ')
      expect(await status(base, { cookie })).to.equal(200)
      expect(await status(base, { cookie, 'sec-fetch-site': 'same-site' })).to.equal(403)
    })

    it('says when the command has ended, and from when is what one sees', async () => {
      await open('')
      expect(await served.stop()).to.equal(0)
      await until('the page to say so', async () =>
        (await page.locator('#lost').innerText()).includes('obstat ui does not answer'),
      )
    })

    const onlyKey = async (): Promise<string> => {
      const key = await newKey(plane, 'ed25519')
      await done(admin.obstat(`approver add carol --key ${key}.pub --role platform --username carol --apply`))
      return key
    }
  })
})
