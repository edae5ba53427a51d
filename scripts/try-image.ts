import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { findEngine, runners } from './image/engine.ts'
import { expect } from './smoke/server.ts'

/**
 * Runs the image `scimulator` twice on one volume, with a console port of its own, and checks its user, its health check,
 * the token file, and that the second container has the data of the first. Arguments go to the engine's `run`.
 *
 *   npm run image && npm run image:try
 */
const image = 'scimulator:latest'
const name = `scimulator-try-${randomUUID().slice(0, 8)}`
const engine = findEngine(runners, process.env.PATH)
const engineRun = (...args: readonly string[]) => execFileSync(engine, args, { encoding: 'utf8' })
const inContainer = (...args: readonly string[]) => engineRun('exec', name, ...args)
const scimulator = (...args: readonly string[]) => inContainer('node', 'dist/cli/scimulator.js', ...args)

function start(): void {
  const settings = {
    SCIMULATOR_CONSOLE_PORT: '9081',
    SCIMULATOR_CONSOLE_TOKEN: 'console-token-of-this-trial',
    SCIMULATOR_TOKEN_FILE: '/data/token',
  }
  const environment = Object.entries(settings).flatMap(([key, value]) => ['--env', `${key}=${value}`])
  const options = ['--name', name, '--volume', `${name}:/data`, '--cap-drop', 'ALL', ...environment]
  engineRun('run', '--detach', ...options, ...process.argv.slice(2), image)
  expect('ready', scimulator('ready', '--wait', '30s'), /ready/)
  expect('health check', inContainer(...healthCheck()), /ready/)
}

/** The health check command of the image. Docker and Podman store it in different places. */
function healthCheck(): readonly string[] {
  const [{ Healthcheck, Config }] = JSON.parse(engineRun('image', 'inspect', image))
  const [kind, ...command] = (Healthcheck ?? Config.Healthcheck).Test
  if (kind !== 'CMD') throw new Error(`The health check is not a command: ${kind}`)
  return command
}

function stop(): void {
  engineRun('stop', name)
  expect('exit code', engineRun('inspect', '--format', '{{.State.ExitCode}}', name), /^0$/m)
  engineRun('rm', name)
}

try {
  start()
  expect('unprivileged user', inContainer('id', '-un'), /^node$/m)
  expect('token file', inContainer('stat', '-c', '%a %U', '/data/token'), /^600 node$/m)
  expect('sample', scimulator('sample'), / 0 failed/)
  const users = scimulator('users', '--json')
  expect('users', users, /"type": "User"/)
  stop()
  start()
  if (scimulator('users', '--json') !== users) throw new Error('The second container has different users.')
  console.log('data after a restart: ok')
  stop()
} finally {
  engineRun('rm', '--force', '--volumes', name)
  engineRun('volume', 'rm', '--force', name)
}
