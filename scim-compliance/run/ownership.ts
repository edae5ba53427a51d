import { jsonIn } from '../client/request.ts'
import { isObject, type Json } from '../json.ts'
import type { Answer, SendOptions, TypeAtHand } from '../stage.ts'
import { isGroups, isUsers } from './needs.ts'

/** Servers write `Id` and `UserName`, too (RFC 7643 §2.1). */
export function memberOf(resource: Json | undefined, name: string): Json | undefined {
  if (!isObject(resource)) return undefined
  const entry = Object.entries(resource).find(([key]) => key.toLowerCase() === name.toLowerCase())
  return entry?.[1]
}

/** As a path has it; some servers’ ids are numbers. */
export function idIn(resource: Json | undefined): string | undefined {
  const id = memberOf(resource, 'id')
  return (typeof id === 'string' && id !== '' && !isNoId(id)) || typeof id === 'number'
    ? String(id)
    : undefined
}

/** What a program writes for a value that it hasn't got. */
const isNoId = (text: string): boolean => /^(undefined|null|nan|none|\[object object\])$/i.test(text)

/** The type and the path of what an address names; undefined where it names nothing. */
export function placeAt(
  location: string,
  url: string,
  types: readonly TypeAtHand[],
): { readonly type: TypeAtHand; readonly path: string } | undefined {
  const path = URL.parse(location, url)?.pathname ?? ''
  const type = types.find(({ endpoint }) => path.includes(`${endpoint}/`))
  if (type === undefined) return undefined
  const below = path.slice(path.indexOf(`${type.endpoint}/`))
  const [id = ''] = below.slice(type.endpoint.length + 1).split('/')
  return id === '' || isNoId(decoded(id)) ? undefined : { type, path: below }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The attribute that a type’s things are told by; undefined where any may be it. */
export const namingAttribute = (type: TypeAtHand): string | undefined =>
  isUsers(type) ? 'userName' : isGroups(type) ? 'displayName' : undefined

/** What something is called; undefined where it has no name. */
export function nameIn(resource: Json | undefined, type: TypeAtHand): string | undefined {
  const naming = namingAttribute(type)
  const name = naming && memberOf(resource, naming)
  if (name === undefined || name === null || name === '') return undefined
  return typeof name === 'string' ? name : JSON.stringify(name)
}

export const carries = (name: string | undefined, mark: string): boolean =>
  name?.toLowerCase().includes(mark) === true

/**
 * Whether what was answered to a POST was made by it. A server may answer with something that was there before, which
 * isn’t ours to remove: the name has to carry the mark of the run. A check that has looked whether a name is there
 * already `vouches` for what it made.
 */
export function isOurs(
  { status, body }: Answer,
  type: TypeAtHand,
  sent: SendOptions['body'],
  { mark, vouched }: { readonly mark: string; readonly vouched: boolean },
): boolean {
  if (namingAttribute(type) === undefined) return status === 201
  const [asked, called] = [nameIn(jsonOf(sent), type), nameIn(body, type)]
  if (carries(called, mark)) return true
  if (status !== 201) return false
  if (called !== undefined) return vouched && called === asked
  return asked === undefined || carries(asked, mark) || vouched
}

/** A check may also send what isn’t JSON. */
export const jsonOf = (sent: SendOptions['body']): Json | undefined =>
  typeof sent === 'string' ? jsonIn(sent) : sent
