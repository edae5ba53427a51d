import { isObject, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'
import { queryText } from '../query.ts'
import type { Target } from '../target.ts'

export type Seen = JsonObject & { readonly id: string }

/** A target that can't be looked at says so. */
export class LookError extends Error {
  override name = 'LookError'
}

const eq = (attribute: string, value: string) => `${attribute} eq ${JSON.stringify(value)}`

async function list(target: Target, path: string): Promise<readonly Seen[]> {
  const answer = await target({ method: 'GET', path })
  if (answer.kind === 'none') throw new LookError(`GET ${path} was not answered: ${answer.text}`)
  const { status, body, text } = answer
  // IAM Identity Center answers so when a filter names somebody it doesn't know.
  if (status === 404) return []
  if (status !== 200 || !isObject(body)) throw new LookError(`GET ${path} was answered ${status}: ${text}`)
  const found: readonly Json[] = Array.isArray(body.Resources) ? body.Resources : []
  return found.filter((each): each is Seen => isObject(each) && typeof each.id === 'string')
}

/** The user or group of this name, as SCIM shows it; undefined when there is none. */
export async function lookFor(
  target: Target,
  endpoint: 'Users' | 'Groups',
  name: string,
): Promise<Seen | undefined> {
  const attribute = endpoint === 'Users' ? 'userName' : 'displayName'
  const [first] = await list(target, `/${endpoint}?filter=${queryText(eq(attribute, name))}`)
  return first
}

/** Ids of a group's members from elsewhere than SCIM, for targets that never show them. */
export type SeeMembers = (groupId: string) => Promise<readonly string[]>

/**
 * Ids of a group's members: as SCIM shows them, from the console, or, where neither shows them, by a look-up for each
 * who may be one. Undefined where nothing helps.
 */
export async function lookAtMembers(
  target: Target,
  group: Seen,
  candidates: readonly string[],
  seeMembers: SeeMembers | undefined,
): Promise<readonly string[] | undefined> {
  const answer = await target({ method: 'GET', path: `/Groups/${encodeURIComponent(group.id)}` })
  const shown = answer.kind === 'answer' && isObject(answer.body) ? answer.body.members : undefined
  if (Array.isArray(shown) && !isUnassigned(shown)) {
    return shown.flatMap(member =>
      isObject(member) && typeof member.value === 'string' ? [member.value] : [],
    )
  }
  if (seeMembers) return seeMembers(group.id)
  const members: string[] = []
  try {
    for (const id of candidates) {
      const filter = queryText(`${eq('id', group.id)} and ${eq('members', id)}`)
      if ((await list(target, `/Groups?excludedAttributes=members&filter=${filter}`)).length > 0)
        members.push(id)
    }
  } catch (error) {
    if (error instanceof LookError) return undefined
    throw error
  }
  return members
}
