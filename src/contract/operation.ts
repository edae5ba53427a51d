import { z } from 'zod'
import { problemMediaType, problemSchema } from './problem.ts'

export const timestamp = (description: string) =>
  z.iso.datetime().meta({ description, example: '2026-03-01T09:30:00.000Z' })

/** Milliseconds since 1970, as the API shows them. */
export const toIsoTime = (milliseconds: number): string => new Date(milliseconds).toISOString()

export const tenantParams = z.object({
  tenant: z.string().meta({ description: 'The id of the tenant.', example: 'acme' }),
})

export const pageQuery = z.object({
  limit: z.coerce
    .number('Give a whole number from 1 to 200.')
    .int('Give a whole number from 1 to 200.')
    .min(1, 'Give at least 1.')
    .max(200, 'Give at most 200, and follow `next`.')
    .default(50)
    .meta({ description: 'The most items of one page.', example: 50 }),
  cursor: z
    .string()
    .min(1, 'Leave it out for the first page.')
    .optional()
    .meta({ description: 'The `next` of the page before; leave it out for the first page.' }),
})

/** A page's query without what was left out. */
export const toPageRequest = ({ limit, cursor }: z.output<typeof pageQuery>) => ({
  limit,
  ...(cursor !== undefined && { cursor }),
})

/** One page of a list. */
export const pageSchema = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    next: z.string().optional().meta({ description: 'The cursor of the next page; absent on the last one.' }),
  })

const problemDescriptions = {
  400: 'The request is invalid; `errors` names the fields.',
  401: 'The console token is missing or wrong.',
  403: 'The request comes from a page of another origin, or names a foreign host.',
  404: 'What the address names does not exist.',
  409: 'It is taken already, a limit is reached, or something that is there is in the way.',
  413: 'The body is too large.',
  415: 'The body is not sent as application/json.',
  500: 'The server failed.',
  503: 'The server is not ready.',
} as const

export type ProblemStatus = keyof typeof problemDescriptions

const problemResponse = (status: ProblemStatus) => ({
  description: problemDescriptions[status],
  content: { [problemMediaType]: { schema: problemSchema } },
})

/** The problem answers of an operation, for its `response`; each one can also meet 401, 403 and 500. */
export const problemResponses = (...statuses: readonly ProblemStatus[]) =>
  Object.fromEntries(
    ([...statuses, 401, 403, 500] as const).map(status => [status, problemResponse(status)] as const),
  )

/** What an operation answers with when all goes well, for its `response`. */
export const jsonResponse = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': { schema } },
})

/** An answer without a body. */
export const noContent = (description: string) => z.undefined().meta({ description })
