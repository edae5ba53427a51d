import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { replayDockerfile } from './image/replay.ts'

/**
 * Replays the Dockerfile's COPY and RUN lines in an empty folder, starts the server from what they leave there, and uses
 * what an image has to contain: the page, the samples and scenarios, the compliance suite.
 *
 *   npm run image:replay
 */
const target = mkdtempSync(join(tmpdir(), 'scimulator-image-'))
const token = 'token-of-the-replayed-image'
let server: ChildProcess | undefined
try {
  const { workdir, environment, entrypoint } = replayDockerfile({
    context: process.cwd(),
    target,
    log: line => console.log(`Dockerfile:${line}`),
  })
  const [, ...program] = entrypoint
  const options = {
    cwd: workdir,
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
      ...environment,
      SCIMULATOR_DATA: join(target, 'scimulator.db'),
      SCIMULATOR_CONSOLE_TOKEN: token,
      SCIMULATOR_ENTRA_TOKEN: token,
      SCIM_TOKEN: token,
    },
  }
  const settings = [
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--console-host',
    '127.0.0.1',
    '--console-port',
    '0',
  ]
  const flags = [...settings, '--tenant', 'acme', '--token', token, '--log-format', 'json']
  server = spawn(process.execPath, [...program, ...flags], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { endpoint, console: page } = await readyLine(server)
  const scimulator = async (...args: readonly string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [...program, ...args], options)
    return stdout
  }

  expect('health check', await scimulator('ready', '--console', page), /ready/)
  const html = await (await fetch(page)).text()
  const [, script = ''] = expect('page', html, /<script[^>]* src="([^"]+)"/)
  expect('bundled script', await (await fetch(new URL(script, page))).text(), /Scimulator|scimulator/)
  expect('scenarios', await scimulator('entra', 'run', 'account-deleted', '--url', endpoint), /./)
  expect('compliance suite', await scimulator('check', endpoint, '--only', 'rfc/discovery', '--quiet'), /./)
  console.log('The Dockerfile copies everything that the server needs.')
} finally {
  if (server && server.exitCode === null) {
    server.kill()
    await once(server, 'exit')
  }
  rmSync(target, { recursive: true, force: true })
}

async function readyLine(server: ChildProcess): Promise<{ endpoint: string; console: string }> {
  if (server.stdout === null) throw new Error('The server has no standard output.')
  for await (const line of createInterface(server.stdout)) {
    const entry = JSON.parse(line)
    if (entry.msg === 'ready') return entry
  }
  throw new Error('The server ended before it was ready.')
}

function expect(what: string, found: string, expected: RegExp): RegExpExecArray {
  const match = expected.exec(found)
  if (!match) throw new Error(`${what}: expected ${expected}, found ${found.slice(0, 200)}`)
  console.log(`${what}: ok`)
  return match
}
