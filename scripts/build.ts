import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { digestSources, recordBuild } from '../bin/sources.js'
import { bundlePage } from '../src/console/bundle-page.ts'
import { bundleServer } from './bundle-server.ts'

/**
 * Builds `dist`: the bundled server with its types, the compiled compliance suite, and the bundled page of the console, so that a
 * package needs neither compiler nor bundler.
 *
 *   npm run build
 */
const root = join(import.meta.dirname, '..')
const digest = digestSources(root)
rmSync('dist', { recursive: true, force: true })
compile('tsconfig.build.json')
compile('scim-compliance')
await bundleServer(join(root, 'src'), join(root, 'dist'))
await bundle('dist/ui')
recordBuild(root, digest)

function compile(project: string): void {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [compiler, '-p', project], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

async function bundle(folder: string): Promise<void> {
  mkdirSync(join(folder, 'parts'), { recursive: true })
  for (const page of ['main', 'session-viewer'] as const) {
    const [script, style, parts = new Map()] = await bundlePage(page)
    writeFileSync(join(folder, `${page}.js`), script)
    writeFileSync(join(folder, `${page}.css`), style)
    for (const [name, content] of parts) writeFileSync(join(folder, 'parts', name), content)
  }
  copyFileSync('src/ui/icon.svg', join(folder, 'icon.svg'))
}
