import type { Database } from '../../src/storage/sqlite/database.ts'
import { type Client, createClient, groupBody, patchOp, userBody } from './client.ts'
import { inspect, requireConsistent } from './consistency.ts'
import { serve } from './server.ts'
import { number } from './spread.ts'
import { type Figure, require, type Trial } from './trial.ts'

const concurrency = 24

/** The steps of a user; each was acknowledged before the next was requested. */
export const steps = ['created', 'renamed', 'member', 'left', 'deleted'] as const
export type Step = (typeof steps)[number] | 'nothing'

/** The number of acknowledged steps per user. The next step may have been executed as well. */
export type Ledger = Map<string, number>

type Lane = {
  readonly client: Client
  readonly group: string
  readonly ledger: Ledger
  readonly acknowledged: () => void
}

/** Provisions users until the connection breaks. */
async function provision({ client, group, ledger, acknowledged }: Lane, prefix: string): Promise<void> {
  for (let at = 0; ; at++) {
    const name = `${prefix}-${at}`
    // Every other user stops at an earlier step, so that the file contains users at each step.
    const last = at % 2 === 0 ? steps.length : 1 + (at % (steps.length - 1))
    ledger.set(name, 0)
    const made = await client.callApi('POST', '/Users', userBody(name))
    const user = `/Users/${made.body.id}`
    const toGroup = (op: unknown) => client.callApi('PATCH', `/Groups/${group}`, patchOp(op))
    const rest = [
      () => client.callApi('PATCH', user, patchOp({ op: 'replace', path: 'title', value: 'renamed' })),
      () => toGroup({ op: 'add', path: 'members', value: [{ value: made.body.id }] }),
      () => toGroup({ op: 'remove', path: `members[value eq "${made.body.id}"]` }),
      () => client.callApi('DELETE', user),
    ]
    require(made.status === 201, `create: ${made.status} ${JSON.stringify(made.body)}`)
    ledger.set(name, 1)
    acknowledged()
    for (const [done, step] of rest.slice(0, last - 1).entries()) {
      const { status, body } = await step()
      require(status < 300, `${steps[done + 1]}: ${status} ${JSON.stringify(body)}`)
      ledger.set(name, done + 2)
      acknowledged()
    }
  }
}

/** The last step of each user in the file. */
function heldIn(db: Database): ReadonlyMap<string, Step> {
  const rows = db
    .prepare<[], { name: string; title: string | null; members: number; history: number }>(`
      select document ->> 'userName' as name, document ->> 'title' as title,
        (select count(*) from memberships m where m.member_key = r.key) as members,
        (select count(*) from membership_events e where e.member_key = r.key) as history
      from resources r where type = 'User'`)
    .all()
  const held = new Map<string, Step>()
  for (const { name, title, members, history } of rows) {
    held.set(name, members > 0 ? 'member' : history > 1 ? 'left' : title === null ? 'created' : 'renamed')
  }
  const gone = db.prepare<[], string>(`select label from deleted_resources where type = 'User'`).pluck().all()
  for (const name of gone) held.set(name, 'deleted')
  return held
}

export function requireKept(ledger: Ledger, held: ReadonlyMap<string, Step>, when: string): void {
  const stepsOf = (done: number): readonly Step[] => [steps[done - 1] ?? 'nothing', steps[done] ?? 'deleted']
  for (const [name, done] of ledger) {
    const is = held.get(name) ?? 'nothing'
    require(stepsOf(done).includes(
      is,
    ), `${when}: the last acknowledged step of ${name} is "${steps[done - 1]}", "${is}" is stored`)
  }
  for (const name of held.keys()) require(ledger.has(name), `${when}: no client created ${name}`)
}

async function untilKilled(
  file: string,
  round: number,
  ledger: Ledger,
  acknowledgements: number,
): Promise<number> {
  const server = await serve(file)
  const client = createClient(server.base, concurrency)
  const group = await client.callApi('POST', '/Groups', groupBody(`group ${round}`))
  let acknowledged = 0
  const lane: Lane = {
    client,
    group: group.body.id,
    ledger,
    acknowledged: () => {
      if (++acknowledged === acknowledgements) server.signal('SIGKILL')
    },
  }
  const ends = await Promise.allSettled(
    Array.from({ length: concurrency }, (_, hand) => provision(lane, `r${round}-${hand}`)),
  )
  client.close()
  require((await server.ended) === 'SIGKILL', 'the server ended before it was killed')
  for (const end of ends) {
    if (end.status === 'rejected' && !isBrokenConnection(end.reason)) throw end.reason
  }
  return acknowledged
}

export const isBrokenConnection = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^(ECONN|EPIPE|ERR_STREAM)/.test(String(error.code))

export const kill: Trial = {
  id: 'kill',
  title: 'Killed under load',
  statement:
    'After `kill -9` at any moment, with many clients writing, every acknowledged write is in the file, no write is partial (version, history, keys, memberships and counts agree, `integrity_check` is ok), and the next start needs no intervention.',
  run: async ({ folder, size, report, isStopped }) => {
    const file = `${folder}/scimulator.db`
    const rounds = size(3, 200)
    const ledger: Ledger = new Map()
    let acknowledged = 0
    let kills = 0
    for (; kills < rounds && !isStopped(); kills++) {
      acknowledged += await untilKilled(file, kills, ledger, 1 + Math.floor(Math.random() * 600))
      const when = `kill ${kills + 1}`
      inspect(file, db => {
        requireConsistent(db, when)
        requireKept(ledger, heldIn(db), when)
      })
      if (kills % 20 === 19) report(`${kills + 1} kills, ${number(acknowledged)} acknowledged writes`)
    }
    const figures: readonly Figure[] = [
      ['kills', number(kills)],
      ['concurrent clients', number(concurrency)],
      ['acknowledged writes, none lost', number(acknowledged)],
      ['users in the file at the end', number(ledger.size)],
    ]
    return figures
  },
}
