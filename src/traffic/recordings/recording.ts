import * as z from 'zod'
import { isShallow, type Json } from '../../scim/json.ts'

/**
 * How sure it is that the client sends a request in this form. `captured`: recorded from the client by the people who give
 * the recording. `observed`: in a public capture, or in the source code of the client. `documented`: by the vendor of the
 * client. `inferred`: follows from one of these. `assumed`: nothing known contradicts it.
 */
const certainties = ['captured', 'observed', 'documented', 'inferred', 'assumed'] as const

type Certainty = (typeof certainties)[number]

const certaintySchema = z.enum(certainties, `Expected one of ${certainties.join(', ')}.`)

/**
 * How the requests were obtained. `scimulator`: from the journal of Scimulator. `proxy`: from a proxy, such as a HAR file.
 * `server-log`: from the log of another server. `composed`: written by hand, by the sources that each request names.
 */
const methodsOfCapture = ['scimulator', 'proxy', 'server-log', 'composed'] as const

const text = (description: string) => z.string().min(1, 'Must not be empty; omit it.').meta({ description })

export const provenanceSchema = z
  .strictObject({
    recording: z.literal(1, 'Expected 1, the version of the format.').meta({
      description: 'The version of the format.',
    }),
    title: text('What the client did, in one line.').optional(),
    client: z
      .strictObject({
        product: text('The product, as Scimulator names it: `okta`, `entra`, `google`, …').optional(),
        version: text(
          'Its version, or the release date of a service. Okta numbers releases by year and week since October 2026 (`2026.41.0` instead of `2026.10.0`).',
        ).optional(),
        app: text('The app or connector that sends the requests: `AWS IAM Identity Center`.').optional(),
      })
      .meta({ description: 'The client that sent the requests.' }),
    capture: z.strictObject({
      how: z
        .enum(methodsOfCapture, `Expected one of ${methodsOfCapture.join(', ')}.`)
        .meta({ description: 'How the requests were obtained.' }),
      date: z.iso
        .date('Expected a date such as 2026-11-27.')
        .optional()
        .meta({ description: 'The day of the first request, or on which a composed recording was written.' }),
      by: text('Who recorded or composed it: a name or an account; omit it to stay anonymous.').optional(),
      server: text('The server that responded: `Scimulator 1.4.0, profile aws`.').optional(),
    }),
    certainty: certaintySchema.meta({ description: 'The certainty of requests that state none.' }),
    personalData: z.enum(['kept', 'replaced', 'invented']).meta({
      description:
        '`kept`: names and addresses are those of real people. `replaced`: each was replaced, the same text by the same replacement. `invented`: there were none.',
    }),
    source: text('The pages, threads or files that it is based on.').optional(),
    notes: text('Anything else a reader must know.').optional(),
  })
  .meta({ id: 'Provenance', description: 'Where the requests of a recording are from: its first line.' })

export type Provenance = z.output<typeof provenanceSchema>

