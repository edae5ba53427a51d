import { checks } from '../../../scim-compliance/checks/catalog.ts'
import { entraVerdict } from '../../../scim-compliance/checks/entra/verdict.ts'
import { runChecks } from '../../../scim-compliance/run/run-checks.ts'
import { isObject, type Json, type JsonObject } from '../../../scim-compliance/scim.ts'
import { runOptions } from '../../../test/compliance/small-server.ts'
import { designs } from '../../../test/compliance/stubs/designs.ts'
import { startStub } from '../../../test/compliance/stubs/stub-server.ts'
import { scimmyServer } from '../../../test/support/scimmy.ts'
import { conditional } from './conditional-sentences.ts'
import { type Played, type PlayedServer, playJob } from './played-job.ts'
import { jobRows, requestRows, topics } from './sentences.ts'
import type { World } from './world.ts'

type Closing = { readonly teardown: (close: () => unknown) => void }

const names = ['SCIMMY', 'creates-200', 'patches-active-and-members', 'hides-members', 'stores-required-only']
const least = 40
const flagged = 'your job has aadOptscim062020 in its Tenant URL'
/** What Microsoft’s tests say isn’t about a job. */
const unplayed = 'Microsoft tests the server for its app gallery'

/** Compares each sentence of the verdict for Entra ID with what jobs and requests do to servers of other designs. */
export async function provePredictions(print: (line: string) => void): Promise<boolean> {
  const correct = {
    default: await playOn('sound', 'default'),
    flag: await playOn('sound', 'aadOptscim062020'),
  }
  let [played, wrong] = [0, 0]
  const tell = (text: string, isTrue: boolean | undefined) => {
    played++
    if (!isTrue) wrong++
    print(`  ${isTrue === undefined ? 'UNKNOWN' : isTrue ? 'ok     ' : 'WRONG  '} ${text}`)
  }
  for (const name of names) {
    const verdict = await withServer(name, async ({ url, token }) => {
      const options = {
        token,
        as: ['entra'],
        skip: ['entra/load'],
        concurrency: 4,
        timeoutSeconds: 60,
      } as const
      return entraVerdict((await runChecks(runOptions(url, checks, options))).result)
    })
    print(`\n${name}: ${verdict?.summary}`)
    const jobs = { default: await playOn(name, 'default'), flag: await playOn(name, 'aadOptscim062020') }
    await withServer(name, async server => {
      const send = sendTo(server)
      const worldOf = (dialect: keyof typeof jobs): World => ({
        server,
        send,
        job: jobs[dialect],
        correct: correct[dialect],
      })
      for (const [clause, isTrue] of await headline(verdict?.summary ?? '', worldOf)) tell(clause, isTrue)
      for (const line of verdict?.because ?? []) {
        const [, when = '', says = line] = /^If (.+?): (.+)$/.exec(line) ?? []
        if (when === unplayed) continue
        const dialect = when === flagged ? 'flag' : 'default'
        tell(line, await holds(worldOf(dialect), when, says))
      }
    })
  }
  print(`\n${played} predictions, ${wrong} of them wrong or unknown`)
  return wrong === 0 && played >= least
}

/** The clauses of a headline, and whether each is true: undefined for one that isn’t known. */
async function headline(
  summary: string,
  worldOf: (dialect: 'default' | 'flag') => World,
): Promise<readonly (readonly [string, boolean | undefined])[]> {
  const [usual = '', inFlagged = ''] = summary
    .replace(/ \d+ more problems? affects? only some jobs; see the list\.$/, '')
    .split(/ If your job has aadOptscim062020 in its Tenant URL,/)
  const found: (readonly [string, boolean | undefined])[] = []
  for (const [text, dialect] of [
    [usual.replace(/^Will provision(?: with Entra’s default requests)?(?:, but)?/, ''), 'default'],
    [inFlagged, 'flag'],
  ] as const) {
    let left = text
    for (const { says, holds } of topics) {
      const match = says.exec(left)
      if (!match) continue
      left = left.replace(match[0], '')
      found.push([match[0].trim(), await holds(worldOf(dialect), match)])
    }
    const unknown = left.replace(/and \d+ more problems?|\band\b|[,.\s]+/g, '')
    if (unknown !== '') found.push([left.trim(), undefined])
  }
  return found
}

/** Undefined for a sentence that isn’t known. */
async function holds(world: World, when: string, says: string): Promise<boolean | undefined> {
  const isPlain = when === '' || when === flagged
  const ofJob = isPlain ? jobRows : []
  for (const row of [...ofJob, ...(conditional[when] ?? []), ...requestRows]) {
    const match = row.says.exec(says)
    if (!match) continue
    // What a job can’t write, it retries.
    const isRetried = !ofJob.includes(row) || !says.includes('(escrow)') || world.job.escrows > 0
    return isRetried && (await row.holds(world, match))
  }
  return undefined
}

const playOn = (name: string, dialect: 'default' | 'aadOptscim062020'): Promise<Played> =>
  withServer(name, server => playJob(server, { dialect }))

async function withServer<Result>(
  name: string,
  use: (server: PlayedServer) => Promise<Result>,
): Promise<Result> {
  const closing: (() => unknown)[] = []
  try {
    return await use(await startServer(name, { teardown: close => closing.push(close) }))
  } finally {
    for (const close of closing) await close()
  }
}

async function startServer(name: string, t: Closing): Promise<PlayedServer> {
  if (name === 'SCIMMY') {
    const server = await scimmyServer(t)
    server.clear()
    return server
  }
  const { stored, ...server } = await startStub(
    t,
    designs.find(({ id }) => id === name) ?? { id: name, description: '' },
  )
  return { ...server, users: stored.User, groups: stored.Group }
}

const sendTo =
  ({ url, token }: PlayedServer): World['send'] =>
  async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: objectIn(await response.text()) }
  }

/** Empty for a body that isn’t an object: some errors are pages. */
function objectIn(text: string): JsonObject {
  try {
    const found: Json = JSON.parse(text)
    return isObject(found) ? found : {}
  } catch {
    return {}
  }
}
