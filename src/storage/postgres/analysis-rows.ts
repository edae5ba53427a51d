import {
  type AnalyzedBatch,
  type AnalyzedExchange,
  type FindingOrigin,
  findingOrigin,
  type SavedBatch,
} from '../../domain/ports/analysis.ts'
import type { Connection } from './connection.ts'
import { putCycles } from './cycles.ts'
import { putSteps } from './setup-steps.ts'
import { prepared, type Query } from './statement.ts'
import { toStorable } from './storable.ts'
import { putTokenClients } from './token-clients.ts'

const currentGeneration = prepared('select generation from analysis_generation for share')
// The lock delays a deletion of these exchanges until their results are stored, and no results are stored after it.
const pendingAmong = prepared(`
  select u.tenant, u.id from unnest($1::text[], $2::text[]) as given(tenant, id)
    join unanalyzed_exchanges u on u.tenant = given.tenant and u.id = given.id
  order by u.id for update of u`)
const deletePending = prepared(`
  delete from unanalyzed_exchanges u using unnest($1::text[], $2::text[]) as given(tenant, id)
  where u.tenant = given.tenant and u.id = given.id`)
const putNotes = prepared(`
  insert into exchange_notes (tenant, id, cycle, dialect, client, product, evidence, findings)
  select tenant, id, cycle, dialect, client, product, evidence, findings::jsonb
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    as given(tenant, id, cycle, dialect, client, product, evidence, findings)`)
const knownAmong = prepared(`
  select given.tenant, given.finding, given.origin
  from unnest($1::text[], $2::text[], $3::text[]) as given(tenant, finding, origin)
  where exists (
    select 1 from findings f
    where f.tenant = given.tenant and f.finding = given.finding and f.origin = given.origin)`)
const putFindings = prepared(`
  insert into findings (tenant, exchange, nth, finding, origin, at, subject, detail)
  select * from unnest(
    $1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[])`)

type GenerationRow = { readonly generation: number }
type KeyRow = { readonly tenant: string; readonly id: string }
type FindingKey = { readonly tenant: string; readonly finding: string; readonly origin: FindingOrigin }

/** A finding about a request of a tenant; `nth` is its place among those of the exchange. */
type FoundRow = FindingKey & {
  readonly item: AnalyzedExchange
  readonly nth: number
  readonly found: AnalyzedExchange['findings'][number]
}

const keyOf = ({ tenant, finding, origin }: FindingKey) => `${tenant} ${origin} ${finding}`

/** Requests that name no tenant have no findings. */
const foundRows = (items: readonly AnalyzedExchange[]): readonly FoundRow[] =>
  items.flatMap(item => {
    const { tenant, notes } = item.exchange
    if (tenant === undefined) return []
    const origin = findingOrigin(notes.client)
    return item.findings.map((found, nth) => ({ ...{ item, nth, found, tenant, origin }, finding: found.id }))
  })

const tenantOf = ({ exchange }: AnalyzedExchange): string => exchange.tenant ?? ''

/**
 * Stores a batch in a transaction. Returns undefined if results were deleted since its generation, or if the lease has passed on.
 */
export async function saveBatch(
  connection: Connection,
  batch: AnalyzedBatch,
  generation: number,
  guard: Query,
): Promise<SavedBatch | undefined> {
  const candidates = foundRows(batch.items)
  const [held, [current], pending, known] = await Promise.all([
    connection.query(guard, guard.values),
    connection.query<GenerationRow>(currentGeneration),
    connection.query<KeyRow>(pendingAmong, [
      batch.items.map(tenantOf),
      batch.items.map(({ exchange }) => exchange.id),
    ]),
    connection.query<FindingKey>(knownAmong, [
      candidates.map(({ tenant }) => tenant),
      candidates.map(({ finding }) => finding),
      candidates.map(({ origin }) => origin),
    ]),
  ])
  if (held.length === 0 || current?.generation !== generation) return undefined
  const pendingIds = new Set(pending.map(({ id }) => id))
  const items = batch.items.filter(({ exchange }) => pendingIds.has(exchange.id))
  const rows = candidates.filter(({ item }) => items.includes(item))
  const steps = items.flatMap(({ exchange: { tenant }, steps }) =>
    tenant === undefined ? [] : steps.map(step => ({ tenant, step })),
  )
  const [newSteps] = await Promise.all([
    putSteps(connection, [...steps, ...batch.steps]),
    insertNotes(connection, items),
    insertFindings(connection, rows),
    putCycles(connection, batch.cycles),
    putTokenClients(connection, batch.tokenClients),
  ])
  return { items, newFindings: firstOfKind(rows, known), newSteps }
}

async function insertNotes(connection: Connection, items: readonly AnalyzedExchange[]): Promise<void> {
  const keys = [items.map(tenantOf), items.map(({ exchange }) => exchange.id)]
  const notes = items.map(({ exchange }) => exchange.notes)
  await Promise.all([
    connection.query(putNotes, [
      ...keys,
      notes.map(({ cycle }) => cycle ?? null),
      notes.map(({ dialect }) => dialect ?? null),
      notes.map(({ client }) => client),
      notes.map(({ recognized }) => recognized?.product ?? null),
      notes.map(({ recognized }) => recognized?.evidence ?? null),
      notes.map(({ findings }) => JSON.stringify(findings)),
    ]),
    connection.query(deletePending, keys),
  ])
}

const insertFindings = (connection: Connection, rows: readonly FoundRow[]) =>
  connection.query(putFindings, [
    rows.map(({ tenant }) => tenant),
    rows.map(({ item }) => item.exchange.id),
    rows.map(({ nth }) => nth),
    rows.map(({ finding }) => finding),
    rows.map(({ origin }) => origin),
    rows.map(({ item }) => item.exchange.at),
    rows.map(({ found }) => (found.subject === undefined ? null : toStorable(found.subject))),
    rows.map(({ found }) => toStorable(found.detail)),
  ])

/** The findings that are the first of their kind. */
function firstOfKind(rows: readonly FoundRow[], known: readonly FindingKey[]): SavedBatch['newFindings'] {
  const keys = new Set(known.map(keyOf))
  return rows.flatMap(row => {
    const key = keyOf(row)
    if (keys.has(key)) return []
    keys.add(key)
    return [{ exchange: row.item.exchange, finding: row.found }]
  })
}
