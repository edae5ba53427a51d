import type { Json } from '../../scim/json.ts'
import { DirectoryEditError, locate } from '../directory/locate.ts'
import type { JobState } from '../job-state.ts'
import type { SourceDirectory } from '../source-directory.ts'
import type { WireRequest } from '../wire.ts'

/** Which ids everybody has, also those who are gone from directory and target by now. */
export type KnownIds = {
  /** Looks at who is who now; names that were known stay known. */
  look(directory: SourceDirectory, state: JobState): void
  /** Keeps the id of something that a scenario made in the target itself. */
  keep(name: string, id: string): void
  /** The objectId that a name means, as late as possible. */
  objectIdOf(directory: SourceDirectory, name: string): string
  /** The text with `{{name}}` replaced by the id that it has in the target. */
  filled(text: string): string
  filledJson(json: Json): Json
  /** The text with ids of the target replaced by names, for people. */
  named(text: string): string
  namedRequest(request: WireRequest): WireRequest
}

/** Escapes of a URL, and what may be an id between them. */
const word = /%[0-9a-f]{2}|[\w.~-]+/gi

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
  const filled = (text: string) => text.replace(placeholder, (_, name: string) => targetOf(name.trim()))
  const filledJson = (json: Json): Json => {
    if (typeof json === 'string') return filled(json)
    if (typeof json !== 'object' || json === null) return json
    if (Array.isArray(json)) return json.map(filledJson)
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, filledJson(value)]))
  }
  const named = (text: string) =>
    text.replace(word, found => {
      const name = names.get(found)
      return name === undefined ? found : `{{${name}}}`
    })

  return {
    look(directory, state) {
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
    keep(name, id) {
      kept.set(name.toLowerCase(), id)
      names.set(id, name)
    },
    objectIdOf: (directory, name) => locate(directory, name).object.objectId,
    filled,
    filledJson,
    named,
    namedRequest: ({ body, ...request }) => ({
      ...request,
      path: named(request.path),
      ...(body !== undefined && { body: JSON.parse(named(JSON.stringify(body))) }),
    }),
  }
}
