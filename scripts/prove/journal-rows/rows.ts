import { type Session, stepHeader } from './run.ts'
import type { Step } from './step.ts'

/** A row of the table `exchanges`; the names are those of the columns, the details are parsed. */
export type Row = Readonly<Record<string, unknown>>

/** Milliseconds. */
const minute = 60_000
const day = 24 * 60 * minute

/** Columns that number the rows or depend on the engine. */
const omitted: ReadonlySet<string> = new Set(['seq', 'session', 'bytes'])

/**
 * The rows of each step, with what differs from run to run replaced by texts of the same length: ids, times, signatures. Rows are
 * in the order of their ids, which is that of the arrival of their requests.
 */
export function rowsOfSteps(
  rows: readonly Row[],
  steps: readonly Step[],
  session: Session,
): readonly Row[][] {
  const ofSteps = steps.map((): Row[] => [])
  const sorted = rows.toSorted((one, other) => (String(one.id) < String(other.id) ? -1 : 1))
  const stepsOfRows = new Map<string, number>()
  for (const row of sorted) {
    const details = parseDetails(row)
    const [own = ''] = details.request?.headers?.[stepHeader]?.split('.') ?? []
    const ofParent = stepsOfRows.get(details.parent ?? '')
    const step = own === '' ? (ofParent ?? stepAt(Number(row.at), session)) : Number(own)
    stepsOfRows.set(String(row.id), step)
    ofSteps[step]?.push({ ...row, details, ...overheadOf(row) })
  }
  const placeholders = createPlaceholders(steps, session)
  return ofSteps.map((own, step) => own.map(row => normalized(row, step, placeholders)))
}

/** The bytes that a row is said to take, besides its longest texts; nothing for a row without a number. */
function overheadOf({ bytes, url, details, request_body, response_body }: Row): Row {
  if (bytes === undefined || bytes === null) return {}
  const texts = [url, details, request_body, response_body].map(text => Buffer.byteLength(String(text ?? '')))
  return { overhead: Number(bytes) - texts.reduce((sum, length) => sum + length, 0) }
}

type Details = Readonly<Record<string, unknown>> & {
  readonly parent?: string
  readonly request?: { readonly headers?: Readonly<Record<string, string>> }
}

const parseDetails = ({ details }: Row): Details =>
  typeof details === 'string' ? JSON.parse(details) : (details as Details)

/** The step during which a request without headers was recorded. */
const stepAt = (at: number, { begun }: Session): number => begun.findLastIndex(time => time <= at)

type Placeholders = {
  readonly textOf: (text: string, step: number) => string
}

/** Those of permission sets are shorter. */
const shortId = /(?<=\/ps-)[0-9a-f]{16}/g
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi
const times = [
  /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?/g,
  /\d{8}T\d{6}Z/g,
  /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g,
]

