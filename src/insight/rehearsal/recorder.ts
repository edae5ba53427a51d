import { parse } from 'node:querystring'
import type { TargetRequest } from '../../provisioning/kit/target.ts'
import { compact, isObject, type Json } from '../../scim/json.ts'
import { fold } from '../../scim/text.ts'
import type { Scratch } from '../../storage/sqlite/scratch.ts'
import type { TargetAnswer } from '../scim-copy.ts'
import type { PlayedRequest, PlayedWithTimes } from './played.ts'
import { textIn } from './source.ts'

/** At most 12 of the requests about one object. */
export const firstAndLast = <Item>(items: readonly Item[]): readonly Item[] =>
  items.length > 12 ? [...items.slice(0, 6), ...items.slice(-6)] : items

type Cycle = { readonly at: number; requests: number; writes: number; seconds: number }

/**
 * Keeps what the requests of a play did, by what they are about; without `kept`, only when objects were changed. `idOf` returns an ID
 * as a string that memory has already.
 */
export function createRecorder(
  now: () => number,
  idOf: (id: string) => string,
  kept?: Pick<Scratch, 'note' | 'notes'>,
) {
  const written = new Map<string, number>()
  const joined = new Map<string, number>()
  const created = new Set<string>()
  const cycles: Cycle[] = []
  let isBegun = false

  const keep = (key: string, request: PlayedRequest): void => kept?.note(key, JSON.stringify(request))

  const currentCycle = (): Cycle => {
    const last = cycles.at(-1)
    if (last && !isBegun) return last
    isBegun = false
    const cycle = { at: now(), requests: 0, writes: 0, seconds: 0 }
    cycles.push(cycle)
    return cycle
  }

  return {
    /** A cycle without requests leaves no trace. */
    beginCycle(): void {
      isBegun = true
    },

    /** To be called before the clock advances. */
    record({ method, path, body }: TargetRequest, answer: TargetAnswer, rule: string | undefined): void {
      const at = now()
      const cycle = currentCycle()
      cycle.requests++
      if (method !== 'GET') cycle.writes++
      cycle.seconds = (at - cycle.at) / 1000

      const { type, id } = subjectOf(path)
      if (type === undefined) return
      const { status } = answer
      const isDone = status < 300
      const detail = isDone ? undefined : textIn(answer.body, 'detail')
      const request = { method, path, status, ...compact({ detail, rule }), cycle: cycles.length - 1, at }
      const found = id ?? (isDone ? foundIn(answer.body, method) : undefined)
      const name = found === undefined ? namedIn(path, body) : undefined
      if (found !== undefined) keep(`${type} ${found}`, request)
      else if (name !== undefined) keep(`${type} name ${fold(name)}`, request)

      if (method === 'GET' || !isDone || found === undefined) return
      if (!written.has(found)) written.set(idOf(found), at)
      if (method === 'POST' && type === 'User') created.add(found)
      if (type !== 'Group' || created.size === 0 || method === 'DELETE') return
      for (const member of membersIn(body)) {
        const key = `${found} ${member}`
        if (created.has(member) && !joined.has(key)) joined.set(key, at)
      }
    },

    end(): Pick<PlayedWithTimes, 'requestsAbout' | 'cycles' | 'times'> {
      const requestsAbout = (key: string): readonly PlayedRequest[] =>
        firstAndLast(kept?.notes(key) ?? []).map(text => JSON.parse(text))
      return { requestsAbout, cycles, times: { written, joined } }
    },
  }
}

function subjectOf(path: string): { readonly type?: 'User' | 'Group'; readonly id?: string } {
  const [, endpoint, id] = path.split('?', 1)[0]?.split('/') ?? []
  if (endpoint !== 'Users' && endpoint !== 'Groups') return {}
  return {
    type: endpoint === 'Users' ? 'User' : 'Group',
    ...(id !== undefined && { id: decodeURIComponent(id) }),
  }
}

/** The resource that a creation made, or that a look-up found. */
function foundIn(body: Json | undefined, method: string): string | undefined {
  if (method !== 'GET') return textIn(body, 'id')
  const resources = isObject(body) ? body.Resources : undefined
  return Array.isArray(resources) && resources.length === 1 ? textIn(resources[0], 'id') : undefined
}

/** The value of the filter of a look-up, or the name in a creation. */
function namedIn(path: string, body: Json | undefined): string | undefined {
  if (body !== undefined) return textIn(body, 'userName') ?? textIn(body, 'displayName')
  const { filter } = parse(path.slice(path.indexOf('?') + 1))
  if (typeof filter !== 'string') return undefined
  const value = filter.slice(filter.indexOf('"'), filter.lastIndexOf('"') + 1)
  try {
    return String(JSON.parse(value))
  } catch {
    return undefined
  }
}

/** The IDs of the members that a request adds or sets. */
function membersIn(body: Json | undefined): readonly string[] {
  if (!isObject(body)) return []
  if (!Array.isArray(body.Operations)) return idsIn(body.members)
  return body.Operations.filter(isObject).flatMap(({ op, path, value }) => {
    if (String(op).toLowerCase() === 'remove') return []
    if (isObject(value) && path === undefined) return idsIn(value.members)
    return String(path).toLowerCase() === 'members' ? idsIn(value) : []
  })
}

const idsIn = (members: Json | undefined): readonly string[] =>
  (Array.isArray(members) ? members : [members]).flatMap(member => textIn(member, 'value') ?? [])
