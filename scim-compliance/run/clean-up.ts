import type { Client } from '../client/client.ts'
import { Unreachable } from '../client/unreachable.ts'
import { isObject, type Json } from '../json.ts'
import type { Answer, TypeAtHand } from '../stage.ts'
import type { LeftBehind } from './result.ts'

/** What was made and is to be removed. */
export type Belongings = {
  /** Of a POST to a type, or to /Bulk. */
  readonly add: (answer: Answer, type?: TypeAtHand) => void
  /** No longer there, for a check removed it itself. */
  readonly gone: (path: string) => void
  /** Groups before users, and the youngest first. Answers what couldn't be removed. */
  readonly remove: () => Promise<readonly LeftBehind[]>
  readonly count: () => number
}

/** Belongings of one check. */
export function createBelongings(client: Client, url: string, types: readonly TypeAtHand[]): Belongings {
  const paths = new Set<string>()
  const add: Belongings['add'] = (answer, type) => {
    if (answer.status < 200 || answer.status > 299) return
    const { id, Operations } = isObject(answer.body) ? answer.body : {}
    if (Array.isArray(Operations)) for (const one of Operations) addOperation(one)
    else if (type && typeof id === 'string' && id !== '')
      paths.add(`${type.endpoint}/${encodeURIComponent(id)}`)
    else if (answer.headers.location) addLocation(answer.headers.location)
  }
  const addOperation = (operation: Json) => {
    if (!isObject(operation) || !/^post$/i.test(String(operation.method))) return
    if (/^2/.test(String(operation.status)) && typeof operation.location === 'string')
      addLocation(operation.location)
  }
  const addLocation = (location: string) => {
    const path = URL.parse(location, url)?.pathname ?? ''
    const type = types.find(({ endpoint }) => path.includes(`${endpoint}/`))
    if (type) paths.add(path.slice(path.indexOf(`${type.endpoint}/`)))
  }
  const rank = (path: string): number =>
    path.startsWith('/Groups/') ? 0 : path.startsWith('/Users/') ? 2 : 1
  const remove = async () => {
    const left: LeftBehind[] = []
    for (const path of [...paths].reverse().sort((a, b) => rank(a) - rank(b))) {
      const why = await removeOne(client, path)
      paths.delete(path)
      if (why !== undefined) left.push({ path, why })
    }
    return left
  }
  return { add, gone: path => paths.delete(path), remove, count: () => paths.size }
}

const attempts = 3

/** Why it is still there; undefined when it is gone. Tried again, for no check is about this. */
async function removeOne(client: Client, path: string): Promise<string | undefined> {
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
