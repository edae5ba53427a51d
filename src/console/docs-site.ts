import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'

/** The documentation of this version. */
export type Docs = {
  /** The address of a page, with `{page}` for its name, such as `findings/client/duplicate`. */
  readonly pages: string
  /** The folder of the built site, if this server has it. */
  readonly folder?: string
}

/** A checkout and the image have it; the package does not carry the site. */
const builtSite = fileURLToPath(new URL('../../site', import.meta.url))

/** The site that is built beside the server; otherwise the pages in the repository, if its address is known. */
export function findDocs(
  version: string,
  repository: string | undefined,
  folder = builtSite,
): Docs | undefined {
  if (existsSync(join(folder, 'index.html'))) return { pages: '/docs/{page}.html', folder }
  return repository === undefined ? undefined : { pages: `${repository}/blob/v${version}/docs/{page}.md` }
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
}

/**
 * The site has public text only, so it needs no token. Its pages set styles of elements, and begin with two scripts, which select the
 * theme and the name of a key before anything is shown.
 */
const policyOf = (html: string): string =>
  [
    "default-src 'none'",
    "base-uri 'none'",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
    `script-src 'self' ${inlineScripts(html).map(hashSource).join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
  ].join('; ')

const inlineScripts = (html: string): readonly string[] =>
  html
    .split('<script')
    .slice(1)
    .filter(script => !script.startsWith(' type="module"'))
    .map(script => script.slice(script.indexOf('>') + 1, script.indexOf('</script>')))

const hashSource = (script: string): string =>
  `'sha256-${createHash('sha256').update(script).digest('base64')}'`

type Site = {
  /** The files that the build wrote, and folders. Nothing else has an address. */
  readonly files: ReadonlySet<string>
  readonly policy: string
}

const readSite = (folder: string): Site => ({
  files: new Set(
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(path => path.split(sep).join('/')),
  ),
  policy: policyOf(readFileSync(join(folder, 'index.html'), 'utf8')),
})

export const docsSiteRoutes = async (
  app: FastifyInstance,
  { docs }: { readonly docs?: Docs },
): Promise<void> => {
  const folder = docs?.folder
  if (folder === undefined) return
  // Read by the first request: the start would take longer.
  let site: Site | undefined

  app.get('/docs', async (_request, reply) => reply.redirect('/docs/'))
  app.get<{ Params: { '*': string } }>('/docs/*', async ({ params }, reply) => {
    site ??= readSite(folder)
    const { files, policy } = site
    const path = params['*'] === '' ? 'index.html' : params['*']
    const mediaType = mediaTypes[extname(path)]
    if (!files.has(path) || mediaType === undefined) {
      reply.code(404).header('content-security-policy', policy).type('text/html; charset=utf-8')
      return reply.send(await readFile(join(folder, '404.html')))
    }
    // The names of assets change with their content.
    const caching = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
    reply.header('content-security-policy', policy).header('cache-control', caching).type(mediaType)
    return reply.send(await readFile(join(folder, path)))
  })
}
