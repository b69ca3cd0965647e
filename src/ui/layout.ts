import type { Html, Part } from './html.ts'
import { html } from './html.ts'

/** What every page of one start shares. */
export interface Site {
  /** The secret path that all pages are under, without a slash at its end. */
  readonly base: string
  readonly stamp: string
  readonly server: string
  readonly username: string
}

export interface Page {
  readonly title: string
  /** Which part of the page it belongs to. */
  readonly part: 'queue' | 'history' | 'passkeys'
  /** What screen readers are told when it changes; null for a page that stays as it is. */
  readonly summary: string | null
  readonly content: Html
}

const PARTS = [
  ['queue', '/', 'Queue'],
  ['history', '/history', 'History'],
  ['passkeys', '/passkeys', 'Passkeys'],
] as const

const document = (base: string, title: string, attributes: Part, content: Part): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - obstat</title>
<link rel="stylesheet" href="${base}/review.css">
<link rel="icon" href="${base}/icon.svg">
<script type="module" src="${base}/review.js"></script>
</head>
<body${attributes}>
${content}
</body>
</html>
`

/** A whole page. */
export const layout = (site: Site, page: Page): Html =>
  document(
    site.base,
    page.title,
    html` data-stamp="${site.stamp}"${page.summary === null ? null : html` data-summary="${page.summary}"`}`,
    html`<a class="skip" href="#main">Skip to the content</a>
      <header class="bar">
        <nav aria-label="Pages">
          <ul>
            ${PARTS.map(
              ([part, path, name]) =>
                html`<li>
                  <a
                    id="to-${part}"
                    href="${site.base}${path}"
                    ${page.part === part ? html` aria-current="page"` : null}
                    >${name}</a
                  >
                </li>`,
            )}
          </ul>
        </nav>
        <p>${site.username === '' ? null : `${site.username} at `}${site.server}</p>
      </header>
      <main id="main" tabindex="-1">
        <p class="lost" id="lost" role="alert" hidden></p>
        <p class="news" id="news" role="status" tabindex="-1"></p>
        <noscript
          ><p class="lost">
            Passkeys need JavaScript. Without it you can read here, and sign with kubectl obstat approve.
          </p></noscript
        >
        ${page.content}
      </main>`,
  )

/** A page that only says something: no session is needed to see it. */
export const notice = (title: string, words: string): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} - obstat</title>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p id="words">${words}</p>
        </main>
      </body>
    </html> `
