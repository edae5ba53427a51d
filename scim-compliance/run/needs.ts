import type { Check, Need } from '../check.ts'
import type { Service, TypeAtHand } from '../stage.ts'
import { enterpriseUrn, groupUrn, userUrn } from '../urns.ts'
import { type Refused, refusalFor } from './refused.ts'

const is = (urn: string, endpoint: string) => (type: TypeAtHand) =>
  type.schema.toLowerCase() === urn.toLowerCase() || type.endpoint.toLowerCase() === endpoint

export const isUsers = is(userUrn, '/users')
export const isGroups = is(groupUrn, '/groups')

export type Circumstances = {
  readonly service: Service
  readonly types: readonly TypeAtHand[]
  readonly readOnly: boolean
  /** Why nothing can be made, by the name of the type. */
  readonly refused: ReadonlyMap<string, Refused>
}

/** Why a check makes no sense here, in a sentence; undefined when it does. */
export function missing(
  check: Pick<Check, 'id' | 'suite' | 'needs'>,
  circumstances: Circumstances,
): string | undefined {
  const { suite, needs = [] } = check
  // Entra ID sends PATCH without a look at ServiceProviderConfig: for it, a server that has none fails.
  const asked = suite === 'entra' ? needs.filter(need => need !== 'patch') : needs
  return asked.map(need => lacks(need, check, circumstances)).find(reason => reason !== undefined)
}

/** What a check writes to; users where it says nothing else, for rights are mostly the same for all. */
function refusedToo({ id, needs = [] }: Pick<Check, 'id' | 'needs'>, { types, refused }: Circumstances) {
  const meant = types.find(needs.includes('groups') ? isGroups : isUsers)
  const found = meant && refused.get(meant.name)
  const isMeant = found?.why === 'unasked' || needs.includes('users') || needs.includes('groups')
  return isMeant ? refusalFor(found, { id }) : undefined
}

function lacks(
  need: Need,
  check: Pick<Check, 'id' | 'needs'>,
  circumstances: Circumstances,
): string | undefined {
  const { offers } = circumstances.service
  const { types, readOnly } = circumstances
  const users = types.find(isUsers)
  const groups = types.find(isGroups)
  const unless = (there: boolean, reason: string) => (there ? undefined : reason)
  switch (need) {
    case 'write':
      return readOnly ? 'It writes, and only reading was asked for.' : refusedToo(check, circumstances)
    case 'users':
      return unless(users !== undefined, 'The server has no users.')
    case 'groups':
      return unless(groups !== undefined, 'The server has no groups.')
    case 'enterprise':
      return unless(
        users?.extensions.some(({ schema }) => schema.toLowerCase() === enterpriseUrn.toLowerCase()) === true,
        'Users don’t have the enterprise extension.',
      )
    case 'patch':
      return unless(offers.patch, 'The server doesn’t advertise PATCH.')
    case 'filter':
      return unless(offers.filter !== undefined, 'The server doesn’t advertise filters.')
    case 'sort':
      return unless(offers.sort, 'The server doesn’t advertise sorting.')
    case 'etag':
      return unless(offers.etag, 'The server doesn’t advertise ETags.')
    case 'bulk':
      return unless(offers.bulk !== undefined, 'The server doesn’t advertise bulk requests.')
    case 'change-password':
      return unless(offers.changePassword, 'The server doesn’t advertise changing passwords.')
    case 'index-paging':
      return unless(offers.indexPaging, 'The server doesn’t advertise paging by index.')
    case 'cursor-paging':
      return unless(offers.cursorPaging, 'The server doesn’t advertise paging by cursor.')
    case 'search':
      return undefined
  }
}
