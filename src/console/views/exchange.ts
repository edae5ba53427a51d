import { z } from 'zod'
import { maxSeverity } from '../../analysis/diagnosis/diagnose.ts'
import { timestamp, toIsoTime } from '../../contract/operation.ts'
import type { Exchange, ExchangeNotes, Message } from '../../journal/exchange.ts'
import { operations } from '../../journal/operation.ts'

const messageSchema = z.object({
  headers: z.record(z.string(), z.string()).meta({ description: 'Secrets are masked.' }),
  body: z.string().optional().meta({ description: 'As received or sent, up to the limit of the journal.' }),
  cutFrom: z.int().optional().meta({ description: 'The bytes of the whole body, when it was cut.' }),
})

export const clientSchema = z.enum(['entra', 'service', 'compliance', 'sample', 'ad-hoc']).meta({
  description:
    "What kind of client it is. `entra`: it speaks as Entra ID does. `service`: another provisioning service, by its name. `compliance`: the compliance suite. `sample`: the console's own sample. `ad-hoc`: any other, such as curl, a script or a load test.",
  example: 'entra',
})

const exchangeFields = {
  id: z.string().meta({ description: 'Also sent to the client as the request id.' }),
  parent: z.string().optional().meta({ description: 'The bulk request that it was an operation of.' }),
  tenant: z.string().optional().meta({
    description: 'Absent when neither the URL nor the token names a known one.',
    example: 'acme',
  }),
  at: timestamp("When it came in, by the machine's clock."),
  tenantTime: timestamp("When it came in, by the tenant's clock."),
  microseconds: z.int().meta({ description: 'How long the answer took.', example: 1840 }),
  method: z.string().meta({ example: 'PATCH' }),
  url: z.string().meta({ description: 'Path and query as received.', example: '/acme/scim/v2/Users/9448…' }),
  status: z.int().meta({ example: 200 }),
  operation: z.enum(operations).meta({
    description:
      'What the request does. A PATCH that does several things has one: `disable` or `enable` takes precedence, then a change of members, then `rename`. `refused`: the token was rejected. `malformed`: the request could not be read.',
    example: 'disable',
  }),
  action: z.string().meta({ description: 'What the client did, in plain words.', example: 'disable user' }),
  target: z
    .object({ type: z.string(), id: z.string().optional(), label: z.string().optional() })
    .optional()
    .meta({ description: 'The resource it was about.' }),
  token: z.object({ id: z.string(), ending: z.string() }).optional(),
  refusal: z.enum(['missing', 'unknown', 'expired', 'deleted', 'other-tenant', 'read-only']).optional().meta({
    description:
      'Why its token was not accepted. To the client all look alike, except for one that may only read.',
  }),
  rule: z.string().optional().meta({ description: 'The rule of the profile that refused it.' }),
  profile: z.string().optional().meta({ description: 'The profile that answered.', example: 'aws' }),
  remoteAddress: z.string().optional().meta({ example: '127.0.0.1' }),
  fault: z
    .object({ id: z.string(), words: z.string() })
    .optional()
    .meta({ description: 'The fault that spoiled its answer on purpose, and how.' }),
  replayOf: z.string().optional().meta({
    description: 'The exchange whose request the console sent again.',
  }),
  analyzed: z
    .boolean()
    .meta({ description: 'Whether what follows is known; a moment after the response it is.' }),
  client: clientSchema.optional(),
  dialect: z
    .enum(['default', 'aadOptscim062020', 'other'])
    .optional()
    .meta({ description: "Which of Entra ID's two ways of writing PATCH the client has, if any tells." }),
  cycle: z.string().optional().meta({ description: 'The cycle of the client that it is part of.' }),
  findings: z
    .array(z.string())
    .meta({ description: 'Ids of what was found about it.', example: ['client/no-external-id'] }),
  severity: z
    .enum(['error', 'warning', 'note'])
    .optional()
    .meta({ description: 'That of the worst finding.', example: 'warning' }),
}

export const exchangeSchema = z
  .object(exchangeFields)
  .meta({ id: 'Exchange', description: 'One request to the SCIM listener and its answer, in short.' })

export const wholeExchangeSchema = z
  .object({ ...exchangeFields, request: messageSchema, response: messageSchema })
  .meta({
    id: 'WholeExchange',
    description: 'One request to the SCIM listener and its answer, with the bodies.',
  })

/** An exchange without what was sent. */
export function viewExchange(exchange: Exchange): z.output<typeof exchangeSchema> {
  const {
    request: _request,
    response: _response,
    at,
    tenantTime,
    target,
    token,
    fault,
    notes,
    enabled: _enabled,
    results: _results,
    membersAdded: _added,
    membersRemoved: _removed,
    bulkOperations: _bulk,
    ...rest
  } = exchange
  return {
    ...rest,
    at: toIsoTime(at),
    tenantTime: toIsoTime(tenantTime),
    ...(target && { target: { ...target } }),
    ...(token && { token: { ...token } }),
    ...(fault && { fault: { ...fault } }),
    analyzed: notes !== undefined,
    ...viewNotes(notes),
  }
}

/** What was found out about an exchange, with the severity of its worst finding. */
export function viewNotes(notes: ExchangeNotes | undefined) {
  const { findings = [], ...rest } = notes ?? {}
  const severity = maxSeverity(findings)
  return { ...rest, findings: [...findings], ...(severity && { severity }) }
}

const viewMessage = (message: Message): z.output<typeof messageSchema> => ({
  ...message,
  headers: { ...message.headers },
})

export const viewWholeExchange = (exchange: Exchange): z.output<typeof wholeExchangeSchema> => ({
  ...viewExchange(exchange),
  request: viewMessage(exchange.request),
  response: viewMessage(exchange.response),
})
