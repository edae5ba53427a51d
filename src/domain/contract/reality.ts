import * as z from 'zod'
import { count, isoTimestamp, text } from './operation.ts'

/** What AWS and a prediction may differ in. `form`: of what can't be predicted, such as times and request IDs. */
const kinds = ['status', 'detail', 'header', 'member', 'value', 'order', 'paging', 'form'] as const

/**
 * `confirmed`: only the documented value predicts what AWS sent. `named`: only another value does. `ambiguous`: several do.
 * `contradicted`: none predicts all of it. `not-exercised`: no request depended on it.
 */
const switchStates = ['confirmed', 'named', 'ambiguous', 'contradicted', 'not-exercised'] as const

const switchValues = z.record(z.string(), z.string())

const findingSchema = z.object({
  kind: z.enum(kinds),
  operation: text('The request without its values.', 'GET /Users?filter=userName eq "…"'),
  path: text('The member, or the name of the header; empty for the whole response.', 'Resources[].members'),
  predicted: z
    .json()
    .optional()
    .meta({ description: 'Texts are replaced by their kind; absent if there is none.' }),
  seen: z.json().optional().meta({ description: 'The same of the response of AWS.' }),
  direction: z
    .enum(['stricter', 'looser', 'other'])
    .meta({ description: 'AWS, compared with the prediction.' }),
  weight: z.enum(['broken-promise', 'refused-by-us', 'form']).meta({
    description:
      '`broken-promise`: AWS rejects what the profile accepts. `refused-by-us`: the other way round.',
  }),
  explainedBy: z.array(switchValues).meta({
    description:
      'Alternatives: switches that predict the whole response with these values. Empty if none do.',
  }),
  contradicted: z
    .array(z.object({ switch: z.string(), value: z.string(), by: z.int() }))
    .meta({ description: 'Values that would explain it, and the request that contradicts them.' }),
  decide: text('A request that tells the alternatives apart.', 'GET /Users?count=1000').optional(),
  requests: z.array(z.int()).max(20).meta({ description: 'Places among the requests, from 1.' }),
  count: count('Requests with this difference.'),
  first: isoTimestamp('The first of these requests.'),
  last: isoTimestamp('The last of these requests.'),
})

export type RealityFinding = z.output<typeof findingSchema>

export const realitySchema = z
  .object({
    reality: z.literal(1).meta({ description: 'The version of this format.' }),
    upstream: text('The host of the endpoint.', 'scim.us-east-1.amazonaws.com').optional(),
    from: isoTimestamp('The first request.').optional(),
    until: isoTimestamp('The last request.').optional(),
    requests: count('Requests that were forwarded.'),
    compared: count('Those that were compared with a prediction.'),
    notPredicted: count(
      'Those about users and groups that are not known, and those that no profile predicts.',
    ),
    mirrorCorrected: count('Users and groups that AWS showed to differ from the copy.'),
    findings: z.array(findingSchema).meta({ description: 'The most frequent ones first.' }),
    findingsOmitted: count('Further findings.'),
    switches: z.array(
      z.object({
        id: text('The switch of the profile.', 'membersOnRead'),
        documented: text('Its value in the prediction.', 'empty'),
        seen: text('The value that AWS showed, if only one predicts it.', 'absent').optional(),
        values: z.array(z.string()).meta({ description: 'The values that predict what AWS sent.' }),
        requests: count('Requests that depended on it.'),
        state: z.enum(switchStates),
        decide: text('A request that shows it.', 'GET /Groups/{group}').optional(),
      }),
    ),
  })
  .meta({
    id: 'Reality',
    description: 'How AWS differs from what a profile predicts. It has no personal data.',
  })

export type Reality = z.output<typeof realitySchema>
