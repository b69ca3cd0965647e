/**
 * What runs in the browser: it keeps the page fresh and hands passkeys what the server asks of them. Everything that is
 * shown comes from the server as whole pages; nothing here makes markup.
 */

const EVERY_MS = 5000

interface Words {
  readonly words: string
}
interface ToSign {
  readonly id: string
  /** base64url. */
  readonly challenge: string
  readonly rpId: string
  /** base64url each. */
  readonly credentials: readonly string[]
}
interface ToMake {
  readonly id: string
  readonly challenge: string
  readonly rpId: string
  readonly user: { readonly id: string; readonly name: string }
  readonly excluded: readonly string[]
}

/** The server said no, in words for the person. */
class Refused extends Error {
  override readonly name = 'Refused'
}

const byId = (id: string): HTMLElement | null => document.getElementById(id)

/** For the eye and for screen readers: what just happened, or what to do. */
function tell(words: string, isBad = false): void {
  const news = byId('news')
  if (news === null || news.textContent === words) return
  news.textContent = words
  news.classList.toggle('bad', isBad)
}

async function post<T>(path: string, value: object): Promise<T> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'obstat-stamp': document.body.dataset['stamp'] ?? '' },
    body: JSON.stringify(value),
    cache: 'no-store',
  })
  const answer = (await response.json()) as T & Words
  if (!response.ok) throw new Refused(answer.words)
  return answer
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))

const textOf = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')

const keysOf = (ids: readonly string[]): PublicKeyCredentialDescriptor[] =>
  ids.map((id) => ({ type: 'public-key', id: bytesOf(id) }))

/** Asks the passkey for a signature over the challenge. */
async function signatureOf({ challenge, rpId, credentials }: ToSign): Promise<object> {
  const found = await navigator.credentials.get({
    publicKey: {
      challenge: bytesOf(challenge),
      rpId,
      allowCredentials: keysOf(credentials),
      userVerification: 'required',
    },
  })
  const made = found as PublicKeyCredential
  const { authenticatorData, clientDataJSON, signature } = made.response as AuthenticatorAssertionResponse
  return {
    credential: made.id,
    authenticatorData: textOf(authenticatorData),
    clientDataJSON: textOf(clientDataJSON),
    signature: textOf(signature),
  }
}

const ES256 = -7
const EDDSA = -8

async function newPasskey({ challenge, rpId, user, excluded }: ToMake): Promise<object> {
  const found = await navigator.credentials.create({
    publicKey: {
      challenge: bytesOf(challenge),
      rp: { id: rpId, name: 'obstat' },
      user: { id: bytesOf(user.id), name: user.name, displayName: user.name },
      pubKeyCredParams: [ES256, EDDSA].map((alg) => ({ type: 'public-key', alg })),
      excludeCredentials: keysOf(excluded),
      authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' },
      attestation: 'none',
    },
  })
  const response = (found as PublicKeyCredential).response as AuthenticatorAttestationResponse
  return { authenticatorData: textOf(response.getAuthenticatorData()), clientDataJSON: textOf(response.clientDataJSON) }
}

function wordsFor(cause: unknown): string {
  if (cause instanceof Refused) return cause.message
  if (cause instanceof DOMException && cause.name === 'InvalidStateError')
    return 'This device has a passkey for you here already. Nothing was made.'
  if (cause instanceof DOMException)
    return `The passkey was not used (${cause.name}): nothing was signed and nothing was sent.`
  if (cause instanceof TypeError)
    return 'There was no answer. Look below whether it has arrived before you try again; twice does no harm.'
  throw cause
}

let isBusy = false

/** One thing at a time: buttons wait, and nothing on the page is exchanged meanwhile. */
async function working(begin: string, work: () => Promise<string>): Promise<void> {
  if (isBusy) return
  isBusy = true
  document.body.classList.add('busy')
  tell(begin)
  let words = ''
  let isBad = false
  try {
    words = await work()
  } catch (cause) {
    words = wordsFor(cause)
    isBad = true
  } finally {
    isBusy = false
    document.body.classList.remove('busy')
  }
  await refresh()
  tell(words, isBad)
  byId('news')?.focus()
}

