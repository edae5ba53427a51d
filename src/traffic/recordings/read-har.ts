import { z } from 'zod'
import { withheldBody } from '../../domain/journal/masking.ts'
import { compact } from '../../scim/json.ts'
import type { Captured } from './captured.ts'
import { explainIssues, UnusableRecording } from './errors.ts'

const pairs = z.array(z.object({ name: z.string(), value: z.string() }))

/** HTTP archive 1.2. Members with `_` are of Scimulator's own archives. */
const harSchema = z.object({
  log: z.object({
    entries: z.array(
      z.object({
        startedDateTime: z.string(),
        request: z.object({
          method: z.string(),
          url: z.string(),
          headers: pairs,
          bodySize: z.number().optional(),
          postData: z.object({ text: z.string().optional() }).optional(),
        }),
        response: z.object({
          status: z.int(),
          headers: pairs,
          content: z.object({
            size: z.number().optional(),
            text: z.string().optional(),
            encoding: z.string().optional(),
          }),
        }),
        _action: z.string().optional(),
        _exchange: z.string().optional(),
        _parent: z.string().optional(),
      }),
    ),
  }),
})

type Entry = z.output<typeof harSchema>['log']['entries'][number]

/** Oldest first. Throws `UnusableRecording`. */
export function readHar(json: unknown): readonly Captured[] {
  const parsed = harSchema.safeParse(json)
  if (!parsed.success) throw new UnusableRecording(`It is not a HAR file: ${explainIssues(parsed.error)}`)
  const { entries } = parsed.data.log
  // Scimulator writes the newest first, and several requests can have the same time.
  const ordered = entries.some(({ _exchange }) => _exchange !== undefined) ? entries.toReversed() : entries
  return ordered
    .filter(({ response, _parent }) => _parent === undefined && response.status >= 100)
    .map(toCaptured)
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
}

const toCaptured = ({ startedDateTime, request, response, _action }: Entry): Captured => ({
  ...compact({ name: _action }),
  at: toTime(startedDateTime),
  method: request.method.toUpperCase(),
  url: request.url,
  request: {
    headers: toHeaders(request.headers),
    ...message(request.postData?.text, request.bodySize),
  },
  response: {
    status: response.status,
    headers: toHeaders(response.headers),
    ...message(contentText(response.content), undefined, response.content.size),
  },
})

function toTime(text: string): string {
  const time = new Date(text)
  if (!Number.isNaN(time.getTime())) return time.toISOString()
  throw new UnusableRecording(`It is not a HAR file: startedDateTime "${text.slice(0, 40)}" is no time.`)
}

/** A later header of the same name is joined with a comma (RFC 9110 §5.3). */
function toHeaders(list: z.output<typeof pairs>): Record<string, string> {
  const headers = new Map<string, string>()
  for (const { name, value } of list) {
    // Pseudo-headers of HTTP/2.
    if (name.startsWith(':')) continue
    const before = headers.get(name)
    headers.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return Object.fromEntries(headers)
}

const contentText = ({ text, encoding }: Entry['response']['content']): string | undefined =>
  text !== undefined && encoding === 'base64' ? Buffer.from(text, 'base64').toString('utf8') : text

/** A body is cut if the archive has fewer bytes than it states. Proxies state the size of compressed bodies, which is smaller. */
function message(
  body: string | undefined,
  ...sizes: readonly (number | undefined)[]
): { readonly body?: string; readonly isCut: boolean } {
  const stated = Math.max(0, ...sizes.map(size => size ?? 0))
  const isCut = body === withheldBody || stated > Buffer.byteLength(body ?? '')
  return { ...compact({ body }), isCut }
}
