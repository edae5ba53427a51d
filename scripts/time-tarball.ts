import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { launchChromium } from '../test/support/chromium.ts'
import { expect, onFreePorts, startServer } from './smoke/server.ts'

/**
 * Measures what a new user waits for: from `npx` of the package in an empty folder to the sample on the page, in a browser that is
 * already open. Once with an empty cache of npm, which loads SQLite's addon from the registry, and once with that cache. Each
 * command runs with nothing but Node.js, npm and a shell in its PATH, and without a cache of compiled code. Needs Chromium.
 *
 *   npm run tarball:time [-- FILE]
 */
const { positionals } = parseArgs({ allowPositionals: true })
const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'scimulator-time-'))
const limit = 10

function pack(): string {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root, stdio: 'inherit' })
  return join(folder, readdirSync(folder).find(name => name.endsWith('.tgz')) ?? '')
}

const browser = await launchChromium()
try {
  const tarball = positionals[0] === undefined ? pack() : resolve(positionals[0])
  const table: Record<string, Record<string, number>> = {}
  for (const state of ['empty', 'filled'])
    table[`cache of npm ${state}`] = await measure(tarball, join(folder, 'cache'))
  console.table(table)
  for (const { 'sample on the page': seconds = 0 } of Object.values(table))
    if (seconds > limit) throw new Error(`More than ${limit} seconds.`)
} finally {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Returns seconds since the first command. */
async function measure(tarball: string, cache: string): Promise<Record<string, number>> {
  const cwd = mkdtempSync(join(folder, 'empty-'))
  const npm = dirname(execFileSync('which', ['npx'], { encoding: 'utf8' }))
  const env = {
    ...process.env,
    npm_config_cache: cache,
    PATH: [dirname(process.execPath), npm, '/bin'].join(':'),
  }
  const program = ['--yes', `--package=${tarball}`, 'scimulator']
  const page = await browser.newPage()
  const start = performance.now()
  const seconds = () => Math.round((performance.now() - start) / 10) / 100
  const server = await startServer('npx', [...program, ...onFreePorts], { cwd, env, detached: true })
  try {
    const ready = seconds()
    const sample = [...program, 'sample', '--console', server.console]
    expect('sample', execFileSync('npx', sample, { cwd, env, encoding: 'utf8' }), / 0 failed/)
    const provisioned = seconds()
    await page.goto(server.console)
    await page.getByText('10 created, nothing failed').first().waitFor()
    return { 'server ready': ready, 'sample provisioned': provisioned, 'sample on the page': seconds() }
  } finally {
    await server.stop()
    await page.close()
  }
}
