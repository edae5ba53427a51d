import { z } from 'zod'
import { createTerm, parseSearch, type Search, type Term } from '../../journal/search/parse.ts'
import { parseStatus } from '../../journal/search/values.ts'
import { Problem } from '../problem.ts'

const textParameter = (description: string, example: string) =>
  z.string().min(1, 'Leave it out to see all.').optional().meta({ description, example })

const timeParameter = (description: string) =>
  z.iso
    .datetime({ offset: true, error: 'Give a time such as 2026-03-01T09:30:00Z.' })
    .optional()
    .meta({ description, example: '2026-03-01T09:30:00Z' })

/** The parameter `q`. */
export const searchText = z.string().optional().meta({
  description:
    'What to look for: terms between blanks, all of which have to hold. `status:4xx`, `method:PATCH`, `user:barney`, `after:15m`, `finding:any`, `duration:>100ms`, or mere text; `-` in front negates, `"` quotes.',
  example: 'status:4xx -method:GET user:barney',
})

/** The parameters that say which exchanges are meant; all have to hold. */
export const searchQuery = z.object({
  q: searchText,
  tenant: textParameter('The id of the tenant.', 'acme'),
  method: textParameter('The HTTP method.', 'PATCH'),
  action: textParameter("Part of the action's words.", 'disable'),
  status: z
    .string()
    .regex(/^([1-5]|[1-5]xx|[1-5]\d\d)$/i, 'Give a status such as 404, or a class such as 4xx.')
    .optional()
    .meta({ description: 'A status, or a class of them.', example: '4xx' }),
  resource: textParameter('The id of the resource it was about.', '94482488-5041-7061-1b47-c0e0b6b2a1f8'),
  from: timeParameter("Not before this time, by the machine's clock."),
  until: timeParameter("Before this time, by the machine's clock."),
  text: textParameter('Part of the URL or of a body.', 'anna@example.com'),
})

/** What the parameters ask for. Throws a Problem about `q`. */
export function toSearch(query: z.output<typeof searchQuery>): Search {
  const { q, tenant, method, action, status, resource, from, until, text } = query
  return [
    ...term('tenant', tenant),
    ...term('method', method?.toUpperCase()),
    ...term('action', action),
    ...term('status', status && parseStatus(status)),
    ...term('resource', resource),
    ...term('after', from),
    ...term('before', until),
    ...term('text', text),
    ...parseSearchText(q),
  ]
}

const term = (key: Term['key'], value: string | undefined): Search =>
  value === undefined ? [] : [createTerm(key, value)]

/** What `q` asks for, clock times as of now. Throws a Problem that names each mistake and its place. */
export function parseSearchText(q = ''): Search {
  const { terms, errors } = parseSearch(q, Date.now())
  if (errors.length === 0) return terms
  const detail = errors.map(({ message }) => message).join(' ')
  throw new Problem('invalid-query', `Mend this and ask again. ${detail}`, {
    errors: errors.map(mistake => ({ path: 'query.q', ...mistake })),
  })
}
