import type { AttributeUse, MappingUse } from '../domain/contract/setup.ts'
import type { Directory, Identity } from '../domain/ports/directory.ts'
import type { MappingLine, MappingLines } from '../insight/preflight/mapping-thread.ts'
import { type Attribute, findAttribute, subAttributesOf } from '../scim/attribute.ts'
import { groupType, userType } from '../scim/core-schemas.ts'
import { equals, printFilter } from '../scim/filter/syntax.ts'
import { compact, isObject } from '../scim/json.ts'
import type { ResourceType } from '../scim/resource-types.ts'

/** The resources that are read, and the limit for the characters of their documents: a few milliseconds of work. */
const maxResources = 50
const maxCharacters = 512 * 1024

type NotedLine = MappingLine & { readonly note?: string }

type Table = { readonly users: readonly NotedLine[]; readonly groups: readonly NotedLine[] }

export async function readMappingUse(
  directory: Pick<Directory, 'identities' | 'memberCounts'>,
  tenant: number,
  table: Table | undefined,
  signal?: AbortSignal,
): Promise<Pick<MappingUse, 'users' | 'groups'>> {
  const newest = async ({ name }: ResourceType) => {
    const query = { limit: maxResources, ...(signal && { signal }) }
    return limitCharacters((await directory.identities(tenant, name, query)).items)
  }
  const users = await newest(userType)
  const groups = await newest(groupType)
  const counts = await directory.memberCounts(
    tenant,
    groups.map(({ key }) => key),
    signal,
  )
  const memberPaths = ({ key }: Identity) => ((counts.get(key) ?? 0) > 0 ? ['members'] : [])
  return {
    users: countUse(
      table?.users ?? [],
      users.map(user => attributePaths(userType, user)),
    ),
    groups: countUse(
      table?.groups ?? [],
      groups.map(group => [...attributePaths(groupType, group), ...memberPaths(group)]),
    ),
  }
}

function limitCharacters(identities: readonly Identity[]): readonly Identity[] {
  let characters = 0
  return identities.filter(({ document = '' }, index) => {
    characters += document.length
    return document !== '' && (index === 0 || characters <= maxCharacters)
  })
}

function countUse(lines: readonly NotedLine[], paths: readonly (readonly string[])[]): MappingUse['users'] {
  const counts = new Map<string, number>()
  for (const path of paths.flatMap(all => [...new Set(all)])) counts.set(path, (counts.get(path) ?? 0) + 1)
  const mapped = lines.map(
    (line): AttributeUse => ({ ...line, recommended: true, sent: counts.get(line.target) ?? 0 }),
  )
  const targets = new Set(lines.map(({ target }) => target))
  const others = [...counts]
    .filter(([target]) => !targets.has(target))
    .map(([target, sent]): AttributeUse => ({ target, recommended: false, sent }))
    .sort((one, other) => (one.target < other.target ? -1 : 1))
  return { resources: paths.length, attributes: [...mapped, ...others] }
}

/**
 * The attributes with values in a document, by the target paths of Entra ID: `name.givenName`, `emails[type eq "work"].value`,
 * `urn:…:User:manager`. Of values, only the types that RFC 7643 defines.
 */
export function attributePaths(type: ResourceType, { document }: Pick<Identity, 'document'>): string[] {
  const content: unknown = document === undefined ? {} : JSON.parse(document)
  if (!isObject(content)) return []
  return Object.entries(content).flatMap(([name, value]) => {
    const attribute = findAttribute(type.attributes, name)
    return attribute && !unmapped.includes(attribute.name) ? pathsOf(attribute, value) : []
  })
}

const unmapped = ['schemas', 'id', 'meta']

function pathsOf(attribute: Attribute, value: unknown): readonly string[] {
  const { name, multiValued, extension } = attribute
  if (multiValued) return Array.isArray(value) ? value.flatMap(item => itemPaths(attribute, item)) : []
  if (!isObject(value)) return [name]
  const parts = subAttributesOf(attribute).filter(part => part.name in value)
  return parts.map(part => `${name}${extension ? ':' : '.'}${part.name}`)
}

const distinguishing = ['type', 'primary', 'display', '$ref']

function itemPaths(attribute: Attribute, item: unknown): readonly string[] {
  const { name } = attribute
  if (!isObject(item)) return [name]
  const types = subAttributesOf(attribute).find(part => part.name === 'type')?.canonicalValues
  const type = types?.find(canonical => canonical === item.type)
  const start =
    type === undefined ? name : printFilter({ op: '[]', attrPath: name, valFilter: equals('type', type) })
  return subAttributesOf(attribute)
    .filter(part => part.name in item && !distinguishing.includes(part.name))
    .map(part => `${start}.${part.name}`)
}

const notes: Readonly<Record<string, string>> = {
  '[userPrincipalName]': 'Matches existing users before one is created.',
  '[mailNickname]':
    "Microsoft's default. Changes when a user is renamed; [objectId] is unique and never changes.",
  'Switch([IsSoftDeleted], , "False","True","True","False")':
    'False for users that are disabled, deleted, unassigned or out of scope.',
  '[objectId]': 'Never changes.',
  '[members]': 'Sent in separate requests, after the group.',
  '[manager]': 'Sent after the manager is provisioned, with the ID in this directory.',
}

/** The lines of a mapping, with what an administrator should know about them. */
export const mappingTable = ({ users, groups }: MappingLines): Table => ({
  users: users.map(toMappingLine),
  groups: groups.map(toMappingLine),
})

function toMappingLine({ source, target, matching }: MappingLine): NotedLine {
  const note =
    matching === undefined || notes[source] ? notes[source] : 'Matches existing groups before one is created.'
  return { source, target, ...compact({ matching, note }) }
}
