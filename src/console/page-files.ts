import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

type Asset = { readonly mediaType: string; readonly content: Buffer }

/** The page and its files, by the names that it calls them. */
export type PageFiles = { readonly html: string; readonly assets: ReadonlyMap<string, Asset> }

const mediaTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// A package brings the page bundled; in the repository it is bundled when it is first asked for.
const readyMade = ['./ui/main.js', './ui/main.css'].map(here)

type Bundle = () => Promise<readonly [script: Uint8Array, style: Uint8Array]>

const readOrBundle: Bundle = async () => {
  const [script, style] = readyMade
  if (script && style && existsSync(script)) return [readFileSync(script), readFileSync(style)]
  const { bundlePage } = await import('./bundle-page.ts')
  return bundlePage()
}

/** Answers the same files for as long as the process lives. What couldn't be made is tried again by who asks next. */
export function createPageFiles(bundle: Bundle): () => Promise<PageFiles> {
  let files: Promise<PageFiles> | undefined
  return () => {
    files ??= makeFiles(bundle).catch(error => {
      files = undefined
      throw error
    })
    return files
  }
}

export const pageFiles = createPageFiles(readOrBundle)

async function makeFiles(bundle: Bundle): Promise<PageFiles> {
  const [script, style] = await bundle()
  const icon = readFileSync(here('./ui/icon.svg'))
  const assets = new Map<string, Asset>()
  // A name that changes with the content may be kept by browsers for ever.
  const add = (name: string, bytes: Uint8Array): string => {
    const content = Buffer.from(bytes)
    const extension = extname(name)
    const hash = createHash('sha256').update(content).digest('base64url').slice(0, 10)
    const file = `${name.slice(0, -extension.length)}-${hash}${extension}`
    assets.set(file, { mediaType: mediaTypes[extension] ?? 'application/octet-stream', content })
    return `/assets/${file}`
  }
  const html = pageOf(add('main.js', script), add('main.css', style), add('icon.svg', icon))
  return { html, assets }
}

const pageOf = (script: string, style: string, icon: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Scimulator</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="${style}">
<script type="module" src="${script}"></script>
</head>
<body>
<div id="app"></div>
<noscript>This page needs JavaScript; everything is in the API too: /api/docs.</noscript>
</body>
</html>
`
