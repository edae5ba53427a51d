import { hash } from 'node:crypto'

export type ErrorPage = {
  readonly title: string
  readonly paragraphs: readonly string[]
  readonly facts?: readonly { readonly name: string; readonly values: readonly string[] }[]
  readonly link: { readonly address: string; readonly text: string }
}

const style = `
:root { color-scheme: light dark }
body { max-width: 40rem; margin: 4rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem }
dd { margin: 0 0 .5rem; overflow-wrap: anywhere }
dt { font-weight: 600 }
`

export const errorPagePolicy = `default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'`

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, character => references[character] ?? character)

export function renderErrorPage({ title, paragraphs, facts = [], link }: ErrorPage): string {
  const terms = facts.map(
    ({ name, values }) =>
      `<dt>${escapeHtml(name)}</dt>\n<dd>${values.length > 0 ? values.map(escapeHtml).join(', ') : 'none'}</dd>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeHtml(title)} · Scimulator</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${paragraphs.map(text => `<p>${escapeHtml(text)}</p>`).join('\n')}
${terms.length > 0 ? `<dl>\n${terms.join('\n')}\n</dl>\n` : ''}<p><a href="${escapeHtml(link.address)}">${escapeHtml(link.text)}</a></p>
</main>
</body>
</html>
`
}
