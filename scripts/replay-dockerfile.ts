import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { replayDockerfile } from './image/replay.ts'
import { expect, expectPage, onFreePorts, type StartedServer, startServer } from './smoke/server.ts'

/**
 * Replays the COPY and RUN lines of the Dockerfile in an empty folder, starts the server from the result, and checks what
 * an image must contain: the page, the documentation, the samples and scenarios, the compliance suite.
 *
 *   npm run image:replay [-- --copy-packages]
 *
 * With `--copy-packages`, the packages are those that `npm ci` has installed here.
 */
const target = mkdtempSync(join(tmpdir(), 'scimulator-image-'))
const token = 'token-of-the-replayed-image'
let server: StartedServer | undefined
try {
  const { workdir, environment, entrypoint } = replayDockerfile({
    context: process.cwd(),
    target,
    copiesPackages: process.argv.includes('--copy-packages'),
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
      SCIMULATOR_CONSOLE_HOST: '127.0.0.1',
      SCIMULATOR_CONSOLE_TOKEN: token,
      SCIMULATOR_ENTRA_TOKEN: token,
      SCIM_TOKEN: token,
    },
  }
  const flags = [...onFreePorts, '--tenant', 'acme', '--token', token]
  server = await startServer(process.execPath, [...program, ...flags], options)
  const scimulator = async (...args: readonly string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [...program, ...args], options)
    return stdout
  }

  expect('health check', await scimulator('ready', '--console', server.console), /ready/)
  await expectPage(server.console)
  expect('documentation', await (await fetch(`${server.console}/docs/`)).text(), /<title>Documentation/)
  expect('scenarios', await scimulator('entra', 'run', 'account-deleted', '--url', server.endpoint), /./)
  const graded = await scimulator('check', server.endpoint, '--only', 'rfc/discovery', '--quiet')
  expect('compliance suite', graded, /./)
  console.log('The Dockerfile copies everything that the server needs.')
} finally {
  await server?.stop()
  rmSync(target, { recursive: true, force: true })
}