const headersSchema = z
  .record(
    z.string().regex(/^[!#$%&'*+.^`|~\w-]+$/, 'Expected the name of a header, such as Accept.'),
    z.string().regex(/^[^\0\r\n]*$/, 'Must be one line.'),
  )
  .meta({ description: 'Those that matter to a SCIM server. A credential is masked: `Bearer ***`.' })

/** Deeper bodies are written as text: no code that walks them has to expect more levels. */
export const maxDepth = 64

const bodySchema: z.ZodType<Json> = z
  .any()
  .refine(value => isShallow(value, maxDepth), `Nested more than ${maxDepth} levels: use bodyText.`)
  .meta({ description: 'The body, if it is JSON; members in the order sent.' })
const bodyTextSchema = z.string().meta({ description: 'Any other body, as sent.' })

const hasOneBody = ({
  body,
  bodyText,
}: {
  readonly body?: unknown
  readonly bodyText?: string | undefined
}) => body === undefined || bodyText === undefined

const oneBody = { error: 'Use either body or bodyText.', path: ['bodyText'] }

const recordedResponseSchema = z
  .strictObject({
    status: z.int().min(100).max(599),
    headers: headersSchema.optional(),
    body: bodySchema.optional(),
    bodyText: bodyTextSchema.optional(),
  })
  .refine(hasOneBody, oneBody)

export type RecordedResponse = z.output<typeof recordedResponseSchema>

/** Whether a path has segments that a URL resolves: a recording may address nothing but the SCIM service. */
export const leavesBase = (path: string): boolean =>
  (path.replace(/[\t\r\n]/g, '').split(/[?#]/, 1)[0] ?? '')
    .split(/[/\\]/)
    .some(segment => /^(?:\.|%2e){1,2}$/i.test(segment))

export const recordedRequestSchema = z
  .strictObject({
    name: text('What the client does: `look up a user`.').optional(),
    at: z.iso.datetime({ offset: true }).optional().meta({ description: 'When it was sent.' }),
    method: z.string().regex(/^[A-Z][A-Z-]*$/, 'Expected a method in capital letters, such as PATCH.'),
    path: z
      .string()
      .regex(/^\/[^\0\t\r\n]*$/, 'Expected a path relative to the base URL, such as /Users?count=2.')
      .meta({
        description: 'Path and query as sent, relative to the base URL: `/Users?startIndex=1&count=2`.',
      }),
    headers: headersSchema.optional(),
    body: bodySchema.optional(),
    bodyText: bodyTextSchema.optional(),
    response: recordedResponseSchema.optional().meta({
      description:
        'The response that the client got; absent if it is not known. Without a body, only the status is compared.',
    }),
    missing: z
      .array(z.enum(['request-body', 'response-body']))
      .optional()
      .meta({
        description:
          'Bodies that were not recorded, or not completely. A request without its body is not sent again.',
      }),
    certainty: certaintySchema.optional(),
    source: text('The page, thread or file that this request is based on.').optional(),
    note: text('What is notable about it.').optional(),
  })
  .refine(hasOneBody, oneBody)
  .meta({ id: 'RecordedRequest', description: 'A request of a client, and the response it got.' })

export type RecordedRequest = z.output<typeof recordedRequestSchema>

export type Recording = {
  readonly provenance: Provenance
  readonly requests: readonly RecordedRequest[]
}

/** Whether a path is of the documents that describe a server, not people (RFC 7644 §4). */
export const isDiscovery = (path: string): boolean =>
  /^\/(Schemas|ResourceTypes|ServiceProviderConfig)\b/.test(path)

export type Review = {
  readonly requests: number
  readonly byCertainty: Readonly<Record<Certainty, number>>
  readonly lacks: readonly string[]
  /** Email addresses that do not belong to a reserved domain (RFC 2606), in their order. */
  readonly addresses: readonly string[]
}

export function reviewRecording({ provenance, requests }: Recording): Review {
  const certaintyOf = (request: RecordedRequest) => request.certainty ?? provenance.certainty
  const counts = certainties.map(
    certainty => [certainty, requests.filter(one => certaintyOf(one) === certainty).length] as const,
  )
  return {
    requests: requests.length,
    byCertainty: Object.fromEntries(counts) as Record<Certainty, number>,
    lacks: [...lacksOf(provenance), ...sourcesLacking(provenance, requests, certaintyOf)],
    addresses: realAddresses(JSON.stringify(requests)),
  }
}

const lacksOf = ({ client, capture, personalData }: Provenance): readonly string[] => [
  ...(client.product === undefined ? ['client.product is missing: which product sent the requests.'] : []),
  ...(capture.date === undefined ? ['capture.date is missing: the day of the first request.'] : []),
  ...(capture.how !== 'composed' && capture.server === undefined
    ? ['capture.server is missing: which server responded.']
    : []),
  ...(personalData === 'kept'
    ? ['personalData is "kept": `scimulator recording create --replace-personal-data` replaces it.']
    : []),
]

function sourcesLacking(
  { source }: Provenance,
  requests: readonly RecordedRequest[],
  certaintyOf: (request: RecordedRequest) => Certainty,
): readonly string[] {
  if (source !== undefined) return []
  const lacking = requests.filter(
    request =>
      request.source === undefined && ['observed', 'documented', 'inferred'].includes(certaintyOf(request)),
  ).length
  return lacking === 0
    ? []
    : [`source is missing for ${lacking} of the requests: what their certainty is based on.`]
}

const addressPattern = /(?<![\w.+'-])[\w.+'-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+/gi
const reserved = /(?:@|%40)(?:.+\.)?(?:example\.(?:com|net|org)|example|test|invalid|localhost)$/i

const realAddresses = (text: string): readonly string[] => [
  ...new Set(
    [...text.matchAll(addressPattern)].map(([found]) => found).filter(found => !reserved.test(found)),
  ),
]
