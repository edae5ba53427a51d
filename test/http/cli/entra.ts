import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { parseDirectory } from '../../../src/provisioning/kit/directory/read-directory.ts'
import type { SourceDirectory } from '../../../src/provisioning/kit/directory/source-directory.ts'
import { toScimulatorFormat } from '../../../src/provisioning/kit/directory/write-directory.ts'
import { type Ended, run, start } from './run.ts'
import { type Fixture, serverFor } from './server.ts'

export const token = 'token-of-acme'

type EntraFixture = Fixture & {
  /** Runs `scimulator entra` with a valid token in the environment. */
  readonly entra: (...args: readonly string[]) => Promise<Ended>
  readonly startEntra: (...args: readonly string[]) => ReturnType<typeof start>
  /** The options that select the job. */
  readonly job: readonly string[]
  readonly write: (directory: SourceDirectory) => void
  /** Truncates the directory, as a write in progress does. */
  readonly truncateDirectory: () => void
  /** All that the job has written to files. */
  readonly written: () => string
  /** The users of the server, from the console. */
  readonly users: () => Promise<readonly { readonly name: string; readonly status: string }[]>
}

export const springfield = (): SourceDirectory =>
  parseDirectory(JSON.parse(readFileSync('samples/springfield.json', 'utf8')), 'springfield').directory

/** A server with profile `aws`, and a job file next to a directory. */
export async function entraFor(
  t: Test,
  directory: SourceDirectory,
  settings: object = {},
  target?: string,
): Promise<EntraFixture> {
  const fixture = await serverFor(t, { profile: 'aws', token })
  const folder = t.testdir()
  const write = (next: SourceDirectory) =>
    writeFileSync(join(folder, 'directory.json'), JSON.stringify(toScimulatorFormat(next)))
  write(directory)
  const job = {
    url: target ?? fixture.url,
    directory: 'directory.json',
    state: 'kept/state.json',
    ...settings,
  }
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job))
  const environment = { SCIMULATOR_ENTRA_TOKEN: token }
  return {
    ...fixture,
    entra: (...args) => run(['entra', ...args], environment),
    startEntra: (...args) => start(['entra', ...args], environment),
    job: ['--job', join(folder, 'job.json')],
    write,
    truncateDirectory: () => writeFileSync(join(folder, 'directory.json'), '{ "users": ['),
    written: () =>
      readdirSync(join(folder, 'kept'))
        .map(name => readFileSync(join(folder, 'kept', name), 'utf8'))
        .join(''),
    async users() {
      const response = await fetch(`${fixture.console}/api/v1/tenants/acme/users?limit=200`)
      const { items } = (await response.json()) as { items: { label: string; status: string }[] }
      return items.map(({ label, status }) => ({ name: label, status }))
    },
  }
}
