import { compact, isObject } from '../../../scim/json.ts'
import type { ProblemList, UncheckedFields } from './fields.ts'

/**
 * The provisioning schema that the portal downloads (Attribute mapping > Review your schema > Download), Microsoft Graph's
 * `synchronizationSchema`, as a mapping file. Its directories, metadata and mappings of other objects are not used.
 */
export type SynchronizationSchema = UncheckedFields & { readonly synchronizationRules: readonly unknown[] }

export const isSynchronizationSchema = (json: unknown): json is SynchronizationSchema =>
  isObject(json) && Array.isArray(json.synchronizationRules)

type ObjectMappingFile = UncheckedFields & {
  /** The place of each of the attributes in the schema, by its target: their order differs. */
  readonly places: readonly string[]
}

type MappingFile = { readonly users?: ObjectMappingFile; readonly groups?: ObjectMappingFile }

/** Adds a problem for what the played client does not do. */
export function toMappingFile(
  { synchronizationRules }: SynchronizationSchema,
  problems: ProblemList,
): MappingFile {
  const objectMappings = synchronizationRules.flatMap(rule =>
    objectsOf(isObject(rule) && rule.objectMappings),
  )
  const mappingOf = (name: 'User' | 'Group') => {
    const found = objectMappings.filter(({ sourceObjectName }) => isText(sourceObjectName, name))
    if (found.length > 1) {
      problems.add(
        name,
        `has ${found.length} object mappings. Remove those that do not provision the application.`,
      )
    }
    return found[0] && toObjectMapping(found[0], name, problems)
  }
  return compact({ users: mappingOf('User'), groups: mappingOf('Group') })
}

const objectsOf = (list: unknown): readonly UncheckedFields[] =>
  Array.isArray(list) ? list.filter(isObject) : []

const isText = (value: unknown, text: string) =>
  typeof value === 'string' && value.toLowerCase() === text.toLowerCase()

/** `flowTypes` is a text such as "Add, Update, Delete". */
function toObjectMapping(
  { enabled, flowTypes, scope, attributeMappings }: UncheckedFields,
  name: string,
  problems: ProblemList,
): ObjectMappingFile {
  const flows = typeof flowTypes === 'string' ? flowTypes.toLowerCase().split(',') : undefined
  const isOn = (flow: string) => flows?.some(each => each.trim() === flow) ?? true
  const filters = toScope(isObject(scope) ? scope : {}, name, problems)
  const attributes = objectsOf(attributeMappings)
    .map(each => toAttribute(each, name, problems))
    .filter(each => each !== undefined)
  return {
    ...compact({ enabled: enabled ?? undefined }),
    actions: { create: isOn('add'), update: isOn('update'), delete: isOn('delete') },
    scope: filters,
    attributes,
    places: attributes.map(({ target }) => placeOf(name, target)),
  }
}

function toScope(scope: UncheckedFields, name: string, problems: ProblemList): readonly unknown[] {
  for (const group of ['inputFilterGroups', 'categoryFilterGroups']) {
    if (objectsOf(scope[group]).length > 0)
      problems.add(`${name}.scope.${group}`, 'is not supported. Move its clauses to "groups".')
  }
  return objectsOf(scope.groups).map(({ name: filter, clauses }) => ({
    ...compact({ name: filter ?? undefined }),
    clauses: objectsOf(clauses).map(({ sourceOperandName, operatorName, targetOperand }, at) => {
      const values: unknown = isObject(targetOperand) ? targetOperand.values : undefined
      if (Array.isArray(values) && values.length > 1)
        problems.add(
          `${name}.scope "${filter}".clauses[${at}]`,
          'has several values. Write one clause for each.',
        )
      return {
        attribute: sourceOperandName,
        operator: operatorName,
        ...compact({ value: Array.isArray(values) ? (values[0] ?? undefined) : undefined }),
      }
    }),
  }))
}

/** `ObjectAddOnly` is "Only during object creation" in the portal. */
const flows = new Map<unknown, string>([
  ['always', 'always'],
  ['objectaddonly', 'onCreate'],
])

/** Undefined for a target attribute without a source, which is not mapped. */
function toAttribute(
  {
    source,
    targetAttributeName: target,
    matchingPriority,
    defaultValue,
    flowType = 'Always',
  }: UncheckedFields,
  name: string,
  problems: ProblemList,
): UncheckedFields | undefined {
  const written = writeSource(source)
  if (written === undefined) return undefined
  const flow = flows.get(String(flowType).toLowerCase())
  if (flow === undefined)
    problems.add(
      placeOf(name, target),
      `has the flow type ${flowType}. Supported are Always and ObjectAddOnly.`,
    )
  return compact({
    source: written,
    target,
    matching: typeof matchingPriority === 'number' && matchingPriority > 0 ? matchingPriority : undefined,
    default: defaultValue === null || defaultValue === '' ? undefined : defaultValue,
    flow,
  })
}

const placeOf = (name: string, target: unknown) => `${name} "${target}"`

/** The expression; written from its parts in schemas that lack it. */
function writeSource(source: unknown): string | undefined {
  if (!isObject(source)) return undefined
  const { expression, type, name, parameters } = source
  if (typeof expression === 'string' && expression.trim() !== '') return expression
  if (typeof name !== 'string' || name === '') return undefined
  if (isText(type, 'Function')) {
    return `${name}(${objectsOf(parameters)
      .map(({ value }) => writeSource(value) ?? '')
      .join(', ')})`
  }
  return isText(type, 'Constant') ? `"${name.replace(/["\\]/g, '\\$&')}"` : `[${name}]`
}
