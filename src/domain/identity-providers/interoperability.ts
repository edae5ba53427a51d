import { resolveAttribute, withoutFilter } from '../../scim/attribute.ts'
import type { FilterSyntax } from '../../scim/filter/syntax.ts'
import { isObject } from '../../scim/json.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { isSecret } from '../../scim/secrets.ts'
import { fold } from '../../scim/text.ts'
import type { Interoperability, RuleVerdict } from '../contract/cycles.ts'
import { mark } from '../journal/credentials.ts'
import {
  type EvaluatedRequest,
  parseFilter,
  type RequestSubject,
  subjectOf,
  testsIn,
  type Write,
} from './request-subject.ts'

/** Undefined if the request is not about the rule; `unread` if the journal lacks what the rule is about. */
type Outcome = 'held' | 'broken' | 'unread' | undefined

type Rule = Pick<RuleVerdict, 'id' | 'draft' | 'date' | 'section' | 'rule'> & {
  readonly evaluate: (subject: RequestSubject) => Outcome
}

const ruleOf =
  (draft: string, date: string) =>
  (id: string, section: string, rule: string, evaluate: Rule['evaluate']): Rule => ({
    ...{ id, draft, date, section, rule },
    evaluate,
  })

const interop = ruleOf('draft-zollner-scim-interop-profile-02', '2026-11-02')
const ipsie = ruleOf('ipsie-al-scim-profile-1_0-00', '2026-09')

const rules: readonly Rule[] = [
  interop('IC-01', '6.2', 'Sends a User-Agent with each request.', ({ headers, isInBulk, userAgent }) => {
    if (isInBulk) return undefined
    if (Object.keys(headers).length === 0) return 'unread'
    return heldIf(userAgent !== '')
  }),
  interop('IC-02', '6.2', 'Sends bodies as application/scim+json.', ({ body, header, isInBulk }) =>
    body === 'none' || isInBulk
      ? undefined
      : heldIf((header('content-type') ?? '').toLowerCase().startsWith('application/scim+json')),
  ),
  interop(
    'IC-03',
    '6.1',
    'Reads a resource by its ID in the URL, and finds others by the parameter filter.',
    evaluateReading,
  ),
  interop('IC-04', '6.3', 'Filters by no operators other than "eq" and "and".', ({ filter }) =>
    typeof filter === 'object'
      ? heldIf([...testsIn(filter)].every(({ op }) => plainOperators.has(op)))
      : filter,
  ),
  interop(
    'IC-05',
    '6.3',
    'Puts no filter into the URL of another method than GET.',
    ({ method, filter, isSearchByPost }) =>
      isReading(method) ? undefined : heldIf(filter === undefined || isSearchByPost),
  ),
  interop('IC-06', '6.5', 'Updates by PATCH, never by PUT.', ({ method }) =>
    method === 'PUT' ? 'broken' : method === 'PATCH' ? 'held' : undefined,
  ),
  interop('IC-07', '6.5.1', 'Gives each PATCH operation a path.', subject =>
    evaluateOperations(subject, ({ operations }) => operations().every(({ path }) => Boolean(path))),
  ),
  interop('IC-08', '6.5.1', 'Writes each attribute by a PATCH operation of its own.', subject =>
    evaluateOperations(
      subject,
      ({ writes }) => new Set(writes.map(({ operation }) => operation)).size === writes.length,
    ),
  ),
  interop(
    'IC-09',
    '6.5.2',
    'Adds and replaces complex attributes with an object, and multi-valued ones with an array.',
    subject => evaluateWrites(subject, evaluateValue),
  ),
  interop('IC-10', '6.5.2', 'Names a sub-attribute behind each filter in a PATCH path.', subject =>
    evaluateWrites(subject, ({ operation, name }) =>
      operation && name.includes('[') ? heldIf(name[name.lastIndexOf(']') + 1] === '.') : undefined,
    ),
  ),
  interop('IC-11', '5.4', 'Uses only values of type that /Schemas declares.', evaluateTypes),
  interop('IC-12', '6.7', 'Sends no conditional headers, such as If-Match.', ({ headers, isInBulk }) =>
    isInBulk ? undefined : heldIf(!Object.keys(headers).some(name => conditionalHeaders.has(name))),
  ),
  ipsie('IC-13', '6.1.2', 'Sends no password or other credential of a user.', subject =>
    evaluateWrites(subject, evaluateCredential),
  ),
]

