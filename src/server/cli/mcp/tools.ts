import * as z from 'zod'
import type { CallKey, InputArguments } from '../../../domain/contract/client.ts'
import { operations } from '../../../domain/contract/index.ts'
import { type Operation, pageQuery } from '../../../domain/contract/operation.ts'
import type { Session } from '../session.ts'
import { explainIdentity } from '../why.ts'

export type Given = Readonly<Record<string, unknown>>
type Context = { readonly session: Session; readonly signal: AbortSignal }

export type Tool = {
  readonly name: string
  readonly description: string
  readonly operation: Operation
  readonly input: z.ZodObject
  readonly call: (given: Given, context: Context) => Promise<unknown>
}

const shapeOf = (schema: z.ZodType | undefined): z.core.$ZodShape =>
  schema instanceof z.ZodObject ? schema.shape : {}

/** A tool calls one operation of the API, whose parameters, query and body are its arguments. */
function reads(
  name: string,
  operation: Operation,
  description: string,
  changed: z.core.$ZodShape = {},
): Tool {
  const { key, params, query, body, needs } = operation
  if (needs !== 'read') throw new Error(`${key} needs more than to read.`)
  const part = key.startsWith('GET ') ? 'query' : 'body'
  const shapes = { params: shapeOf(params), [part]: shapeOf(query ?? body) }
  const of = (given: Given, shape: object) =>
    Object.fromEntries(Object.entries(given).filter(([member]) => member in shape))
  return {
    ...{ name, description, operation },
    input: z.strictObject({ ...shapes.params, ...shapes[part], ...changed }),
    call: (given, { session, signal }) => {
      const input = { params: of(given, shapes.params), [part]: of(given, shapes[part] ?? {}), signal }
      const { call, patient } = session.api
      const send = operation.maxConcurrent === 1 ? patient : call
      return send(key as CallKey, ...([input] as unknown as InputArguments<CallKey>))
    },
  }
}

const limit = pageQuery.shape.limit
  .unwrap()
  .max(50, 'Must be at most 50.')
  .default(20)
  .meta({ description: 'The maximum number of requests.' })

export const tools: readonly Tool[] = [
  reads(
    'overview',
    operations.getOverview,
    'Whether provisioning to a tenant works: one sentence (headline), the health of the job, the newest cycles, which objects fail and why, and how long access tokens are valid.',
  ),
  {
    name: 'why',
    description:
      'Why a user or a group is active, disabled, deleted or missing: one sentence, and the requests that did it.',
    operation: operations.explainUser,
    input: z.strictObject({
      tenant: operations.explainUser.params.shape.tenant,
      name: z.string().min(1).max(1000).meta({
        description:
          'An ID or its beginning, a userName, a group name, or a part of one that only one user or group has.',
      }),
    }),
    call: ({ tenant, name }, { session }) => explainIdentity(session, String(tenant), String(name)),
  },
  reads(
    'search_journal',
    operations.listExchanges,
    'Recorded requests of clients with their results, newest first, without headers and bodies. `q` takes terms such as status:4xx, user:barney, method:PATCH, after:15m, finding:any.',
    { limit },
  ),
  reads(
    'explain_request',
    operations.explainExchange,
    'What one recorded request changed, why it was rejected, how to fix that, and how other profiles such as AWS evaluate it. search_journal and overview return IDs of requests.',
  ),
  reads(
    'findings',
    operations.listFindings,
    'Problems in the requests of clients, and what AWS would reject: what happened to how many objects, why it matters, and the remedy in the console of the identity provider.',
  ),
  reads(
    'preflight',
    operations.preflight,
    'Which users and groups of an export would fail in the first provisioning cycle of Entra ID, and the attribute mapping that fixes it. Plays the cycle in memory; nothing is changed or stored.',
  ),
  reads(
    'rehearse',
    operations.rehearse,
    'Who would lose or gain access to AWS accounts if a tenant with an imported AWS directory changed its identity provider, and what prevents it. Plays the client on a copy in memory; nothing is changed or stored. May take minutes.',
  ),
]
