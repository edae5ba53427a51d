import { compact } from '../../../scim/json.ts'
import { parseExpression } from './expression.ts'
import { MappingError, ProblemList, type UncheckedFields } from './fields.ts'
import {
  type AttributeMapping,
  type Mapping,
  type ObjectMapping,
  parseTargetPath,
  type TargetActions,
} from './mapping.ts'
import {
  anchoredRegex,
  isInteger,
  isIntegerOperator,
  isRegexOperator,
  isUnaryOperator,
  type ScopingClause,
  type ScopingFilter,
  scopingOperators,
} from './scoping-filter.ts'
import { isSynchronizationSchema, toMappingFile } from './synchronization-schema.ts'

const attributeMembers = ['source', 'target', 'matching', 'default', 'flow', 'reference']

function readAttribute(given: unknown, place: string, problems: ProblemList): AttributeMapping | undefined {
  const fields = problems.fieldsOf(given, place, attributeMembers)
  if (!fields) return undefined
  const written = problems.text(fields, 'source', place, 'required')
  const target = problems.text(fields, 'target', place, 'required')
  const source =
    written === undefined
      ? undefined
      : problems.reading(`${place}.source`, () => parseExpression(inBrackets(written)))
  const path =
    target === undefined ? undefined : problems.reading(`${place}.target`, () => parseTargetPath(target))
  const matching = readMatching(fields, place, problems)
  const defaultValue = problems.text(fields, 'default', place, 'optional')
  const flow = readFlow(fields, place, problems)
  const isReference =
    problems.boolean(fields, 'reference', place) ??
    (source?.kind === 'attribute' && /^(manager|members)$/i.test(source.name))
  if (isReference && matching !== undefined) {
    problems.add(`${place}.matching`, 'cannot be set on a reference.')
  }
  if (source === undefined || written === undefined || path === undefined) return undefined
  return {
    source,
    written,
    target: path.text,
    ...compact({ matching, defaultValue }),
    flow,
    ...(isReference && { reference: true as const }),
  }
}

/** A name without brackets is an attribute. */
const inBrackets = (written: string) =>
  /^[A-Za-z_]\w*$/.test(written.trim()) ? `[${written.trim()}]` : written

function readMatching(fields: UncheckedFields, place: string, problems: ProblemList): number | undefined {
  const { matching } = fields
  if (
    matching === undefined ||
    (typeof matching === 'number' && Number.isInteger(matching) && matching > 0)
  ) {
    return matching
  }
  problems.add(`${place}.matching`, 'must be a whole number of at least 1: the matching precedence.')
  return undefined
}

function readFlow(
  { flow = 'always' }: UncheckedFields,
  place: string,
  problems: ProblemList,
): AttributeMapping['flow'] {
  if (flow === 'always' || flow === 'onCreate') return flow
  problems.add(`${place}.flow`, 'must be "always" or "onCreate".')
  return 'always'
}

const readScope = (given: unknown, place: string, problems: ProblemList): readonly ScopingFilter[] =>
  given === undefined
    ? []
    : problems.list(given, place).map((filter, at) => readFilter(filter, `${place}[${at}]`, problems))

function readFilter(given: unknown, place: string, problems: ProblemList): ScopingFilter {
  const fields = problems.fieldsOf(given, place, ['name', 'clauses'])
  if (!fields) return { clauses: [] }
  const name = problems.text(fields, 'name', place, 'optional')
  const clauses = problems
    .list(fields.clauses, `${place}.clauses`)
    .flatMap((clause, at) => readClause(clause, `${place}.clauses[${at}]`, problems) ?? [])
  if (Array.isArray(fields.clauses) && fields.clauses.length === 0) {
    problems.add(`${place}.clauses`, 'is empty. Add a clause or remove the filter.')
  }
  return { ...compact({ name }), clauses }
}

