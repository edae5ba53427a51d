import { setTimeout as pause } from 'node:timers/promises'
import type { Check } from '../check.ts'
import type { Client } from '../client/client.ts'
import { bodyFor } from '../data/bodies.ts'
import { type Extra, extrasFor } from '../data/extras.ts'
import { type Referent, referentAmong } from '../data/references.ts'
import { skip } from '../expect.ts'
import type { JsonObject } from '../json.ts'
import type { Answer, Headers, SendOptions, Service, Stage, TypeAtHand } from '../stage.ts'
import { patchOpUrn } from '../urns.ts'
import { type Belongings, createBelongings } from './clean-up.ts'
import { makerFor } from './make.ts'
import { isGroups, isUsers } from './needs.ts'
import { type Refused, refusalFor } from './refused.ts'
import { createSender, type Sender, type Sending } from './sending.ts'
import { isStranger } from './stranger.ts'
import { withTextIds } from './text-ids.ts'
import { type DiscoveryExchanges, toldByDiscovery } from './told-by-discovery.ts'
import type { Traces } from './traces.ts'
import { hasWrongCredentials, type WrongCredentials } from './wrong-credentials.ts'

/** What all checks of a run share. */
export type Run = {
  readonly client: Client
  readonly service: Service
  readonly discovery: DiscoveryExchanges
  readonly types: readonly TypeAtHand[]
  readonly extras: readonly Extra[]
  readonly mark: string
  /** The next number of the run. */
  readonly next: () => number
  /** Headers that whoever plays a stranger replaces, besides the token. */
  readonly stranger: () => Promise<Headers>
  /** Ended when no check is to send anything any more. */
  readonly stop: AbortSignal
  /** Of which types nothing can be made, by their names, and why; filled by whoever finds out. */
  readonly refused: Map<string, Refused>
  /** Attributes that have to be there though no schema says so, by the name of their type; filled by the probe. */
  readonly needed: Map<string, readonly string[]>
  /** What required references refer to, by the name of its type in lower case; made by the probe. */
  readonly referents: Map<string, Referent>
  readonly wrongCredentials: WrongCredentials
  /** The user wants fewer requests a second than a check about load needs. */
  readonly keepsPace: boolean
  /** What may have been made without anybody's knowing. */
  readonly traces: Traces
}

export type Performance = {
  readonly stage: Stage
  readonly belongings: Belongings
  readonly sender: Sender
  /** The last answer to a request that had the credentials of the run. */
  readonly lastStatus: () => number | undefined
  /** The number of the exchange of discovery that the check has read last. */
  readonly lastRead: () => number | undefined
}

/** A stage of its own for each check; without one, for trying what can be made at all. */
export function setStage(run: Run, check?: Check): Performance {
  const { client, types, mark, stop, keepsPace } = run
  const { service, lastRead } = toldByDiscovery(run.service, run.discovery)
  const belongings = createBelongings({ client, url: service.url, types, mark })
  const posted = new WeakMap<Answer, SendOptions['body']>()
  let lastStatus: number | undefined
  const unique: Stage['unique'] = prefix => {
    const own = `${run.mark}-${run.next()}`
    return prefix ? `${prefix}-${own}` : own
  }
  const typeAt = (path: string) => {
    const [where = ''] = path.split('?')
    return types.find(({ endpoint }) => endpoint === where.replace(/\/$/, ''))
  }
  const heard = (...[[method, path, options], answer]: Parameters<Sending['heard']>) => {
    const type = typeAt(path)
    const sent = options?.body
    // Also what a check expects to be refused may be made.
    if (method === 'POST' && (type || /^\/Bulk\b/.test(path))) {
      if (answer) belongings.add(answer, { type, sent })
      run.traces.posted({ type, sent }, answer)
    }
    if (method === 'DELETE' && answer?.status === 204) belongings.gone(path.split('?')[0] ?? '')
  }
  const sender = createSender({ client, stop, keepsPace, load: check?.load ?? false, heard })
  const send: Stage['send'] = async (method, path, options) => {
    const type = typeAt(path)
    const refusal = method === 'POST' && type && refusalFor(run.refused.get(type.name), check)
    if (refusal) skip(refusal)
    const played = isStranger(options?.headers)
    const headers = played ? { ...(await run.stranger()), ...options?.headers } : options?.headers
    const perform = () => sender.send(method, path, { ...options, ...(headers && { headers }) })
    const came = hasWrongCredentials(options)
      ? await run.wrongCredentials.send({ method, path, options }, perform)
      : await perform()
    sender.saw(came)
    const answer = withTextIds(came, check)
    lastStatus = played ? undefined : answer.status
    posted.set(answer, options?.body)
    return answer
  }
  const made =
    (full: boolean) =>
    (type: TypeAtHand, given: JsonObject = {}) =>
      bodyFor(
        type,
        {
          full,
          unique,
          // RFC 7643 §4.2 requires it, and its §8.7.1 doesn't: a group is looked for by its name, whatever its schema says.
          needed: [...(run.needed.get(type.name) ?? []), ...(isGroups(type) ? ['displayName'] : [])],
          referent: referentAmong(run.referents),
        },
        ...extrasFor(type, run.extras, unique),
        given,
      )
  const sample = made(false)
  const withBody =
    (method: 'POST' | 'PUT') => (path: string, body: SendOptions['body'], headers?: SendOptions['headers']) =>
      send(method, path, { ...(body !== undefined && { body }), ...(headers && { headers }) })
  const create = makerFor({
    send,
    sample,
    check,
    forbid: (type, refused) => run.refused.set(type.name, refused),
  })
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
  return { stage, belongings, sender, lastStatus: () => lastStatus, lastRead }
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