const valueOf = (form: HTMLFormElement, name: string): string => {
  const value = new FormData(form).get(name)
  return typeof value === 'string' ? value : ''
}

function decide(form: HTMLFormElement, decision: string): Promise<void> {
  const { path = '', seen = '' } = form.dataset
  const answer = { decision, seen, approver: valueOf(form, 'approver'), reason: valueOf(form, 'reason') }
  return working(`To ${decision.toLowerCase()}: use your passkey now.`, async () => {
    const asked = await post<ToSign>(`${path}/statement`, answer)
    const { words } = await post<Words>(`${path}/decision`, { id: asked.id, ...(await signatureOf(asked)) })
    return words
  })
}

function enrol(form: HTMLFormElement): Promise<void> {
  const { path = '' } = form.dataset
  return working('Make the passkey now, as your device asks.', async () => {
    const asked = await post<ToMake>(`${path}/challenge`, { approver: valueOf(form, 'approver') })
    const made = await post<Words & { readonly next: string }>(`${path}/made`, {
      id: asked.id,
      ...(await newPasskey(asked)),
    })
    location.assign(made.next)
    return made.words
  })
}

function confirmKey(form: HTMLFormElement): Promise<void> {
  return working('One moment.', async () => (await post<Words>(form.dataset['path'] ?? '', {})).words)
}

document.addEventListener('submit', (event) => {
  const form = event.target as HTMLFormElement
  const { act } = form.dataset
  if (act === undefined) return
  event.preventDefault()
  const button = event.submitter as HTMLButtonElement | null
  if (act === 'decide') void decide(form, button?.value ?? '')
  if (act === 'enrol') void enrol(form)
  if (act === 'confirm') void confirmKey(form)
})

/**
 * What a live part of the page is, apart from words that only tell the time: when it changes, the part is exchanged.
 */
const versionOf = (part: Element): string => part.getAttribute('data-version') ?? part.innerHTML

/** Exchanges what has changed. What is as it was stays the same element, so focus, selection and typed text stay. */
function merge(fresh: Document): void {
  const focused = document.activeElement?.id ?? ''
  for (const part of fresh.querySelectorAll('[data-live]')) {
    const old = byId(part.id)
    if (old === null || versionOf(old) === versionOf(part)) continue
    if (part.getAttribute('data-live') === 'rows') mergeRows(old, part)
    else old.replaceWith(document.adoptNode(part))
  }
  if (focused !== '' && document.activeElement?.id !== focused) (byId(focused) ?? byId('title'))?.focus()
}

function mergeRows(old: HTMLElement, fresh: Element): void {
  const rows = [...fresh.children].map((row) => {
    const before = byId(row.id)
    return before?.innerHTML === row.innerHTML ? before : document.adoptNode(row)
  })
  const kept = new Set<Element>(rows)
  for (const row of [...old.children]) if (!kept.has(row)) row.remove()
  rows.forEach((row, at) => {
    const here = old.children[at]
    if (here !== row) old.insertBefore(row, here ?? null)
  })
}

/** Words that came with the page, said when they change: how many wait, or where a request stands. */
function announce(fresh: Document): void {
  const words = fresh.body.dataset['summary'] ?? ''
  if (words === document.body.dataset['summary']) return
  document.body.dataset['summary'] = words
  tell(words)
}

function setLost(words: string): void {
  const lost = byId('lost')
  if (lost === null) return
  if (lost.textContent !== words) lost.textContent = words
  lost.hidden = words === ''
}

let seenAt = new Date()

async function refresh(): Promise<void> {
  if (isBusy || document.body.dataset['summary'] === undefined) return
  try {
    const response = await fetch(location.href, { cache: 'no-store' })
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html')
    if (!response.ok) {
      setLost(
        `${fresh.getElementById('words')?.textContent ?? ''} What you see is from ${seenAt.toLocaleTimeString()}.`,
      )
      return
    }
    seenAt = new Date()
    setLost('')
    merge(fresh)
    announce(fresh)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    setLost(
      `obstat ui does not answer: is the command still running? What you see is from ${seenAt.toLocaleTimeString()}.`,
    )
  }
}

async function keepFresh(): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    if (document.visibilityState === 'visible') await refresh()
  }
}

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void refresh()
})
void keepFresh()