function readClause(given: unknown, place: string, problems: ProblemList): ScopingClause | undefined {
  const fields = problems.fieldsOf(given, place, ['attribute', 'operator', 'value'])
  if (!fields) return undefined
  const attribute = problems.text(fields, 'attribute', place, 'required')
  const written = problems.text(fields, 'operator', place, 'required')
  if (attribute === undefined || written === undefined) return undefined
  const operator = scopingOperators.find(each => each.toLowerCase() === written.toLowerCase())
  if (operator === undefined) {
    problems.add(
      `${place}.operator`,
      `unknown operator "${written}". Operators: ${scopingOperators.join(', ')}.`,
    )
    return undefined
  }
  if (isUnaryOperator(operator)) {
    if (fields.value !== undefined) problems.add(`${place}.value`, `is not used by ${operator}. Remove it.`)
    return { attribute, operator }
  }
  const value =
    typeof fields.value === 'number'
      ? String(fields.value)
      : problems.text(fields, 'value', place, 'required')
  if (value === undefined) return undefined
  if (isIntegerOperator(operator) && !isInteger(value)) {
    problems.add(`${place}.value`, `must be a whole number of at least 0 for ${operator}.`)
  }
  if (isRegexOperator(operator)) problems.reading(`${place}.value`, () => anchoredRegex(value))
  return { attribute, operator, value }
}

/**
 * Reads a mapping file: `{ "users": { "attributes": [{ "source": "[mail]", "target": "userName", "matching": 1 }] } }`; or the
 * provisioning schema of an application. Throws MappingError with all errors and their locations.
 */
export function readMapping(json: unknown): Mapping {
  const problems = new ProblemList()
  const schema = isSynchronizationSchema(json) ? toMappingFile(json, problems) : undefined
  const file = schema ?? problems.fieldsOf(json, '', ['users', 'groups'])
  const users = readObjectMapping(file?.users, 'users', problems, schema?.users?.places)
  const groups = readObjectMapping(file?.groups, 'groups', problems, schema?.groups?.places)
  // The provisioning of users can't be turned off in Entra.
  if (file && file.users === undefined) problems.add(schema ? 'User' : 'users', 'is missing.')
  if (problems.all.length > 0) throw new MappingError(...problems.all)
  return { users, groups }
}

const emptyMapping: ObjectMapping = {
  enabled: false,
  actions: { create: true, update: true, delete: true },
  scope: [],
  attributes: [],
}

function readObjectMapping(
  given: unknown,
  kind: 'users' | 'groups',
  problems: ProblemList,
  places: readonly string[] | undefined,
): ObjectMapping {
  const known = ['enabled', 'actions', 'scope', 'attributes', ...(places ? ['places'] : [])]
  const fields = given === undefined ? undefined : problems.fieldsOf(given, kind, known)
  if (!fields) return emptyMapping
  const mapping: ObjectMapping = {
    enabled: problems.boolean(fields, 'enabled', kind) ?? true,
    actions: readActions(fields.actions ?? {}, `${kind}.actions`, problems),
    scope: readScope(fields.scope, `${kind}.scope`, problems),
    attributes: problems
      .list(fields.attributes, `${kind}.attributes`)
      .flatMap(
        (each, at) => readAttribute(each, places?.[at] ?? `${kind}.attributes[${at}]`, problems) ?? [],
      ),
  }
  checkConsistency(mapping, `${kind}.attributes`, problems)
  return mapping
}

function readActions(given: unknown, place: string, problems: ProblemList): TargetActions {
  const fields = problems.fieldsOf(given, place, ['create', 'update', 'delete']) ?? {}
  const on = (action: keyof TargetActions) => problems.boolean(fields, action, place) ?? true
  return { create: on('create'), update: on('update'), delete: on('delete') }
}

function checkConsistency(
  { enabled, attributes }: ObjectMapping,
  place: string,
  problems: ProblemList,
): void {
  const targets = new Map<string, number>()
  const precedences = new Map<number, string>()
  for (const { target, matching } of attributes) {
    const known = target.toLowerCase()
    targets.set(known, (targets.get(known) ?? 0) + 1)
    if (targets.get(known) === 2) problems.add(place, `"${target}" has two mappings. Remove one of them.`)
    if (matching === undefined) continue
    const other = precedences.get(matching)
    if (other !== undefined) {
      problems.add(
        place,
        `"${other}" and "${target}" both have matching precedence ${matching}. Assign different numbers.`,
      )
    }
    precedences.set(matching, target)
  }
  if (enabled && precedences.size === 0 && problems.all.length === 0) {
    problems.add(place, 'no matching attribute. Set "matching": 1 on the attribute that identifies objects.')
  }
}
