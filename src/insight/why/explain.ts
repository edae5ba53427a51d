import { toIsoTime } from '../../domain/contract/operation.ts'
import type { CausingRequest, Why, WhySubject } from '../../domain/contract/why.ts'
import type { Exchange } from '../../domain/journal/exchange.ts'
import type { Search } from '../../domain/journal/search/parse.ts'
import type { Directory, HistoryEntry, Identity } from '../../domain/ports/directory.ts'
import type { Journal } from '../../domain/ports/journal.ts'
import { type Tenant, tenantNow } from '../../domain/tenants/tenant.ts'
import { readLabels } from '../../scim/document.ts'
import { isObject } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { toParts, toSentence } from './sentence.ts'
import {
  type Cause,
  type Exchanges,
  findCause,
  membershipPeriods,
  readStory,
  type Story,
  statePeriods,
} from './story.ts'

type WhyDeps = {
  readonly directory: Pick<Directory, 'identity' | 'history' | 'authors'>
  readonly journal: Pick<Journal, 'find' | 'page'>
  readonly caughtUp: () => Promise<unknown>
}

const maxEntries = 1000
const entriesPerPage = 200
const maxMoves = 50

export const createWhy =
  ({ directory, journal, caughtUp }: WhyDeps) =>
  async (tenant: Tenant, type: ResourceType, id: string, signal?: AbortSignal): Promise<Why> => {
    const identity = await directory.identity(tenant.key, type.name, id)
    if (!identity)
      return explainAbsence(tenant, type, id, await findRefusal(journal, tenant, type, id, signal))
    const history =
      type.enabledAttribute === undefined
        ? await readBounds(directory, tenant, identity)
        : await readHistory(directory, tenant, identity)
    const story = readStory(id, history, isEnabled(type, id))
    const cause = findCause(story, await findAnalyzed(journal, story, caughtUp))
    return toWhy(tenant, identity, story, cause, history.at(-1)?.at ?? identity.firstSeen)
  }

const isEnabled = (type: ResourceType, id: string) => (document: string) =>
  readLabels(type, id, JSON.parse(document)).enabled

const newestEntries = 20

/** The creation and the deletion of a resource that cannot be disabled: the changes of its members may be many. */
async function readBounds(
  directory: WhyDeps['directory'],
  tenant: Tenant,
  { key, type, id, firstSeen, origin }: Identity,
): Promise<readonly HistoryEntry[]> {
  const [page, authors] = await Promise.all([
    directory.history(tenant.key, type, id, { limit: newestEntries }),
    directory.authors(tenant.key, [key]),
  ])
  const via = authors.get(key)?.created
  const creation: HistoryEntry = {
    kind: 'version',
    version: 1,
    action: 'created',
    at: firstSeen,
    document: '{}',
    ...(origin !== undefined && { exchange: origin }),
    ...(via && { via }),
  }
  const newest = page?.items ?? []
  return [...newest.filter(entry => entry.kind !== 'version' || entry.action !== 'created'), creation]
}

/** Newest first. */
async function readHistory(
  directory: WhyDeps['directory'],
  tenant: Tenant,
  { type, id }: Identity,
): Promise<readonly HistoryEntry[]> {
  const entries: HistoryEntry[] = []
  let cursor: string | undefined
  do {
    const page = await directory.history(tenant.key, type, id, {
      limit: entriesPerPage,
      ...(cursor !== undefined && { cursor }),
    })
    entries.push(...(page?.items ?? []))
    cursor = page?.next
  } while (cursor !== undefined && entries.length < maxEntries)
  return entries
}

async function findAnalyzed(
  journal: WhyDeps['journal'],
  story: Story,
  caughtUp: WhyDeps['caughtUp'],
): Promise<Exchanges> {
  const found = await findExchanges(journal, story)
  if ([...found.values()].every(({ notes }) => notes !== undefined)) return found
  await caughtUp()
  return findExchanges(journal, story)
}

async function findExchanges(journal: WhyDeps['journal'], { turns, moves }: Story): Promise<Exchanges> {
  const recent = turns.slice(-3)
  const around = recent.flatMap(({ position }) => [
    ...moves.filter(move => move.position < position).slice(-maxMoves),
    ...moves.filter(move => move.position > position).slice(0, maxMoves),
  ])
  const ids = new Set([...recent, ...around].flatMap(({ entry }) => entry.exchange ?? []))
  const found = await Promise.all([...ids].map(id => journal.find(id)))
  return new Map(found.flatMap(exchange => (exchange ? [[exchange.id, exchange] as const] : [])))
}

function toWhy(tenant: Tenant, identity: Identity, story: Story, cause: Cause, oldest: number): Why {
  const { id, type, label, display, status } = identity
  return complete(tenant, {
    subject: { id, type, label, display },
    state: status,
    ...(cause.since !== undefined && { since: toIsoTime(cause.since) }),
    reason: cause.reason,
    requests: [...cause.requests],
    states: statePeriods(story),
    memberships: membershipPeriods(story, oldest),
  })
}

const complete = (tenant: Tenant, facts: Omit<Why, 'sentence' | 'parts' | 'now'>): Why => {
  const parts = toParts(facts)
  return { ...facts, sentence: toSentence(parts), parts, now: toIsoTime(tenantNow(tenant)) }
}

async function findRefusal(
  journal: WhyDeps['journal'],
  { id: tenant }: Tenant,
  { name: type }: ResourceType,
  label: string,
  signal?: AbortSignal,
): Promise<Exchange | undefined> {
  const search: Search = [
    { key: 'tenant', value: tenant },
    { key: 'operation', value: 'create' },
    { key: 'status', value: '4xx' },
    { key: 'target', value: label },
  ]
  const page = await journal.page({ search, limit: 50, ...(signal && { signal }) })
  return page.items.find(
    ({ target }) => target?.type === type && target.label?.toLowerCase() === label.toLowerCase(),
  )
}

function explainAbsence(
  tenant: Tenant,
  { name: type }: ResourceType,
  label: string,
  refused?: Exchange,
): Why {
  const subject: WhySubject = { type, label, display: label }
  const nothing = { subject, state: 'never-existed' as const, states: [], memberships: [] }
  if (!refused) return complete(tenant, { ...nothing, reason: { kind: 'no-request' }, requests: [] })
  const { rule, status } = refused
  const detail = detailOf(refused)
  return complete(tenant, {
    ...nothing,
    since: toIsoTime(refused.tenantTime),
    reason: {
      kind: 'refused',
      status,
      ...(rule !== undefined && { rule }),
      ...(detail !== undefined && { detail }),
    },
    requests: [toRefusedRequest(refused)],
  })
}

const toRefusedRequest = ({
  id,
  tenantTime,
  api,
  action,
  method,
  status,
  notes,
}: Exchange): CausingRequest => ({
  at: toIsoTime(tenantTime),
  effect: 'refused',
  source: api === 'identity-store' ? 'identity-store' : 'scim',
  exchange: id,
  recorded: true,
  action,
  method,
  status,
  ...(notes?.cycle !== undefined && { cycle: notes.cycle }),
})

function detailOf({ response }: Exchange): string | undefined {
  try {
    const body: unknown = JSON.parse(response.body ?? '')
    return isObject(body) && typeof body.detail === 'string' ? body.detail : undefined
  } catch {
    // A fault replaced the response.
    return undefined
  }
}