/** Ids and times in requests remain as they are. */
function createPlaceholders(steps: readonly Step[], { ids, signatures, begun }: Session): Placeholders {
  const sent = new Set<string>()
  for (const step of steps) {
    if (step.to === 'console') continue
    for (const { bytes } of step.requests) {
      for (const pattern of [uuid, ...times]) {
        for (const [found] of bytes.matchAll(pattern)) sent.add(found.toLowerCase())
      }
    }
  }
  const known = new Map<string, string>()
  for (const [kept, id] of ids) known.set(id.toLowerCase(), kept)
  const counts = new Map<number, number>()
  const ofId = (found: string, step: number): string => {
    const id = found.toLowerCase()
    if (sent.has(id)) return found
    let placeholder = known.get(id)
    if (placeholder === undefined) {
      const count = (counts.get(step) ?? 0) + 1
      counts.set(step, count)
      placeholder = `eeeeeeee-${String(count).padStart(4, '0')}-4000-8000-${String(step).padStart(12, '0')}`
      known.set(id, placeholder)
    }
    return found === id ? placeholder : placeholder.toUpperCase()
  }
  const started = begun[0] ?? 0
  const isOfRun = (time: number) => time > started - minute && time < started + 1000 * day
  const shown = [...signatures].map(text => text.slice(0, 8))
  const isShown = new Set(shown)
  const today = new Date(started).toISOString().slice(0, 10)
  const days = [today, new Date(started + day).toISOString().slice(0, 10)].map(text =>
    text.replaceAll('-', ''),
  )
  return {
    textOf(text, step) {
      let result = text.replace(uuid, found => ofId(found, step))
      result = result.replace(
        shortId,
        found => `${ofId(found, step).slice(9, 13)}${String(step).padStart(12, '0')}`,
      )
      for (const pattern of times)
        result = result.replace(pattern, found =>
          sent.has(found.toLowerCase()) ? found : withoutTime(found, isOfRun),
        )
      for (const text of days) result = result.replaceAll(`/${text}/us-east-1`, '/20000101/us-east-1')
      // The tag of a version depends on ids.
      result = result.replace(/(?<=W\/\\?"\d+\.)[\w-]{8}(?=\\?")/g, '00000000')
      result = result.replace(/(?<=":)\d{10}(?:\.\d{1,3})?(?=[,}\]])/g, found =>
        isOfRun(Number(found) * 1000) ? '1000000000.123' : found,
      )
      // The console sends replays to its own port.
      result = result.replace(/\b127\.\d+\.\d+\.\d+:\d+/g, '127.0.0.1:00000')
      return result.replace(/(?<=Signature=)\w{8}/g, found => (isShown.has(found) ? '00000000' : found))
    },
  }
}

/** A time of the run, by the clock of any tenant, with its digits replaced by zeros. */
function withoutTime(text: string, isOfRun: (time: number) => boolean): string {
  const compact = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  const time = Date.parse(
    compact
      ? text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')
      : `${text.replace(' ', 'T')}${/GMT$|Z$/.test(text) ? '' : 'Z'}`.replace(/^(\w{3}),T/, '$1, '),
  )
  // Those of AWS's errors end without the zeros of their milliseconds.
  const digits = text.replace(/\.\d{1,3}$/, '.000').replace(/\d/g, '0')
  return isOfRun(time) ? digits.replace(/^\w{3}, 00 \w{3}/, 'Sat, 00 Jan') : text
}

function normalized(row: Row, step: number, placeholders: Placeholders): Row {
  const { at, details, ...columns } = row
  const { tenantTime, microseconds, remoteAddress } = details as Details
  const offset = Number(tenantTime) - Number(at)
  const withoutValues = {
    ...(details as Details),
    tenantTime: typeof tenantTime,
    microseconds: typeof microseconds,
    ...(remoteAddress !== undefined && { remoteAddress: 'of this machine' }),
  }
  const all = {
    ...Object.fromEntries(
      Object.entries(columns).filter(([name, value]) => !omitted.has(name) && isKnown(value)),
    ),
    // A tenant's clock was moved by whole minutes.
    ...(offset !== 0 && { ahead: offset }),
    details: withoutValues,
  }
  const replaced = replaceTexts(withPlainLength(all), text => placeholders.textOf(text, step)) as Row
  return withoutCutEnds(replaced)
}

/** The length of an error depends on its time. */
function withPlainLength(row: Row): Row {
  const { response_body: body, details } = row
  const { response } = details as {
    readonly response?: { readonly headers?: Readonly<Record<string, string>> }
  }
  const length = response?.headers?.['content-length']
  if (typeof body !== 'string' || length !== String(Buffer.byteLength(body))) return row
  const headers = { ...response?.headers, 'content-length': 'that of the body' }
  return { ...row, details: { ...(details as Details), response: { ...response, headers } } }
}

/** PostgreSQL has an empty text for the tenant of a request that names none. */
const isKnown = (value: unknown): boolean => value !== null && value !== ''

function replaceTexts(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value)
  if (Array.isArray(value)) return value.map(one => replaceTexts(one, replace))
  if (typeof value !== 'object' || value === null) return typeof value === 'boolean' ? Number(value) : value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [replace(name), replaceTexts(one, replace)]),
  )
}

/** The beginning of an id or of a time at the end of a body that was cut, which differs from run to run. */
const partAtEnd =
  /(?<=["/ ])(?:[0-9a-f]{1,8}|[0-9a-f]{8}-[0-9a-f-]{0,26}|\d{4}-[\d:T -]{0,15}|\d{4}-[\d:T.-]{0,20})$/i

/** A row whose cut bodies don't end within an id or a time. */
export function withoutCutEnds(row: Row): Row {
  const { details, request_body, response_body } = row
  const { request, response } = details as { readonly request?: Cut; readonly response?: Cut }
  const ends = (body: unknown, cut: Cut | undefined) =>
    cut?.cutFrom === undefined || typeof body !== 'string'
      ? body
      : body.replace(partAtEnd, found => '?'.repeat(found.length))
  return {
    ...row,
    ...(request_body !== undefined && { request_body: ends(request_body, request) }),
    ...(response_body !== undefined && { response_body: ends(response_body, response) }),
  }
}

type Cut = { readonly cutFrom?: number }
