import { hash } from 'node:crypto'

export type SessionViewer = { readonly script: string; readonly style: string }

const sourceOf = (text: string): string => `'sha256-${hash('sha256', text, 'base64')}'`

const policyOf = ({ script, style }: SessionViewer): string =>
  [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `script-src ${sourceOf(script)}`,
    `style-src ${sourceOf(style)}`,
    "require-trusted-types-for 'script'",
  ].join('; ')

/** The id of a tenant needs no escaping. */
export const sessionHead = (tenant: string, viewer: SessionViewer): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${policyOf(viewer)}">
<title>${tenant} · Scimulator session</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>${viewer.style}</style>
</head>
<body>
<div id="app"><p>If this text remains, the file is incomplete or the browser does not run its script. Export it again.</p></div>
`

/** The viewer comes last: it does not start in an incomplete file. */
export const sessionTail = ({ script }: SessionViewer): string =>
  `<script type="module">${script}</script>\n</body>\n</html>\n`
