import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, expectPage, onFreePorts, type StartedServer, startServer } from './smoke/server.ts'

/**
 * Uses an executable as a new user does: two first starts at once, a server whose data survives a restart, the commands that need files or
 * threads, and cache folders that it must refuse.
 *
 *   npm run executable:try -- FILE
 */
const [file = process.platform === 'win32' ? 'scimulator.exe' : 'scimulator'] = process.argv.slice(2)
const executable = resolve(file)
const folder = mkdtempSync(join(tmpdir(), 'scimulator-try-'))
const cache = join(folder, 'cache')
const env = { ...process.env, SCIMULATOR_CACHE: cache }
const run = (...args: readonly string[]) => execFileSync(executable, args, { env, encoding: 'utf8' })
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))

async function runAtOnce(): Promise<string> {
  const starts = [1, 2].map(() => spawn(executable, ['--version'], { env, stdio: 'ignore' }))
  return (await Promise.all(starts.map(start => once(start, 'exit')))).map(([code]) => code).join()
}

let server: StartedServer | undefined
try {
  expect('two first starts at once', await runAtOnce(), /^0,0$/)
  expect('version', run('--version'), new RegExp(`^${version}$`, 'm'))
  expect('one folder', readdirSync(cache).join('\n'), /^[\da-f]{64}$/)
  const flags = ['--data', join(folder, 'scimulator.db'), '--tenant', 'acme', '--token', 'token-of-this-try']
  const start = () => startServer(executable, [...onFreePorts, ...flags], { cwd: folder, env })
  server = await start()
  expect('sample', run('sample', '--console', server.console), / 0 failed/)
  await expectPage(server.console)
  expect('exit code', String(await server.stop()), /^0$/)
  server = await start()
  expect('after a restart', run('users', 'list', '--console', server.console), /lisa\.simpson/)
  const { status, stdout } = spawnSync(executable, ['check', server.endpoint, '--only', 'rfc/create'], {
    env: { ...env, SCIM_TOKEN: 'token-of-this-try' },
    encoding: 'utf8',
  })
  expect('check', `${status} ${stdout}`, /^[01] .*^Grade: /ms)
  const sample = join(import.meta.dirname, '..', 'samples', 'springfield.json')
  expect(
    'preflight',
    spawnSync(executable, ['preflight', sample], { env, encoding: 'utf8' }).stdout,
    /accepted/,
  )

  const refusal = (place: string) =>
    spawnSync(executable, ['--version'], { env: { ...env, SCIMULATOR_CACHE: place }, encoding: 'utf8' })
      .stderr
  expect(
    'no folder',
    refusal(join(executable, 'cache')),
    /^scimulator cannot write its files to .* Set SCIMULATOR_CACHE /,
  )
  if (process.platform !== 'win32') {
    expect(
      'private folder',
      (statSync(join(cache, readdirSync(cache)[0] ?? '')).mode & 0o777).toString(8),
      /^700$/,
    )
    const shared = join(folder, 'shared')
    mkdirSync(shared)
    execFileSync('chmod', ['777', shared])
    expect(
      'shared folder',
      refusal(shared),
      /^scimulator .*shared belongs to another user, or others may write to it/,
    )
  }
} finally {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
}
