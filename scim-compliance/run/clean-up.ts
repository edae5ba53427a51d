import type { Client } from '../client/client.ts'
import { Unreachable } from '../client/unreachable.ts'
import { isObject, type Json } from '../json.ts'
import type { Answer, SendOptions, TypeAtHand } from '../stage.ts'
import { carries, idIn, isOurs, jsonOf, memberOf, nameIn, placeAt } from './ownership.ts'
import type { LeftBehind } from './result.ts'

/** Where something may have been made: of a type, or by /Bulk where there is none. */
export type Posted = { readonly type: TypeAtHand | undefined; readonly sent: SendOptions['body'] }

/** What was made and is to be removed. */
export type Belongings = {
  /** What a POST or PUT was answered; `vouched` for where whoever sent it knows that it made something. */
  readonly add: (answer: Answer, posted: Posted, vouched?: 'vouched') => void
  /** No longer there, for a check removed it itself. */
  readonly gone: (path: string) => void
  /** Groups before users, and the youngest first. Answers what couldn't be removed. */
  readonly remove: () => Promise<readonly LeftBehind[]>
  readonly count: () => number
}

type Owner = {
  readonly client: Client
  readonly url: string
  readonly types: readonly TypeAtHand[]
  readonly mark: string
}

/** Belongings of one check. */
export function createBelongings({ client, url, types, mark }: Owner): Belongings {
  /** Names by paths. */
  const paths = new Map<string, string | undefined>()
  const foreign = new Map<string, LeftBehind>()
  const pathFor = (answer: Answer, type: TypeAtHand): string | undefined => {
    const id = idIn(answer.body)
    return id === undefined ? pathAt(answer.headers.location) : `${type.endpoint}/${encodeURIComponent(id)}`
  }
  const pathAt = (location: Json | undefined): string | undefined =>
    typeof location === 'string' ? placeAt(location, url, types)?.path : undefined
  const own = (path: string, name?: string) => {
    foreign.delete(path)
    paths.set(path, name ?? paths.get(path))
  }
  const add: Belongings['add'] = (answer, { type, sent }, vouched) => {
    if (answer.status < 200 || answer.status > 299) return
    if (type === undefined) return addOperations(answer, jsonOf(sent))
    const path = pathFor(answer, type)
    if (path === undefined) return
    const name = nameIn(answer.body, type)
    if (isOurs(answer, type, sent, { mark, vouched: vouched !== undefined }))
      own(path, name ?? nameIn(jsonOf(sent), type))
    else if (answer.status === 201 && !paths.has(path))
      foreign.set(path, leftBehind(path, name, 'it may be another’s, for its name isn’t of this run'))
  }
  /** Of /Bulk, where only what all carries the mark is surely made by it. */
  const addOperations = ({ body }: Answer, sent: Json | undefined) => {
    const names = operationsIn(sent)
      .filter(isPost)
      .flatMap(({ data }) => memberOf(data, 'userName') ?? memberOf(data, 'displayName') ?? [])
    if (!names.every(name => carries(String(name), mark))) return
    for (const { location } of operationsIn(body).filter(one => isPost(one) && /^2/.test(`${one.status}`))) {
      const path = pathAt(location)
      if (path !== undefined) own(path)
    }
  }
  const rank = (path: string): number =>
    path.startsWith('/Groups/') ? 0 : path.startsWith('/Users/') ? 2 : 1
  const remove = async () => {
    const left: LeftBehind[] = [...foreign.values()]
    foreign.clear()
    for (const [path, name] of [...paths].reverse().sort(([a], [b]) => rank(a) - rank(b))) {
      const why = await removeOne(client, path)
      paths.delete(path)
      if (why !== undefined) left.push(leftBehind(path, name, why))
    }
    return left
  }
  return { add, gone: path => paths.delete(path), remove, count: () => paths.size }
}

const operationsIn = (body: Json | undefined) => {
  const list = memberOf(body, 'Operations')
  return Array.isArray(list) ? list.filter(isObject) : []
}

const isPost = ({ method }: { readonly [name: string]: Json }) => /^post$/i.test(String(method))

export const leftBehind = (path: string, name: string | undefined, why: string): LeftBehind => ({
  path,
  ...(name !== undefined && { name }),
  why,
})

const attempts = 3

/** Why it is still there; undefined when it is gone. Tried again, for no check is about this. */
export async function removeOne(client: Client, path: string): Promise<string | undefined> {
  let why = ''
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      const { status } = await client.send('DELETE', path, {}, { retries: attempts })
      if ((status >= 200 && status < 300) || status === 404 || status === 410) return undefined
      why = `DELETE was answered with ${status}`
      if (status < 500 && status !== 412 && status !== 409) break
    } catch (error) {
      why = error instanceof Error ? error.message : String(error)
      if (error instanceof Unreachable) break
    }
  }
  return why
}
