import { LRUCache } from 'lru-cache'
import { loadProfile, switchesOf } from '../../profiles/registry.ts'
import { prepareResource, resourceFromDocument } from '../../scim/document.ts'
import { errors, ScimError } from '../../scim/error.ts'
import { compact, type JsonObject } from '../../scim/json.ts'
import { readResource } from '../../scim/read-resource.ts'
import { toResourceId } from '../../scim/resource.ts'
import { openScratch } from '../../storage/sqlite/scratch.ts'
import { scratchRows } from '../../traffic/aws-directory/rows.ts'
import { type Answer, createScimCopy } from '../scim-copy.ts'
import type { RealityStart } from './in-thread.ts'

export type Switches = Readonly<Record<string, string>>

/** A profile takes 0.1 ms to create. */
const maxCopies = 1000

/**
 * What is known of the upstream, and what it would respond under other switches. Keys of look-ups are stored as the switch
 * `letterCase` says, so there is a copy of the directory for each of its values.
 */
export function openMirror({ profile: name, directory }: Omit<RealityStart, 'switches'>) {
  const letterCases = switchesOf(name).find(({ id }) => id === 'letterCase')?.values ?? ['']
  const scratches = letterCases.map(letterCase => {
    const types = loadProfile(name, { letterCase }).schema.resourceTypes
    return { letterCase, types, ...openScratch(directory ? scratchRows(directory, types) : []) }
  })
  const placeOf = (type: string, id: string) => ({ tenant: 1, type, id: toResourceId(id) })
  let now = 0
  const copies = new LRUCache<string, ReturnType<typeof createScimCopy>>({
    max: maxCopies,
    memoMethod: key => {
      const profile = loadProfile(name, JSON.parse(key))
      const scratch = scratches.find(({ letterCase }) => letterCase === profile.switches.letterCase)
      const { store, tenant } = scratch ?? (scratches[0] as (typeof scratches)[0])
      return createScimCopy({ profile, store, tenant, clock: () => now })
    },
  })

  return {
    /** The response to a GET. The rate at which AWS rejects requests is not predicted: `throttled` is its text. */
    async answer(switches: Switches, path: string, at: number, throttled?: string): Promise<Answer> {
      now = at
      const copy = copies.memo(JSON.stringify(switches))
      return throttled === undefined
        ? copy.answer({ method: 'GET', path })
        : copy.rejection(errors.throttled(throttled))
    },
    has: async (type: string, id: string): Promise<boolean> =>
      (await scratches[0]?.store.find(placeOf(type, id))) !== undefined,
    /** Whether the resource was different. What SCIM never shows stays as it was. */
    async learn(typeName: string, id: string, seen: JsonObject): Promise<boolean> {
      const place = placeOf(typeName, id)
      let isChanged = false
      for (const { types, store } of scratches) {
        const type = types.find(one => one.name === typeName)
        if (!type) continue
        const draft = ({ nonScim, profileUrl }: JsonObject) => {
          const { resource } = readResource(seen, type, loadProfile(name).requests)
          const next = prepareResource(type, place.id, { ...compact({ nonScim, profileUrl }), ...resource })
          return { next, memberships: [], members: { types: [], unknown: 'keep' } } as const
        }
        try {
          const written = await store.update(place, { now }, current => draft(resourceFromDocument(current)))
          if (!written) await store.insert(place, { now }, draft({}), Number.POSITIVE_INFINITY)
          isChanged ||= written?.changed ?? true
        } catch (error) {
          // The profile has no such resource, or another one, which is gone, has its name.
          if (!(error instanceof ScimError)) throw error
        }
      }
      return isChanged
    },
    async forget(type: string, id: string): Promise<void> {
      for (const { store } of scratches)
        await store.remove(placeOf(type, id), { now }, { onDelete: 'remove', references: [] })
    },
    async close(): Promise<void> {
      for (const { close } of scratches) await close()
    },
  }
}