type Note = { readonly note: string; readonly isIn: (subject: RequestSubject) => boolean }

const notes: readonly Note[] = [
  {
    note: 'Filters by values of a list, such as emails[value eq "…"]: the Interoperability Profile does not mention such filters, and IPSIE requires service providers to support them.',
    isIn: ({ filter }) =>
      typeof filter === 'object' && [...testsIn(filter)].some(({ op }) => op.startsWith('[]')),
  },
  {
    note: 'Capitalizes the operations of PATCH, such as Replace: RFC 7644 defines them in lower case, and the Interoperability Profile does not mention it.',
    isIn: ({ operations }) => operations().some(({ op }) => op !== op.toLowerCase()),
  },
]

const heldIf = (isHeld: boolean): Outcome => (isHeld ? 'held' : 'broken')

const isReading = (method: string) => method === 'GET' || method === 'HEAD'

const conditionalHeaders = new Set(['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'])

function evaluateReading(subject: RequestSubject): Outcome {
  const { method, query, resourceType, target, status, filter, isSearchByPost } = subject
  if (isSearchByPost) return typeof filter === 'object' ? 'broken' : filter
  if (!isReading(method) || !resourceType) return undefined
  // What no resource has and no server would issue as an ID is a name.
  if (target !== undefined) return heldIf(status !== 404 || !/[@\s]|^\D*$/.test(target))
  if (filter === 'unread') return filter
  if (filter) return heldIf(filter.op !== 'eq' || filter.attrPath.toLowerCase() !== 'id')
  const isSoughtByAttribute = [...new URLSearchParams(query).keys()].some(name =>
    resolveAttribute(resourceType, name),
  )
  return isSoughtByAttribute ? 'broken' : undefined
}

const plainOperators: ReadonlySet<string> = new Set(['eq', 'and', '[]', '[].'])

function evaluateOperations(subject: RequestSubject, isHeld: (subject: RequestSubject) => boolean): Outcome {
  const { method, body, operations } = subject
  if (method !== 'PATCH' || body === 'none') return undefined
  return body === 'unread' || operations().length === 0 ? 'unread' : heldIf(isHeld(subject))
}

/** The worst outcome of the attributes that a request writes. */
function evaluateWrites(
  { body, resourceType, writes }: RequestSubject,
  evaluate: (write: Write) => Outcome,
): Outcome {
  if (!resourceType || body === 'none') return undefined
  if (body === 'unread') return 'unread'
  const outcomes = new Set(writes.map(evaluate))
  return (['broken', 'unread', 'held'] as const).find(outcome => outcomes.has(outcome))
}

function evaluateValue({ operation, name, path, value }: Write): Outcome {
  const attribute = path?.at(-1)
  if (!attribute || !operation || operation.op.toLowerCase() === 'remove' || name.includes('['))
    return undefined
  if (!attribute.multiValued && attribute.type !== 'complex') return undefined
  if (value === mark) return 'unread'
  return heldIf(attribute.multiValued ? Array.isArray(value) : isObject(value))
}

function evaluateTypes({ resourceType, body, writes, filter }: RequestSubject): Outcome {
  if (!resourceType) return undefined
  if (body === 'unread' || filter === 'unread') return 'unread'
  const used = [...(filter ? typesInFilter(filter) : []), ...writes.flatMap(typesIn)]
  const outcomes = new Set(used.map(one => evaluateType(resourceType, one)))
  return outcomes.has('broken') ? 'broken' : outcomes.has('held') ? 'held' : undefined
}

/** What a request has as `type`, by the name of the attribute: `emails.type`. */
type UsedTypes = { readonly name: string; readonly types: readonly unknown[] }

