import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../client/client.ts'
import { bodyFor } from '../data/bodies.ts'
import { type Extra, extrasFor } from '../data/extras.ts'
import { expectStatus, fail, objectIn, shown, skip } from '../expect.ts'
import type { JsonObject } from '../json.ts'
import type { Answer, Made, SendOptions, Service, Stage, TypeAtHand } from '../stage.ts'
import { patchOpUrn } from '../urns.ts'
import { type Belongings, createBelongings } from './clean-up.ts'
import { isGroups, isUsers } from './needs.ts'
import { createSender, type Sender, type Sending } from './sending.ts'
import type { Traces } from './traces.ts'

/** What all checks of a run share. */
export type Run = {
  readonly client: Client
  readonly service: Service
  readonly types: readonly TypeAtHand[]
  readonly extras: readonly Extra[]
  readonly mark: string
  /** The next number of the run. */
  readonly next: () => number
  /** Ended when no check is to send anything any more. */
  readonly stop: AbortSignal
  /** Why things of a type can't be made with these rights, by its name; filled by whoever finds out. */
  readonly refused: Map<string, string>
  /** Attributes that have to be there though no schema says so, by the name of their type; filled by the probe. */
  readonly needed: Map<string, readonly string[]>
  /** The user wants fewer requests a second than a check about load needs. */
  readonly keepsPace: boolean
  /** What may have been made without anybody's knowing. */
  readonly traces: Traces
}

export type Performance = {
  readonly stage: Stage
  readonly belongings: Belongings
  readonly sender: Sender
}

/** A stage of its own for each check. */
export function setStage(run: Run, { load = false }: { readonly load?: boolean } = {}): Performance {
  const { client, service, types, mark, stop, keepsPace } = run
  const belongings = createBelongings({ client, url: service.url, types, mark })
  const posted = new WeakMap<Answer, SendOptions['body']>()
  const unique: Stage['unique'] = prefix => {
    const own = `${run.mark}-${run.next()}`
    return prefix ? `${prefix}-${own}` : own
  }
  const heard = (...[[method, path, options], answer]: Parameters<Sending['heard']>) => {
    const [where = ''] = path.split('?')
    const sent = options?.body
    if (answer) posted.set(answer, sent)
    const type = types.find(({ endpoint }) => endpoint === where.replace(/\/$/, ''))
    // Also what a check expects to be refused may be made.
    if (method === 'POST' && (type || /^\/Bulk\b/.test(path))) {
      if (answer) belongings.add(answer, { type, sent })
      run.traces.posted({ type, sent }, answer)
    }
    if (method === 'DELETE' && answer?.status === 204) belongings.gone(where)
  }
  const sender = createSender({ client, stop, keepsPace, load, heard })
  const { send } = sender
  const made =
    (full: boolean) =>
    (type: TypeAtHand, given: JsonObject = {}) =>
      bodyFor(
        type,
        { full, unique, needed: run.needed.get(type.name) ?? [] },
        ...extrasFor(type, run.extras, unique),
        given,
      )
  const sample = made(false)
  const withBody =
    (method: 'POST' | 'PUT') => (path: string, body: SendOptions['body'], headers?: SendOptions['headers']) =>
      send(method, path, { ...(body !== undefined && { body }), ...(headers && { headers }) })
  const create = async (type: TypeAtHand, given?: JsonObject): Promise<Made> => {
    const reason = run.refused.get(type.name)
    if (reason !== undefined) skip(reason)
    const sent = sample(type, given)
    const answer = await send('POST', type.endpoint, { body: sent })
    if (answer.status === 403) skip(refusal(run, type))
    expectStatus(answer, 201)
    const body = objectIn(answer)
    const { id } = body
    if (typeof id !== 'string' || id === '') return fail('an id of what was created', shown(id), answer)
    return { id, path: `${type.endpoint}/${encodeURIComponent(id)}`, sent, body, answer }
  }
  const stage: Stage = {
    service,
    types,
    send,
    get: (path, headers) => send('GET', path, headers && { headers }),
    post: withBody('POST'),
    put: withBody('PUT'),
    patch: (path, ...operations) =>
      send('PATCH', path, { body: { schemas: [patchOpUrn], Operations: operations } }),
    delete: (path, headers) => send('DELETE', path, headers && { headers }),
    sample,
    fullSample: made(true),
    create,
    willRemove: (type, answer) => belongings.add(answer, { type, sent: posted.get(answer) }, 'vouched'),
    unique,
    get users() {
      return types.find(isUsers) ?? skip('The server has no users.')
    },
    get groups() {
      return types.find(isGroups) ?? skip('The server has no groups.')
    },
    eventually: test => eventually(test, run.stop),
  }
  return { stage, belongings, sender }
}

/** Remembers that nothing of a type can be made, and answers it in words. */
export function refusal(run: Run, type: TypeAtHand): string {
  const reason = `The token may not create at ${type.endpoint}: the server answered 403.`
  run.refused.set(type.name, reason)
  return reason
}

const waits = [0, 100, 200, 400, 800, 1600]

async function eventually(test: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  for (const wait of waits) {
    // Who is stopped meanwhile hears it at the next request.
    await pause(wait, undefined, { signal }).catch(() => {})
    if (await test()) return true
  }
  return false
}
