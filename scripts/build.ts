import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { digestSources, recordBuild } from '../bin/sources.js'
import { bundlePage } from '../src/console/bundle-page.ts'
import { bundleServer, bundleSuite } from './bundle-server.ts'
import { licensesOf } from './licenses.ts'

/**
 * Builds `dist`: the server, the compliance suite and the pages of the console, each bundled with its dependencies, and the licenses of
 * these. A package needs neither compiler nor bundler.
 *
 *   npm run build
 */
const root = join(import.meta.dirname, '..')
const digest = digestSources(root)
rmSync('dist', { recursive: true, force: true })
const bundled = await bundleServer(join(root, 'src'), join(root, 'dist'))
await bundleSuite(join(root, 'scim-compliance'), join(root, 'dist/scim-compliance'))
const pages = await bundlePages('dist/ui')
const swagger = compressSwagger('dist/ui/swagger')
writeFileSync('dist/licenses.txt', licensesOf([...bundled, ...pages, ...swagger]))
recordBuild(root, digest)

/** Returns the files that are in the pages. */
async function bundlePages(folder: string): Promise<readonly string[]> {
  mkdirSync(join(folder, 'parts'), { recursive: true })
  const bundled: string[] = []
  for (const page of ['main', 'session-viewer'] as const) {
    const [script, style, parts = new Map(), sources = []] = await bundlePage(page)
    writeFileSync(join(folder, `${page}.js`), script)
    writeFileSync(join(folder, `${page}.css`), style)
    for (const [name, content] of parts) writeFileSync(join(folder, 'parts', name), content)
    bundled.push(...sources)
  }
  copyFileSync('src/ui/icon.svg', join(folder, 'icon.svg'))
  return bundled
}

/** Brotli takes 90 KB less of a package than its own compression does. */
function compressSwagger(folder: string): readonly string[] {
  mkdirSync(folder)
  return ['swagger-ui-bundle.js', 'swagger-ui.css'].map(name => {
    const source = fileURLToPath(new URL(`static/${name}`, import.meta.resolve('@fastify/swagger-ui')))
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(readFileSync(source)))
    return source
  })
}
