import { writeFileSync } from 'node:fs'
import type { Suite } from '../../../scim-compliance/check.ts'
import { createRandom } from '../../../test/compliance/faults/breaks.ts'
import { designs } from '../../../test/compliance/stubs/designs.ts'
import {
  type CountedFailure,
  deviations,
  failuresFile,
  gradeServer,
  isListedAs,
  readListed,
} from '../../../test/compliance/stubs/grade-servers.ts'
import { startStub } from '../../../test/compliance/stubs/stub-server.ts'
import { scimmyServer } from '../../../test/support/scimmy.ts'

type Options = {
  /** Names of servers; all without any. */
  readonly only: readonly string[]
  /** `NAME=URL` of a server that runs, and its token. */
  readonly server: string | undefined
  readonly token: string | undefined
  /** How many failures to print with their requests and responses, drawn by the seed. */
  readonly sample: number
  readonly seed: number
  readonly write: boolean
  readonly print: (line: string) => void
}

type Started = { readonly url: string; readonly token: string }
type Server = {
  readonly name: string
  readonly start: (t: { readonly teardown: (close: () => unknown) => void }) => Promise<Started>
}

const suites: readonly Suite[] = ['rfc', 'entra', 'okta']

/** Runs the suites on servers of other designs; each failure that counts has to be listed. */
export async function proveServers(options: Options): Promise<boolean> {
  const { only, sample, seed, write, print } = options
  const drawn: (readonly [server: string, failure: CountedFailure])[] = []
  const added: Record<string, readonly CountedFailure[]> = {}
  let isProven = true
  const servers = serversOf(options)
  const unknown = only.filter(name => !servers.some(one => one.name === name))
  if (unknown.length > 0) throw new Error(`There is no server ${unknown.join(', ')}.`)
  for (const { name, start } of servers.filter(one => only.length === 0 || only.includes(one.name))) {
    const closing: (() => unknown)[] = []
    try {
      const graded = await gradeServer(await start({ teardown: close => closing.push(close) }), suites)
      const found = deviations(name, graded)
      const { counted, following, passed, ended } = graded
      print(ended ?? `${name}: ${passed} passed, ${counted.length} count, ${following} follow from these`)
      for (const deviation of found) print(`  ${deviation}`)
      isProven &&= found.length === 0
      drawn.push(...counted.map(one => [name, one] as const))
      added[name] = counted
    } finally {
      for (const close of closing) await close()
    }
  }
  if (write) writeListed(added)
  const random = createRandom(seed)
  const shuffled = drawn.map(one => ({ one, at: random() })).toSorted((a, b) => a.at - b.at)
  for (const { one } of shuffled.slice(0, sample)) printWithExchanges(one, print)
  return isProven
}

function serversOf({ server, token = '' }: Options): readonly Server[] {
  const [, name, url] = /^([^=]+)=(.+)$/.exec(server ?? '') ?? []
  if (server !== undefined && !url) throw new Error('Write --server as NAME=URL.')
  if (name && url) return [{ name, start: async () => ({ url, token }) }]
  const stubs = [{ id: 'sound', description: 'Nothing deviates.' }, ...designs]
  return [
    ...stubs.map(design => ({
      name: design.id,
      start: (t: Parameters<Server['start']>[0]) => startStub(t, design),
    })),
    { name: 'SCIMMY', start: scimmyServer },
  ]
}

/** Keeps what was verified, and adds what is new with an empty verification. */
function writeListed(found: Readonly<Record<string, readonly CountedFailure[]>>): void {
  const listed = readListed()
  const common = (found.sound ?? listed.sound ?? []).map(({ check }) => check)
  const isStub = (name: string) => name !== 'sound' && designs.some(({ id }) => id === name)
  const written = Object.entries(found).map(([name, failures]) => [
    name,
    failures
      .filter(({ check }) => !isStub(name) || !common.includes(check))
      .map(({ check, exchange }) => ({
        check,
        exchange,
        verified: '',
        ...listed[name]?.find(one => one.check === check && isListedAs(one, exchange)),
      })),
  ])
  writeFileSync(failuresFile, `${JSON.stringify({ ...listed, ...Object.fromEntries(written) }, null, 2)}\n`)
}

function printWithExchanges(
  [server, { level, check, expected, got, remedy, exchanges }]: readonly [string, CountedFailure],
  print: Options['print'],
): void {
  print(`\n${server}: ${level} ${check}\n  expected ${expected}\n  got ${got}\n  remedy: ${remedy}`)
  for (const { method, url, request, response } of exchanges.slice(-4)) {
    print(`  ${method} ${decodeURIComponent(url)} ${request?.body ?? ''}`)
    print(`    → ${response?.status} ${response?.body.slice(0, 600) ?? ''}`)
  }
}
