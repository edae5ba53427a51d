import { equals, printFilter } from '../../scim/filter/syntax.ts'
import { isObject, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'
import type { JobState } from '../entra/job/job-state.ts'
import { encodeQuery } from '../entra/planning/target-object.ts'
import { DirectoryEditError, locate } from '../kit/directory/edits.ts'
import type { SourceDirectory } from '../kit/directory/source-directory.ts'
import type { Target, TargetRequest } from '../kit/target.ts'

export type KnownIds = {
  update(directory: SourceDirectory, state: JobState): void
  remember(name: string, id: string): void
  objectIdOf(directory: SourceDirectory, name: string): string
  resolveText(text: string): string
  resolveJson(json: Json): Json
  withNames(text: string): string
  requestWithNames(request: TargetRequest): TargetRequest
}

const idPattern = /%[0-9a-f]{2}|[\w.~-]+/gi

const placeholder = /\{\{([^{}]+)\}\}/g

export function createKnownIds(): KnownIds {
  /** Names in lower case, to objectIds. */
  const objectIds = new Map<string, string>()
  const targets = new Map<string, string>()
  const kept = new Map<string, string>()
  const names = new Map<string, string>()

  const targetOf = (name: string) => {
    const own = kept.get(name.toLowerCase())
    if (own !== undefined) return own
    const objectId = objectIds.get(name.toLowerCase()) ?? name
    const target = targets.get(objectId)
    if (target === undefined) throw new DirectoryEditError(`"${name}" has no id in the target yet.`)
    return target
  }
  const resolveText = (text: string) => text.replace(placeholder, (_, name: string) => targetOf(name.trim()))
  const resolveJson = (json: Json): Json => {
    if (typeof json === 'string') return resolveText(json)
    if (typeof json !== 'object' || json === null) return json
    if (Array.isArray(json)) return json.map(resolveJson)
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, resolveJson(value)]))
  }
  const withNames = (text: string) =>
    text.replace(idPattern, found => {
      const name = names.get(found)
      return name === undefined ? found : `{{${name}}}`
    })

  return {
    update(directory, state) {
      for (const { objectId, attributes } of [...directory.users, ...directory.groups]) {
        for (const name of [objectId, attributes.displayName, attributes.userPrincipalName]) {
          if (typeof name === 'string') objectIds.set(name.toLowerCase(), objectId)
        }
      }
      for (const [objectId, { target, name }] of state.objects) {
        if (target === undefined) continue
        targets.set(objectId, target)
        names.set(target, name)
      }
    },
    remember(name, id) {
      kept.set(name.toLowerCase(), id)
      names.set(id, name)
    },
    objectIdOf: (directory, name) => locate(directory, name).object.objectId,
    resolveText,
    resolveJson,
    withNames,
    requestWithNames: ({ body, ...request }) => ({
      ...request,
      path: withNames(request.path),
      ...(body !== undefined && { body: JSON.parse(withNames(JSON.stringify(body))) }),
    }),
  }
}

export type FoundResource = JsonObject & { readonly id: string }

export class LookupError extends Error {
  override name = 'LookupError'
}

async function list(target: Target, path: string): Promise<readonly FoundResource[]> {
  const response = await target({ method: 'GET', path })
  if (response.kind === 'none') throw new LookupError(`GET ${path} failed: ${response.text}`)
  const { status, body, text } = response
  // IAM Identity Center returns 404 when a filter names an unknown user.
  if (status === 404) return []
  if (status !== 200 || !isObject(body)) throw new LookupError(`GET ${path} returned ${status}: ${text}`)
  const found: readonly Json[] = Array.isArray(body.Resources) ? body.Resources : []
  return found.filter((each): each is FoundResource => isObject(each) && typeof each.id === 'string')
}

export async function findResource(
  target: Target,
  endpoint: 'Users' | 'Groups',
  name: string,
): Promise<FoundResource | undefined> {
  const attribute = endpoint === 'Users' ? 'userName' : 'displayName'
  const [first] = await list(
    target,
    `/${endpoint}?filter=${encodeQuery(printFilter(equals(attribute, name)))}`,
  )
  return first
}

export type ListMembers = (groupId: string) => Promise<readonly string[]>

/**
 * Ids of a group's members: from the SCIM response, from `listMembers`, or by one search per candidate. Undefined if none
 * of these works.
 */
export async function findMembers(
  target: Target,
  group: FoundResource,
  candidates: readonly string[],
  listMembers: ListMembers | undefined,
): Promise<readonly string[] | undefined> {
  const response = await target({ method: 'GET', path: `/Groups/${encodeURIComponent(group.id)}` })
  const shown = response.kind === 'response' && isObject(response.body) ? response.body.members : undefined
  if (Array.isArray(shown) && !isUnassigned(shown)) {
    return shown.flatMap(member =>
      isObject(member) && typeof member.value === 'string' ? [member.value] : [],
    )
  }
  if (listMembers) return listMembers(group.id)
  const members: string[] = []
  try {
    for (const id of candidates) {
      const filter = encodeQuery(
        printFilter({ op: 'and', filters: [equals('id', group.id), equals('members', id)] }),
      )
      if ((await list(target, `/Groups?excludedAttributes=members&filter=${filter}`)).length > 0)
        members.push(id)
    }
  } catch (error) {
    if (error instanceof LookupError) return undefined
    throw error
  }
  return members
}
