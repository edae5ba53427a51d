import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formerAddresses, pageAddresses } from '../domain/contract/page-addresses.ts'
import type { Bundled, PageName } from './bundle-page.ts'
import { pagePolicy } from './guard.ts'

type Asset = { readonly mediaType: string; readonly content: Buffer }

type PageFiles = { readonly html: string; readonly assets: ReadonlyMap<string, Asset> }

const mediaTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const resolvePath = (path: string) => fileURLToPath(new URL(path, import.meta.url))

type Bundle = () => Promise<Bundled>

/** A package contains the bundled pages; in the repository the first request for one bundles it. */
export async function readOrBundle(page: PageName): ReturnType<Bundle> {
  const script = resolvePath(`../ui/${page}.js`)
  if (existsSync(script))
    return [readFileSync(script), readFileSync(resolvePath(`../ui/${page}.css`)), readParts()]
  const { bundlePage } = await import('./bundle-page.ts')
  return bundlePage(page)
}

const readParts = (): ReadonlyMap<string, Uint8Array> =>
  new Map(
    readdirSync(resolvePath('../ui/parts')).map(name => [
      name,
      readFileSync(resolvePath(`../ui/parts/${name}`)),
    ]),
  )

/** A failure is not kept: the next call tries again. */
export function createPageFiles(bundle: Bundle): () => Promise<PageFiles> {
  let files: Promise<PageFiles> | undefined
  return () => {
    files ??= createFiles(bundle).catch(error => {
      files = undefined
      throw error
    })
    return files
  }
}

const pageFiles = createPageFiles(() => readOrBundle('main'))

async function createFiles(bundle: Bundle): Promise<PageFiles> {
  const [script, style, parts = new Map<string, Uint8Array>()] = await bundle()
  const icon = readFileSync(resolvePath('../ui/icon.svg'))
  const assets = new Map<string, Asset>()
  // Browsers may cache a file forever if its name changes with its content.
  const store = (file: string, content: Buffer) =>
    assets.set(file, { mediaType: mediaTypes[extname(file)] ?? 'application/octet-stream', content })
  const add = (name: string, bytes: Uint8Array): string => {
    const content = Buffer.from(bytes)
    const extension = extname(name)
    const hash = createHash('sha256').update(content).digest('base64url').slice(0, 10)
    const file = `${name.slice(0, -extension.length)}-${hash}${extension}`
    store(file, content)
    return `/assets/${file}`
  }
  // The bundler puts a hash into their names.
  for (const [name, bytes] of parts) store(name, Buffer.from(bytes))
  const html = renderPage({
    script: add('main.js', script),
    style: add('main.css', style),
    icon: add('icon.svg', icon),
    attention: add('icon-attention.svg', withMark(icon)),
  })
  return { html, assets }
}

const withMark = (icon: Buffer): Buffer =>
  Buffer.from(
    icon
      .toString()
      .replace(
        '</svg>',
        '<circle cx="24" cy="8" r="7" fill="#d92d20" stroke="#fff" stroke-width="2"/></svg>',
      ),
  )

type PageAddresses = Readonly<Record<'script' | 'style' | 'icon' | 'attention', string>>

const renderPage = ({ script, style, icon, attention }: PageAddresses): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Scimulator</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${icon}" data-attention="${attention}">
<link rel="stylesheet" href="${style}">
<script type="module" src="${script}"></script>
</head>
<body>
<div id="app"></div>
<noscript>This page needs JavaScript; everything is in the API too: /api/docs.</noscript>
</body>
</html>
`

const immutableCache = 'public, max-age=31536000, immutable'

export const pageRoutes = async (app: FastifyInstance): Promise<void> => {
  for (const address of Object.values(pageAddresses)) {
    app.get(address, async ({ url }, reply) => {
      const moved = movedAddress(url)
      return moved === undefined ? sendPage(reply) : reply.redirect(moved)
    })
  }
  for (const [address, { page, view }] of Object.entries(formerAddresses)) {
    app.get<{ Params: { tenant?: string } }>(address, async ({ params: { tenant }, url }, reply) => {
      const { searchParams } = new URL(url, 'http://console.invalid')
      const path = pageAddresses[page]
      if (tenant !== undefined && !path.includes(':tenant')) searchParams.set('tenant', tenant)
      if (view !== undefined) searchParams.set('view', view)
      const search = searchParams.size === 0 ? '' : `?${searchParams}`
      return reply.redirect(path.replace(':tenant', encodeURIComponent(tenant ?? '')) + search)
    })
  }
  app.get<{ Params: { file: string } }>('/assets/:file', async ({ params }, reply) => {
    const found = (await pageFiles()).assets.get(params.file)
    if (!found) return reply.callNotFound()
    return reply.header('cache-control', immutableCache).type(found.mediaType).send(found.content)
  })
}

/** Where the page of an earlier address is now: a search of the activity was at `/`. */
const movedAddress = (url: string): string | undefined => {
  const { pathname, search, searchParams } = new URL(url, 'http://console.invalid')
  return pathname === pageAddresses.overview && searchParams.has('q')
    ? pageAddresses.activity + search
    : undefined
}

const sendPage = async (reply: FastifyReply): Promise<FastifyReply> => {
  const { html } = await pageFiles()
  return reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8').send(html)
}

export async function sendNotFoundPage(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { is404, method, url, headers } = request
  if (!is404 || method !== 'GET' || /^\/(api|assets)\b/.test(url)) return
  if (headers.accept?.includes('text/html')) await sendPage(reply.code(404))
}
