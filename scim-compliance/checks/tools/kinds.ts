import type { Need } from '../../check.ts'
import { skip } from '../../expect.ts'
import type { Stage, TypeAtHand } from '../../stage.ts'
import { type Place, placesOf } from './places.ts'

/** Users, groups, and whatever else the server has: each has checks of its own, by what it advertises. */
export type Kind = {
  readonly id: string
  readonly words: string
  readonly needs: readonly Need[]
  readonly types: (stage: Stage) => readonly TypeAtHand[]
}

const isOwn = ({ schema }: TypeAtHand): boolean => !/:schemas:core:2\.0:(User|Group)$/i.test(schema)

/** Neither users nor groups; skips the check where there are none. */
export const ownTypes = ({ types }: Stage): readonly TypeAtHand[] => {
  const found = types.filter(isOwn)
  return found.length > 0 ? found : skip('The server has no types of its own.')
}

export const usersAndGroups = [
  { id: 'user', words: 'a user', type: ({ users }: Stage) => users, needs: ['users'] },
  { id: 'group', words: 'a group', type: ({ groups }: Stage) => groups, needs: ['groups'] },
] as const

export const kinds: readonly Kind[] = [
  { id: 'users', words: 'users', needs: ['users'], types: ({ users }) => [users] },
  { id: 'groups', words: 'groups', needs: ['groups'], types: ({ groups }) => [groups] },
  {
    id: 'own',
    words: 'the server’s own types',
    needs: [],
    types: stage => {
      if (stage.service.resourceTypes.length === 0) skip('The server advertises no resource types.')
      return ownTypes(stage)
    },
  },
]

/** Types, and the places in them that fit; skips the check when there are none. */
export function fitting(
  stage: Stage,
  kind: Kind,
  fits: (place: Place) => boolean,
  what: string,
): readonly { readonly type: TypeAtHand; readonly places: readonly Place[] }[] {
  const found = kind
    .types(stage)
    .map(type => ({ type, places: placesOf(type).filter(fits) }))
    .filter(({ places }) => places.length > 0)
  return found.length > 0 ? found : skip(`No attribute is advertised as ${what}.`)
}
