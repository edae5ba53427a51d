import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { expect, expectPage, onFreePorts, type StartedServer, startServer } from './smoke/server.ts'

/**
 * Uses an executable as a new user does: two first starts at once, a server whose data survives a restart, the commands that need files or
 * threads, and cache folders that it must refuse. On Linux the account root also uses it in a root that has only the libraries of Node.js.
 *
 *   npm run executable:try -- FILE
 */
const [file = process.platform === 'win32' ? 'scimulator.exe' : 'scimulator'] = process.argv.slice(2)
const executable = resolve(file)
const folder = mkdtempSync(join(tmpdir(), 'scimulator-try-'))
const cache = join(folder, 'cache')
const env = { ...process.env, SCIMULATOR_CACHE: cache }
const springfield = join(import.meta.dirname, '..', 'samples', 'springfield.json')
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))

async function runAtOnce(): Promise<string> {
  const starts = [1, 2].map(() => spawn(executable, ['--version'], { env, stdio: 'ignore' }))
  return (await Promise.all(starts.map(start => once(start, 'exit')))).map(([code]) => code).join()
}

type Program = {
  readonly command: string
  /** Before those of the program. */
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Where the program sees a folder that it can write, and the sample directory. */
  readonly folder: string
  readonly sample: string
}

/** A server whose data survives a restart, and the commands that need files or threads. */
async function use({ command, args, env, folder, sample }: Program): Promise<void> {
  const run = (...words: readonly string[]) => {
    const { status, stdout } = spawnSync(command, [...args, ...words], {
      env: { ...env, SCIM_TOKEN: 'token-of-this-try' },
      encoding: 'utf8',
    })
    return `${status} ${stdout}`
  }
  expect('version', run('--version'), new RegExp(`^0 ${version}$`, 'm'))
  const data = ['--data', join(folder, 'scimulator.db'), '--tenant', 'acme', '--token', 'token-of-this-try']
  const start = () => startServer(command, [...args, ...onFreePorts, ...data], { env })
  let server: StartedServer | undefined
  try {
    server = await start()
    expect('sample', run('sample', '--console', server.console), / 0 failed/)
    await expectPage(server.console)
    expect('exit code', String(await server.stop()), /^0$/)
    server = await start()
    expect('after a restart', run('users', 'list', '--console', server.console), /lisa\.simpson/)
    expect('check', run('check', server.endpoint, '--only', 'rfc/create'), /^[01] .*^Grade: /ms)
    expect('preflight', run('preflight', sample), /accepted/)
  } finally {
    await server?.stop()
  }
}

/** A root with nothing but the executable and the libraries that Node.js needs. */
function emptyRoot(): Program {
  const root = join(folder, 'root')
  const libraries = execFileSync('ldd', [executable], { encoding: 'utf8' }).match(/\/\S+/g) ?? []
  for (const [from, to] of [
    ...libraries.map(library => [library, library] as const),
    [executable, 'scimulator'] as const,
    [springfield, 'springfield.json'] as const,
  ]) {
    mkdirSync(dirname(join(root, to)), { recursive: true })
    copyFileSync(from, join(root, to))
  }
  console.log(`Root with ${libraries.map(library => basename(library)).join(', ')}:`)
  return {
    command: 'chroot',
    args: [root, '/scimulator'],
    env: { PATH: process.env.PATH },
    folder: '/',
    sample: '/springfield.json',
  }
}

try {
  expect('two first starts at once', await runAtOnce(), /^0,0$/)
  expect('one folder', readdirSync(cache).join('\n'), /^[\da-f]{64}$/)
  await use({ command: executable, args: [], env, folder, sample: springfield })
  if (process.platform === 'linux' && process.getuid?.() === 0) await use(emptyRoot())
  else console.log('In an empty root: skipped, which needs Linux and the account root.')

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
  rmSync(folder, { recursive: true, force: true })
}
