import { readFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { checks } from '../../scim-compliance/checks/catalog.ts'
import { runChecks } from '../../scim-compliance/run/run-checks.ts'
import type { Cycle, Interoperability } from '../../src/domain/contract/cycles.ts'
import { createServer } from '../../src/index.ts'
import { profileNames } from '../../src/profiles/names.ts'
import { runOptions } from '../../test/compliance/small-server.ts'
import { buildTestConsole, type TestConsole } from '../../test/http/console/console-app.ts'
import { type PlayedClient, playedClients } from '../../test/support/played-clients.ts'
import { scimmyServer } from '../../test/support/scimmy.ts'
import {
  type ClientRule,
  type Measured,
  type MeasuredClient,
  type MeasuredServer,
  measuredFile,
  readMeasured,
} from './measured.ts'

type Teardown = { readonly teardown: (close: () => unknown) => void }

type Options = {
  /** `NAME=URL` of another server that runs, and its token. */
  readonly server: string | undefined
  readonly token: string | undefined
  readonly write: boolean
  readonly print: (line: string) => void
}

/**
 * Runs the suites of the drafts on the profiles, SCIMMY and a named server, plays the clients against `interop`, and compares all
 * with the file that docs/interoperability.md is generated from. A server that is not named keeps its results.
 */
export async function proveInteroperability({ server, token = '', write, print }: Options): Promise<boolean> {
  const stored = readMeasured()
  const closing: (() => unknown)[] = []
  const t = { teardown: (close: () => unknown) => void closing.push(close) }
  try {
    const found = [...(await measureProfiles()), await measureScimmy(t)]
    const [, name, url] = /^([^=]+)=(.+)$/.exec(server ?? '') ?? []
    if (server !== undefined && !url) throw new Error('Write --server as NAME=URL.')
    if (name && url) found.push(await measureServer(name, { url, token }))
    const others = stored.servers.filter(one => !found.some(({ name }) => name === one.name))
    const measured = { servers: [...found, ...others], ...(await measureClients(t)) }
    const { date, ...known } = stored
    if (write) {
      const today = new Date().toISOString().slice(0, 10)
      writeFileSync(measuredFile, `${JSON.stringify({ date: today, ...measured }, undefined, 2)}\n`)
    }
    for (const { name, failed } of measured.servers) print(`${name}: ${failed.length} checks fail`)
    for (const { name, breaks } of measured.clients) print(`${name} breaks ${breaks.join(' ') || 'nothing'}`)
    return write || isDeepStrictEqual(measured, known)
  } finally {
    for (const close of closing.toReversed()) await close()
  }
}

async function measureServer(
  name: string,
  { url, token }: { readonly url: string; readonly token: string },
): Promise<MeasuredServer> {
  const as = ['interop', 'ipsie'] as const
  const { result } = await runChecks(
    runOptions(url, checks, { token, as, concurrency: 4, timeoutSeconds: 60 }),
  )
  const idsOf = (...verdicts: readonly string[]) =>
    result.outcomes.filter(({ verdict }) => verdicts.includes(verdict)).map(({ check }) => check.id)
  return {
    name,
    passed: idsOf('passed'),
    failed: idsOf('failed', 'broken'),
    skipped: idsOf('skipped'),
  }
}

async function measureProfiles(): Promise<readonly MeasuredServer[]> {
  const measured: MeasuredServer[] = []
  for (const profile of profileNames) {
    await using server = await createServer({ profile })
    measured.push(await measureServer(`Scimulator, \`${profile}\``, server))
  }
  return measured
}

async function measureScimmy(t: Teardown): Promise<MeasuredServer> {
  const { version } = JSON.parse(readFileSync('node_modules/scimmy/package.json', 'utf8'))
  return measureServer(`SCIMMY ${version}`, await scimmyServer(t))
}

async function measureClients(t: Teardown): Promise<Pick<Measured, 'clientRules' | 'clients'>> {
  const test = await buildTestConsole(t, 'interop')
  const origin = await test.app.listen({ port: 0, host: '127.0.0.1' })
  const clients: MeasuredClient[] = []
  const clientRules = new Map<string, ClientRule>()
  for (const name of Object.keys(playedClients) as PlayedClient[]) {
    const play = async (profile: 'entra' | 'interop') => {
      const { tenant, token } = await test.another(profile)
      await playedClients[name]({ url: `${origin}/${tenant.id}/scim/v2`, token })
      return tenant.id
    }
    // A server that accepts all sees all that the client sends.
    const verdicts = await verdictsOn(test, await play('entra'))
    for (const { id, section, rule } of verdicts.flatMap(({ rules }) => rules)) {
      clientRules.set(id, { id, section, rule })
    }
    clients.push({ name, ...summarize(verdicts), refused: await refusedOf(test, await play('interop')) })
  }
  return { clientRules: [...clientRules.values()], clients }
}

async function verdictsOn({ callApi }: TestConsole, tenant: string): Promise<readonly Interoperability[]> {
  const { items } = (await callApi('GET', `/api/v1/cycles?tenant=${tenant}`)).body as {
    items: readonly Cycle[]
  }
  const verdicts: Interoperability[] = []
  for (const { id } of items) {
    verdicts.push((await callApi('GET', `/api/v1/cycles/${id}/interoperability`)).body)
  }
  return verdicts
}

/** A rule is broken if one of the cycles breaks it. */
function summarize(verdicts: readonly Interoperability[]) {
  const ids = verdicts[0]?.rules.map(({ id }) => id) ?? []
  const resultsOf = (id: string) => verdicts.map(({ rules }) => rules.find(rule => rule.id === id)?.result)
  return {
    requests: verdicts.reduce((sum, { requests }) => sum + requests, 0),
    breaks: ids.filter(id => resultsOf(id).includes('breaks')),
    notSeen: ids.filter(id => resultsOf(id).every(result => result === 'not-seen')),
  }
}

async function refusedOf({ deps }: TestConsole, tenant: string): Promise<MeasuredClient['refused']> {
  const { items } = await deps.journal.page({ limit: 1000 })
  const times = new Map<string, number>()
  for (const { id, tenant: at, status, method, action, rule } of items) {
    if (at !== tenant || status !== 400) continue
    const { scimType, detail } = JSON.parse((await deps.journal.find(id))?.response.body ?? '{}')
    const key = JSON.stringify({
      request: `${method}: ${action}`,
      because: rule ?? scimType,
      detail: withoutIds(detail),
    })
    times.set(key, (times.get(key) ?? 0) + 1)
  }
  return [...times].map(([key, count]) => ({ ...JSON.parse(key), times: count })).toReversed()
}

/** IDs differ in each run. */
const withoutIds = (text: string): string =>
  text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '…')
