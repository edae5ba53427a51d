import { isObject, type Json, type JsonObject } from '../../json.ts'

/** What stands at a path as Entra writes it: `name.givenName`, `emails[type eq "work"].value`, `urn:…:User:department`. */
export function valueAt(body: JsonObject, path: string): Json | undefined {
  const urn = Object.keys(body).find(key => key.startsWith('urn:') && startsWith(path, `${key}:`))
  if (urn !== undefined) {
    const extension = body[urn]
    return isObject(extension) ? valueAt(extension, path.slice(urn.length + 1)) : undefined
  }
  // The extension isn't there at all; its dots are none of ours.
  if (path.startsWith('urn:')) return member(body, path)
  return path.split(/\.(?![^[]*\])/).reduce<Json | undefined>(step, body)
}

const startsWith = (text: string, start: string) => text.toLowerCase().startsWith(start.toLowerCase())

/** Names are told apart by their letters, not by their case (RFC 7643 §2.1). */
const member = (object: JsonObject, name: string): Json | undefined =>
  object[name] ?? Object.entries(object).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]

const step = (value: Json | undefined, part: string): Json | undefined => {
  if (!isObject(value)) return undefined
  const [, name = part, by, wanted] = /^(\w+)\[(\w+) eq "([^"]*)"\]$/.exec(part) ?? []
  const found = member(value, name)
  if (by === undefined) return found
  return Array.isArray(found)
    ? found.find(element => isObject(element) && member(element, by) === wanted)
    : undefined
}
