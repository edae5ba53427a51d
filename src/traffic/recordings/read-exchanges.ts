import { z } from 'zod'
import { withheldBody } from '../../domain/journal/masking.ts'
import { compact } from '../../scim/json.ts'
import type { Captured, CapturedMessage } from './captured.ts'
import { explainIssues, UnusableRecording } from './errors.ts'

const messageSchema = z.object({
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
  cutFrom: z.int().optional(),
})

const exchangeSchema = z.object({
  at: z.iso.datetime({ offset: true }),
  method: z.string(),
  url: z.string(),
  status: z.int(),
  action: z.string(),
  operation: z.string(),
  tenant: z.string().optional(),
  api: z.string().optional(),
  parent: z.string().optional(),
  request: messageSchema,
  response: messageSchema,
})

export type ExchangeRecord = z.output<typeof exchangeSchema>

/**
 * Whether an exchange is a request of a SCIM client to a tenant. Requests to AWS APIs are signed, the token endpoint is no
 * SCIM, and an operation of a bulk request is sent as a part of it.
 */
export const isScimRequest = ({
  tenant,
  api,
  parent,
  operation,
}: Pick<ExchangeRecord, 'tenant' | 'api' | 'parent'> & { readonly operation: string }): boolean =>
  tenant !== undefined && api === undefined && parent === undefined && operation !== 'token'

/** The SCIM requests of a list of exchanges that is newest first, oldest first. Throws `UnusableRecording`. */
export function readExchanges(exchanges: readonly unknown[]): readonly Captured[] {
  const read = exchanges.map((exchange, at) => {
    const parsed = exchangeSchema.safeParse(exchange)
    if (parsed.success) return parsed.data
    throw new UnusableRecording(`Its request ${at + 1} is incomplete: ${explainIssues(parsed.error)}`)
  })
  return read
    .toReversed()
    .filter(isScimRequest)
    .map(fromExchange)
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
}

export const fromExchange = ({
  action,
  at,
  method,
  url,
  status,
  request,
  response,
}: Pick<
  ExchangeRecord,
  'action' | 'at' | 'method' | 'url' | 'status' | 'request' | 'response'
>): Captured => ({
  name: action,
  at,
  method,
  url,
  request: { ...message(request), isCut: isCut(request) || isUnread(request) },
  response: { ...message(response), status, isCut: isCut(response) },
})

type Message = z.output<typeof messageSchema>

const message = ({ headers, body }: Message): Omit<CapturedMessage, 'isCut'> => ({
  headers,
  ...compact({ body }),
})

const isCut = ({ body, cutFrom }: Message): boolean => cutFrom !== undefined || body === withheldBody

const isUnread = ({ headers, body }: Message): boolean =>
  body === undefined &&
  Object.entries(headers).some(
    ([name, value]) =>
      /^transfer-encoding$/i.test(name) || (/^content-length$/i.test(name) && Number(value) > 0),
  )