function evaluateType(resourceType: ResourceType, { name, types }: UsedTypes): Outcome {
  const texts = types.filter(type => typeof type === 'string')
  const [sub, list] = resolveAttribute(resourceType, name)?.toReversed() ?? []
  if (!list?.multiValued || sub?.name !== 'type' || !sub.canonicalValues || texts.length === 0)
    return undefined
  const declared = new Set(sub.canonicalValues.map(fold))
  return heldIf(texts.every(text => declared.has(fold(text))))
}

const typesInFilter = (filter: FilterSyntax): readonly UsedTypes[] =>
  [...testsIn(filter)].map(({ name, value }) => ({ name, types: [value] }))

/** Those in the filter of its name, and in its value. */
function typesIn({ name, path, value }: Write): readonly UsedTypes[] {
  const filter = name.includes('[') ? parseFilter(name.slice(0, name.lastIndexOf(']') + 1)) : undefined
  const inName = typeof filter === 'object' ? typesInFilter(filter) : []
  const bare = withoutFilter(name)
  const elements = path?.at(-1)?.multiValued ? [value].flat().filter(isObject) : []
  return [
    ...inName,
    { name: bare, types: [value] },
    { name: `${bare}.type`, types: elements.map(({ type }) => type) },
  ]
}

const credentials = new Set([
  'password',
  'secret',
  'clientsecret',
  'totp',
  'totpsecret',
  'otpsecret',
  'privatekey',
])

function evaluateCredential({ name, path = [], value }: Write): Outcome {
  const last = withoutFilter(name).split(/[.:]/).at(-1) ?? ''
  const parts = [value].flat().filter(isObject).flatMap(Object.keys)
  if (path.some(isSecret) || [last, ...parts].some(one => credentials.has(one.toLowerCase()))) return 'broken'
  return value === mark ? 'unread' : 'held'
}

type Tally = { held: number; broken: number; unread: number; first?: Pick<EvaluatedRequest, 'id' | 'at'> }

const count = (tally: Tally, outcome: NonNullable<Outcome>, { id, at }: EvaluatedRequest): void => {
  tally[outcome]++
  if (outcome === 'broken' && (!tally.first || at <= tally.first.at)) tally.first = { id, at }
}

const resultOf = ({ held, broken, unread }: Tally): RuleVerdict['result'] => {
  if (broken > 0) return 'breaks'
  return held > 0 && unread === 0 ? 'holds' : 'not-seen'
}

const firstOf = ({ broken, first }: Tally) => ({ requests: broken, ...(first && { first: first.id }) })

/** Requests may come in any order; of two at the same time, the later call is the first. `types` are those that /Schemas declares. */
export function createVerdict(types: readonly ResourceType[]) {
  const begin = (): Tally => ({ held: 0, broken: 0, unread: 0 })
  const evaluated = rules.map(rule => ({ rule, tally: begin() }))
  const noted = notes.map(note => ({ note, tally: begin() }))
  let requests = 0
  return {
    evaluate(request: EvaluatedRequest): void {
      const subject = subjectOf(request, types)
      requests++
      for (const { rule, tally } of evaluated) {
        const outcome = rule.evaluate(subject)
        if (outcome) count(tally, outcome, request)
      }
      for (const { note, tally } of noted) if (note.isIn(subject)) count(tally, 'broken', request)
    },
    result(): Interoperability {
      const results = evaluated.map(({ rule: { evaluate: _, ...rule }, tally }) => ({
        ...rule,
        result: resultOf(tally),
        unread: tally.unread,
        ...firstOf(tally),
      }))
      return {
        summary: summarize(results),
        requests,
        rules: results,
        notes: noted.flatMap(({ note: { note }, tally }) =>
          tally.broken > 0 ? [{ note, ...firstOf(tally) }] : [],
        ),
      }
    },
  }
}

function summarize(results: readonly Pick<RuleVerdict, 'result'>[]): string {
  const number = (of: RuleVerdict['result']) => results.filter(({ result }) => result === of).length
  const unseen = number('not-seen')
  return `breaks ${number('breaks') || 'none'} of ${rules.length} rules${unseen > 0 ? `, ${unseen} not seen` : ''}`
}
