import { mapInSlices } from '../../domain/event-loop/slices.ts'
import { applyDifference } from '../common/text-difference.ts'
import type { Reads } from './connect.ts'
import { prepared } from './statement.ts'

/** The base of a difference is in this row or, if `base` is a moment, in that version. A deletion has no document. */
export type VersionText = {
  readonly key: number
  readonly moment: number
  readonly text: string | null
  readonly difference: string | null
  readonly base: number | null
}

export const textColumns = (v: string): string => `
  ${v}.resource_key as key, ${v}.moment, ${v}.difference,
  case
    when ${v}.document is not null then ${v}.document
    when ${v}.difference is not null then ${v}.previous_document
    when ${v}.action = 'created' then coalesce((
      select next.previous_document from versions next
      where next.tenant = ${v}.tenant and next.resource_key = ${v}.resource_key and next.moment > ${v}.moment
      order by next.moment limit 1), (
      select resource.document from resources resource
      where resource.tenant = ${v}.tenant and resource.key = ${v}.resource_key))
  end as text,
  case when ${v}.document is null and ${v}.difference is not null and ${v}.previous_document is null then (
    select whole.moment from versions whole
    where whole.tenant = ${v}.tenant and whole.resource_key = ${v}.resource_key and whole.moment < ${v}.moment
      and whole.document is not null order by whole.moment desc limit 1)
  end as base`

type Base = { readonly key: number; readonly moment: number }
type WithDocument = { readonly document: string | null }

export function createDocumentReader(reads: Reads) {
  const documents = prepared(`
    select v.moment, v.document from unnest($2::bigint[], $3::bigint[]) x (key, moment)
      join versions v on v.tenant = $1 and v.resource_key = x.key and v.moment = x.moment`)

  const readBases = async (tenant: number, bases: readonly Base[]): Promise<ReadonlyMap<number, string>> => {
    if (bases.length === 0) return new Map()
    const rows = await reads.query<{ readonly moment: number; readonly document: string }>(documents, [
      tenant,
      bases.map(({ key }) => key),
      bases.map(({ moment }) => moment),
    ])
    return new Map(rows.map(({ moment, document }) => [moment, document]))
  }

  return async <Row extends VersionText>(
    tenant: number,
    rows: readonly Row[],
  ): Promise<readonly (Row & WithDocument)[]> => {
    const bases = new Map(
      rows.flatMap(({ key, base }): readonly [number, Base][] =>
        base === null ? [] : [[base, { key, moment: base }]],
      ),
    )
    const read = await readBases(tenant, [...bases.values()])
    return mapInSlices(rows, row => {
      const text = row.base === null ? row.text : (read.get(row.base) ?? null)
      const document = text === null || row.difference === null ? text : applyDifference(text, row.difference)
      return { ...row, document }
    })
  }
}

export type DocumentReader = ReturnType<typeof createDocumentReader>
